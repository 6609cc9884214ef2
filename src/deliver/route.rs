//! Where a webhook's requests go: over the network, or to an inspector of its tenant in this process. The one place that tells them apart.

use http::HeaderValue;
use lanehook_egress::{Client, Error, Owner, RequestError, Target};

use super::classify::SendError;
use crate::{
    clock::Clock,
    model::{InspectorId, TargetUrl},
};

/// As the header `host` names inspectors.
static INSPECT: HeaderValue = HeaderValue::from_static("inspect");

/// Where requests go.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "nearly all go over the network")]
pub(super) enum Route {
    /// To a receiver, past the guard.
    Network(Target),
    /// To an inspector. Whether there is one is found out when something is sent.
    Inspector(InspectorId),
}

impl Route {
    /// To this URL. `verify`: whether the receiver's certificate is checked.
    pub fn new(url: &TargetUrl, owner: Owner, verify: bool, client: &Client<Clock>) -> Result<Route, SendError> {
        if let Some(id) = url.inspector() {
            return Ok(Route::Inspector(id));
        }
        let target = match verify {
            true => client.target(url.url(), owner),
            false => client.unverified_target(url.url(), owner),
        };
        target.map(Route::Network).map_err(SendError::Target)
    }

    /// Another path or query at the same receiver.
    pub fn at(&self, url: &TargetUrl) -> Result<Route, SendError> {
        match (self, url.inspector()) {
            (Route::Network(target), None) => target.at(url.url()).map(Route::Network).map_err(SendError::Target),
            (Route::Inspector(own), Some(id)) if *own == id => Ok(self.clone()),
            _ => Err(SendError::Target(Error::Request(RequestError::OtherOrigin))),
        }
    }

    /// As a request's `host` header names it.
    pub fn authority(&self) -> &HeaderValue {
        match self {
            Route::Network(target) => target.authority(),
            Route::Inspector(_) => &INSPECT,
        }
    }
}
