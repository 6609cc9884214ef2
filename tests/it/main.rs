//! Facts about lanehook as its users, its receivers and its store meet it.

mod client;
mod receiver;
mod server;
mod support;
mod verifiers;

mod engine;
mod store;
