//! Conditions on JSON events: parse, compile, match, and the keys an index can use.
