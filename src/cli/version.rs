//! Which program this is.

/// The version; of a release also the commit.
pub const VERSION: &str = env!("VERSION_AND_COMMIT");
