//! What came of a look-up.

use std::{net::IpAddr, time::Duration};

use crate::local::LocalError;

/// What came of a look-up, and for how long that holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resolution {
    /// All addresses of the name, in the order to try them; or why there are none.
    pub result: Result<Vec<IpAddr>, ResolveError>,
    /// The same may be answered again for this long; the client shortens what is too long.
    pub valid_for: Duration,
}

/// Why a name has no addresses.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ResolveError {
    /// It does not exist, or has none.
    #[error("it has no address")]
    NoAddress,
    /// Whoever was asked did not answer.
    #[error("nobody answered")]
    NoAnswer,
    /// It could not be found out. The text is for operators: it may tell of their network.
    #[error("{0}")]
    Failed(String),
    /// This machine could not ask.
    #[error(transparent)]
    Local(#[from] LocalError),
}
