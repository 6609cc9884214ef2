//! A guarded HTTP client for URLs that strangers chose.
