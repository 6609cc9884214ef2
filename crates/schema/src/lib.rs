//! JSON Schema: validate, weigh, make samples, compare versions.
