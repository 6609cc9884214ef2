//! Cuts a text to a length, between characters as people see them.

use unicode_segmentation::UnicodeSegmentation as _;

/// What usually stands where something was cut off.
pub const ELLIPSIS: &str = "…";
/// Bytes that are held together as one character, at most: a joined family with its skin colours has 41.
const LONGEST: usize = 128;

/// What a length is counted in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Unicode scalar values.
    Chars,
    /// UTF-16 code units.
    Utf16,
    /// Bytes of UTF-8.
    Bytes,
}

/// How long a text is.
fn length(text: &str, unit: Unit) -> usize {
    match unit {
        Unit::Chars => text.chars().count(),
        Unit::Utf16 => text.chars().map(char::len_utf16).sum(),
        Unit::Bytes => text.len(),
    }
}

/// The text, if it is not longer than `most`; else its longest beginning that is not together with `end`, and `end`. An
/// end that does not fit is left out. Parts no extended grapheme cluster (UAX #29): no letter loses its accent, no flag
/// one of its letters.
pub fn truncate(text: &str, most: usize, unit: Unit, end: &str) -> String {
    if length(text, unit) <= most {
        return text.to_owned();
    }
    let fits = most.checked_sub(length(end, unit));
    let (room, end) = fits.map_or((most, ""), |room| (room, end));
    let (mut kept, mut used) = (0, 0);
    while let Some(cluster) = first(&text[kept..]) {
        used += length(cluster, unit);
        if used > room {
            break;
        }
        kept += cluster.len();
    }
    // White space before the end says nothing.
    text[..kept].trim_end().to_owned() + end
}

/// The first cluster of a text. Only so much is looked at as can belong to it, so that a text that is one long cluster
/// takes no longer than others.
fn first(text: &str) -> Option<&str> {
    text[..text.floor_char_boundary(LONGEST)].graphemes(true).next()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str, most: usize) -> String {
        truncate(text, most, Unit::Chars, ELLIPSIS)
    }

    #[test]
    fn what_people_see_as_one_character_is_not_parted() {
        let family = "👨‍👩‍👧‍👦";
        let check = |one: &str, chars: usize| {
            assert_eq!(one.chars().count(), chars, "{one}");
            let two = one.repeat(2);
            assert_eq!(cut(&two, 2 * chars), two);
            for most in chars + 1..2 * chars {
                assert_eq!(cut(&two, most), format!("{one}…"), "at {most}");
            }
            assert_eq!(cut(&two, chars), "…", "at {chars}");
        };
        check("🇩🇪", 2);
        check("e\u{301}", 2);
        check(family, 7);
        check("👍🏽", 2);
        check("क्षि", 4);
        check("नि", 2);
        check("நி", 2);
        check("\u{1100}\u{1161}\u{11a8}", 3);
        assert_eq!(cut("🇩🇪🇫🇷🇮🇹", 5), "🇩🇪🇫🇷…", "flags are read from the start, in twos");
        assert_eq!(cut("a\r\nb", 3), "a…");
    }

    #[test]
    fn a_text_that_is_one_long_cluster_is_cut_all_the_same() {
        let text = "a".to_owned() + &"\u{301}".repeat(10_000);
        let cut = cut(&text, 500);
        assert!((400..=500).contains(&cut.chars().count()), "{}", cut.chars().count());
    }

    proptest! {
        #[test]
        fn a_cut_text_fits_and_begins_as_it_did(text in "(\\PC|🇩🇪|क्ष|👨‍👩‍👧|\u{301}| ){0,60}", most in 0..80_usize) {
            for unit in [Unit::Chars, Unit::Utf16, Unit::Bytes] {
                let cut = truncate(&text, most, unit, ELLIPSIS);
                prop_assert!(length(&cut, unit) <= most);
                if length(&text, unit) <= most {
                    prop_assert_eq!(&cut, &text);
                } else {
                    prop_assert!(text.starts_with(cut.strip_suffix(ELLIPSIS).unwrap_or(&cut)));
                }
            }
        }
    }
}
