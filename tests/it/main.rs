//! Facts about lanehook as its users meet it.

mod api;
mod app;
mod store;
mod support;
