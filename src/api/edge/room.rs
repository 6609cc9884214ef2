//! The room for bodies: how much is held at least, and the answers where there is none.

use super::problem::{Code, Problem};
use crate::budget::Exhausted;

/// A body takes up so much at least: less is in the connection's own buffer.
pub const LEAST_HELD: usize = 16 << 10;

/// About how much memory a JSON text takes up at most once it is read into a tree: an object with a member has a node of 640 bytes,
/// whatever is in it.
pub fn of_tree(text: &[u8]) -> usize {
    const OF_OBJECT: usize = 700;
    const OF_VALUE: usize = 64;
    let (mut objects, mut values) = (0, 0);
    for byte in text {
        objects += usize::from(*byte == b'{');
        values += usize::from(matches!(byte, b',' | b'[' | b':'));
    }
    objects * OF_OBJECT + values * OF_VALUE
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_weighed_by_its_objects_and_values() {
        assert_eq!(of_tree(b"1"), 0);
        assert_eq!(of_tree(br#"{"a":[1,2]}"#), 700 + 3 * 64);
        let hostile = r#"{"":0},"#.repeat(20_000);
        assert!(of_tree(hostile.as_bytes()) > 15 << 20, "80 times its text");
    }
}
