//! A key, with what is noted of it.

use std::sync::{Arc, atomic::AtomicBool};

use super::{bucket::Bucket, last_use::LastUse};
use crate::model::ApiKey;

/// A key with what is left of its quota, and when it was last used.
pub(super) struct Holder {
    pub key: Arc<ApiKey>,
    pub bucket: Bucket,
    pub last_use: LastUse,
    /// Whether it was refused since it has expired.
    pub was_refused: AtomicBool,
}

impl Holder {
    pub fn new(key: Arc<ApiKey>, bucket: Bucket, last_use: LastUse) -> Holder {
        Holder { key, bucket, last_use, was_refused: AtomicBool::new(false) }
    }
}
