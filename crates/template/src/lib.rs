//! Jinja templates written by strangers: guarded, metered, JSON-safe.
