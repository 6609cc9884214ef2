//! Facts about lanehook as its users, its receivers and its store meet it.

mod app;
mod client;
mod receiver;
mod server;
mod support;
mod verifiers;

mod api;
mod engine;
mod store;
