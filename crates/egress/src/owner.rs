//! On whose behalf a request is made.

/// On whose behalf a request is made: any number that means somebody to the caller. What requests wait for is shared
/// between owners, so that one whose names are never answered keeps nobody else waiting. Connections serve one owner only, so
/// that what one of them makes a receiver do to a connection reaches no request of another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Owner(pub u64);
