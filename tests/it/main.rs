//! Facts about lanehook as its users, its receivers and its store meet it.

mod app;
mod client;
mod leaks;
mod process;
mod receiver;
mod server;
mod support;
mod verifiers;

mod api;
mod architecture;
mod backup;
mod clients;
mod command_line;
mod confinement;
mod connections;
mod crash;
mod damage;
mod disk_full;
mod engine;
mod first_start;
mod kills;
mod live;
mod logging;
mod memory;
mod no_files;
mod old_data;
mod platforms;
mod redaction;
mod serials;
mod store;
mod stored_forms;
mod tls;
mod upkeep;
mod watching;
