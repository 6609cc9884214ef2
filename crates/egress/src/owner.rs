//! On whose behalf a request is made.

/// On whose behalf a request is made: any number that means somebody to the caller. What requests wait for is shared
/// between owners, so that one whose names are never answered keeps nobody else waiting. Requests of which no owner is
/// told have one together.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Owner(pub u64);
