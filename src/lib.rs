//! lanehook takes events in, keeps them, and delivers each one, signed, to every webhook that asked for it.

pub mod clock;
pub mod model;

pub mod store;

pub mod ingest;
pub mod route;

pub mod lane;

pub mod render;

pub mod deliver;

pub mod api;
