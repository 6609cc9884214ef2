//! lanehook takes events in, keeps them, and delivers each one, signed, to every webhook that asked for it.

pub mod clock;
pub mod model;

pub mod cli;
