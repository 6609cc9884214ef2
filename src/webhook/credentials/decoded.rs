//! A text with its escapes undone: percent-encoding (RFC 3986), those of JSON (RFC 8259) and JavaScript strings, and HTML's
//! character references. Each byte knows where in the text it came from.
//!
//! One language's are undone by themselves, since what another one takes for an escape is none there; and all at once, for
//! texts that were written in several, one within the other.

use std::ops::Range;

use memchr::memchr3;

/// The longest character reference: `&#x10FFFF;`
const LONGEST_REFERENCE: usize = 10;

/// What the escapes begin with that are undone.
pub(super) type Escapes = [u8; 3];
pub(super) const EACH: [Escapes; 3] = [[b'%'; 3], [b'\\'; 3], [b'&'; 3]];
pub(super) const ALL: Escapes = [b'%', b'\\', b'&'];

/// A text without its white space: lines of base64 and hex are broken by it.
pub(super) struct Unbroken {
    bytes: Vec<u8>,
    /// Where in the text each byte stands.
    at: Vec<usize>,
}

impl Unbroken {
    /// `None`: there is none in it.
    pub fn of(text: &[u8]) -> Option<Unbroken> {
        text.iter().any(u8::is_ascii_whitespace).then(|| {
            let kept = text.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace());
            let (at, bytes) = kept.map(|(at, byte)| (at, *byte)).unzip();
            Unbroken { bytes, at }
        })
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where in the text this part of it, which is not empty, came from.
    pub fn source(&self, part: Range<usize>) -> Range<usize> {
        self.at[part.start]..self.at[part.end - 1] + 1
    }
}

/// What is left of a text when one layer of escapes is undone.
pub(super) struct Decoded {
    bytes: Vec<u8>,
    /// Where in the text each byte begins, and behind the last, where the text ends.
    from: Vec<usize>,
}

impl Decoded {
    /// `None`: there is nothing to undo.
    pub fn of(text: &[u8], escapes: Escapes) -> Option<Decoded> {
        undone(text, escapes, |place| place)
    }

    /// The next layer, whoever wrote it.
    pub fn again(&self) -> Option<Decoded> {
        undone(&self.bytes, ALL, |place| self.from[place])
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where in the text this part of it came from.
    pub fn source(&self, part: Range<usize>) -> Range<usize> {
        self.from[part.start]..self.from[part.end]
    }
}

fn undone(text: &[u8], [one, two, three]: Escapes, source: impl Fn(usize) -> usize) -> Option<Decoded> {
    let mut next = memchr3(one, two, three, text)?;
    let mut decoded = Decoded { bytes: Vec::with_capacity(text.len()), from: Vec::with_capacity(text.len() + 1) };
    let mut at = 0;
    loop {
        decoded.bytes.extend_from_slice(&text[at..next]);
        decoded.from.extend((at..next).map(&source));
        at = next;
        if at == text.len() {
            break;
        }
        let (meant, length) = escape(&text[at..]).unwrap_or((Meant::Byte(text[at]), 1));
        match meant {
            Meant::Byte(byte) => decoded.bytes.push(byte),
            Meant::Char(char) => decoded.bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        decoded.from.resize(decoded.bytes.len(), source(at));
        at += length;
        next = memchr3(one, two, three, &text[at..]).map_or(text.len(), |found| at + found);
    }
    decoded.from.push(source(text.len()));
    (decoded.bytes.len() < text.len()).then_some(decoded)
}

/// What an escape stands for.
enum Meant {
    Byte(u8),
    Char(char),
}

/// The escape that the text begins with, if it does, and its length.
fn escape(text: &[u8]) -> Option<(Meant, usize)> {
    match *text {
        [b'%', high, low, ..] => Some((Meant::Byte(number(&[high, low], 16)? as u8), 3)),
        [b'\\', b'x', high, low, ..] => Some((Meant::Byte(number(&[high, low], 16)? as u8), 4)),
        [b'\\', b'u', a, b, c, d, ..] => Some((Meant::Char(char::from_u32(number(&[a, b, c, d], 16)?)?), 6)),
        [b'\\', b'n', ..] => Some((Meant::Byte(b'\n'), 2)),
        [b'\\', b'r', ..] => Some((Meant::Byte(b'\r'), 2)),
        [b'\\', b't', ..] => Some((Meant::Byte(b'\t'), 2)),
        [b'\\', c @ (b'"' | b'\\' | b'/' | b'\'' | b'`'), ..] => Some((Meant::Byte(c), 2)),
        [b'&', ..] => reference(text),
        _ => None,
    }
}

/// `&amp;`, `&#38;`, `&#x26;`
fn reference(text: &[u8]) -> Option<(Meant, usize)> {
    let end = text.iter().take(LONGEST_REFERENCE).position(|byte| *byte == b';')?;
    let char = match &text[1..end] {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        _ => return None,
    };
    Some((Meant::Char(char), end + 1))
}

/// What these digits say; nothing but digits is read.
fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let add = |sum: Option<u32>, digit: &u8| {
        let digit = char::from(*digit).to_digit(radix)?;
        sum?.checked_mul(radix)?.checked_add(digit)
    };
    digits.iter().fold((!digits.is_empty()).then_some(0), add)
}
