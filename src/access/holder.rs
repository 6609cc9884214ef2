//! A key, with what is noted of it.

use std::sync::{Arc, OnceLock, atomic::AtomicBool};

use super::{bucket::Bucket, last_use::LastUse};
use crate::model::ApiKey;

/// A key with what is left of its quota, and when it was last used.
pub(super) struct Holder {
    pub key: Arc<ApiKey>,
    pub bucket: Arc<Bucket>,
    /// Of a tenant's key: what is left of how often all portals may call together whose links it made.
    pub portals: OnceLock<Arc<Bucket>>,
    pub last_use: LastUse,
    /// Whether it was refused since it has expired.
    pub was_refused: AtomicBool,
}

impl Holder {
    pub fn new(key: Arc<ApiKey>, bucket: Arc<Bucket>, last_use: LastUse) -> Holder {
        Holder { key, bucket, portals: OnceLock::new(), last_use, was_refused: AtomicBool::new(false) }
    }
}
