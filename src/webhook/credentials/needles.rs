//! What is searched for, and where in a text it is. The time to search a text does not grow with how many needles there
//! are: whether any begins at a place is asked of its first four bytes, and which one of a sorted list.

use std::{collections::BTreeSet, ops::Range};

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};

use super::decoded::{ALL, Decoded, Unbroken};

/// Bytes of the shortest credential that is searched for.
pub(super) const SHORTEST: usize = 6;
/// Bytes that tell whether a needle may begin at a place.
const LEAD: usize = 4;
/// Of how many bits the set of beginnings is.
const BITS: u32 = 1024;

/// All forms of some credentials.
pub(super) struct Needles {
    /// In order, each once.
    all: Vec<Needle>,
    /// A bit for each beginning.
    beginnings: [u64; BITS as usize / 64],
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Needle {
    text: Box<[u8]>,
    /// In base64, the characters beside it can hold some bits of its first or last byte.
    before: bool,
    after: bool,
}

impl Needles {
    /// Bytes that the forms of a credential take at most: once as it is, as forms write it and decoded, twice two for one in
    /// hex, six times four for three in base64; and each by itself.
    pub fn most_bytes(credential: &str) -> usize {
        16 * credential.len() + 12 * size_of::<Needle>()
    }

    pub fn of(credentials: &BTreeSet<String>) -> Needles {
        let mut all: Vec<Needle> = credentials.iter().flat_map(|credential| forms(credential)).collect();
        all.sort_unstable();
        all.dedup_by(|one, other| one.text == other.text);
        let mut beginnings = [0; BITS as usize / 64];
        for needle in &all {
            let bit = beginning(&needle.text);
            beginnings[bit / 64] |= 1 << (bit % 64);
        }
        Needles { all, beginnings }
    }

    /// Where they are in the text, as it is and without its white space, in no order.
    pub fn found_with_breaks_in(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found = self.found_in(text);
        if let Some(unbroken) = Unbroken::of(text) {
            let places = self.found_in(unbroken.bytes()).into_iter();
            found.extend(places.map(|place| unbroken.source(place)));
        }
        found
    }

    /// Where they are in the text, in no order. At its end also the beginning of one counts.
    fn found_in(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for at in 0..(text.len() + 1).saturating_sub(SHORTEST) {
            let bit = beginning(&text[at..]);
            if self.beginnings[bit / 64] & (1 << (bit % 64)) != 0
                && let Some((needle, length)) = self.at_beginning(&text[at..])
            {
                found.push(needle.place(text, at..at + length));
            }
        }
        found
    }

    /// The longest that the text begins with, or that goes on where the text ends; and how much of it is there.
    fn at_beginning(&self, text: &[u8]) -> Option<(&Needle, usize)> {
        let longer = self.all.partition_point(|needle| *needle.text < *text);
        if let Some(needle) = self.all.get(longer).filter(|needle| needle.text.starts_with(text)) {
            return Some((needle, text.len()));
        }
        // The last one before the text has more in common with it than any other has; one that is shorter than that, and
        // that the text begins with, is before it, too.
        let mut common = text;
        loop {
            let before = self.all.partition_point(|needle| *needle.text <= *common);
            let last = self.all[..before].last()?;
            let same = last.text.iter().zip(common).take_while(|(one, other)| one == other).count();
            if same == last.text.len() {
                return Some((last, same));
            }
            if same < LEAD {
                return None;
            }
            common = &common[..same];
        }
    }
}

impl Needle {
    fn plain(text: impl Into<Vec<u8>>) -> Needle {
        Needle { text: text.into().into(), before: false, after: false }
    }

    /// What is hidden of a text in which it is here: with the bits of it that stand in the characters beside it, and with
    /// what fills up base64.
    fn place(&self, text: &[u8], here: Range<usize>) -> Range<usize> {
        let Range { mut start, mut end } = here;
        let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
        if self.before && text[..start].last().is_some_and(is_base64) {
            start -= 1;
        }
        if self.after {
            end += usize::from(text.get(end).is_some_and(is_base64));
            end += text[end..].iter().take(2).take_while(|byte| **byte == b'=').count();
        }
        start..end
    }
}

/// Which bit is that of a text's first four bytes.
fn beginning(text: &[u8]) -> usize {
    let lead = text.first_chunk::<LEAD>().map_or(0, |lead| u32::from_le_bytes(*lead));
    (lead.wrapping_mul(0x9E37_79B1) >> (u32::BITS - BITS.ilog2())) as usize
}

/// A credential as it is, as forms write it (where `+` is a space), as it reads with its own escapes undone, in hex, and in
/// base64.
fn forms(credential: &str) -> Vec<Needle> {
    let plain = credential.as_bytes();
    let mut forms = vec![Needle::plain(plain)];
    if credential.contains(' ') {
        forms.push(Needle::plain(credential.replace(' ', "+")));
    }
    let mut layer = Decoded::of(plain, ALL);
    while let Some(decoded) = layer {
        forms.push(Needle::plain(decoded.bytes()));
        layer = decoded.again();
    }
    forms.retain(|needle| needle.text.len() >= SHORTEST);
    let hex = |digits: &[u8; 16]| -> Vec<u8> {
        plain.iter().flat_map(|byte| [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]).collect()
    };
    forms.extend([b"0123456789abcdef", b"0123456789ABCDEF"].map(|digits| Needle::plain(hex(digits))));
    forms.extend((0..3).flat_map(|behind| base64(plain, behind)));
    forms
}

/// The characters of base64 that say nothing but these bytes, where they stand `behind` others, counted in threes. In both
/// alphabets (RFC 4648, sections 4 and 5), which are mostly the same.
fn base64(plain: &[u8], behind: usize) -> impl Iterator<Item = Needle> {
    let padded = [&vec![0; behind][..], plain].concat();
    let (first, end) = ((behind * 8).div_ceil(6), padded.len() * 8 / 6);
    let (before, after) = (!(behind * 8).is_multiple_of(6), !(padded.len() * 8).is_multiple_of(6));
    [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD].into_iter().map(move |alphabet| Needle {
        text: alphabet.encode(&padded).as_bytes()[first..end].into(),
        before,
        after,
    })
}
