//! The room for bodies: how much is held at least, and the answers where there is none.

use super::problem::{Code, Problem};
use crate::budget::Exhausted;

/// A body takes up so much at least: less is in the connection's own buffer.
pub const LEAST_HELD: usize = 16 << 10;

/// The body has more than it may have.
pub fn too_large(limit: usize) -> Problem {
    Problem::new(Code::BodyTooLarge, format!("the body has more than {limit} bytes; send less at once"))
}

/// A tenant that has some of it can wait for its own requests; one that has none, for those of others.
pub fn no_room(exhausted: Exhausted) -> Problem {
    let problem = match exhausted.holds_some {
        true => Problem::new(
            Code::TooManyRequests,
            "the requests of this tenant that are under way take up as much memory as it may have; send fewer or smaller ones \
             at one time, and try again in a second",
        ),
        false => Problem::new(
            Code::Busy,
            "the requests that are under way take up all the memory there is for them; try again in a second",
        ),
    };
    problem.retry_after(1)
}
