//! What every request passes, whatever it is about: its key, its body and parameters, its page, its version, its problem.

pub mod auth;
pub mod body;
pub mod cookie;
pub mod cors;
mod encoding;
pub mod etag;
pub mod extract;
pub mod hints;
pub mod metrics;
pub mod middleware;
pub mod page;
pub mod problem;
pub mod proxies;
pub mod rate_limit;
pub mod refusals;
pub mod room;
pub mod scopes;
pub mod written;
