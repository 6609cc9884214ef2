//! Measures lanehook beside a server that does the least possible.
