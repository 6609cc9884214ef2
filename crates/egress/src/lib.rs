#![doc = include_str!("../README.md")]
//!
//! # The way of a request
//!
//! 1. [`Client::target`]: the URL is judged ([`Policy::check_url`]) and taken apart, once
//! 2. [`Client::send`]: a kept connection is taken, if one is there
//! 3. or else the name is looked up ([`Resolver`]), when it is its [`Owner`]'s turn, if that is not remembered; *every* address
//!    judged ([`Policy::check_address`]), connected to, and the socket asked whom it reached; then TLS
//! 4. the request is written and a bounded answer read, within [`Limits`]; if it was certainly not processed, from 2 on again
//! 5. an [`Exchange`] tells everything that was seen, also of what failed
//!
//! Nothing here is logged of a request, and no state outlives the [`Client`].

mod address;
mod casing;
mod client;
mod clock;
mod connect;
mod error;
mod exchange;
mod failure;
mod local;
mod lock;
mod lookups;
mod own;
mod owner;
mod policy;
mod pool;
mod progress;
mod request;
mod resolve;
mod stats;
mod status_line;
mod stream;
mod target;
mod tls;

/// What of the log of whom this builds on is of interest, in the syntax of tracing-subscriber's filters: the platform's verifier
/// reports each certificate that it does not accept as an error, without saying whose it is. [`TlsError`] says both.
pub const LOGS: &str = "rustls_platform_verifier=off";

pub use crate::{
    casing::Casing,
    client::{Client, Config, Exchange},
    clock::{Clock, SystemClock},
    error::{BuildError, Error, ProtocolError, RequestError, TlsError},
    local::LocalError,
    own::Interfaces,
    owner::Owner,
    policy::{AddressRefusal, Policy, Refusal},
    pool::PoolLimits,
    progress::{Answer, Phase, Repeated, Timings},
    request::{Headers, Limits, Request},
    resolve::{Resolution, Resolve, ResolveError, Resolver},
    stats::Stats,
    target::Target,
    tls::trusting,
};
