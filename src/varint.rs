//! Numbers as they are stored where there are many: seven bits a byte, the lowest first, so small ones take one byte.

/// What is written.
#[derive(Default)]
pub struct Writer {
    pub bytes: Vec<u8>,
}

impl Writer {
    pub fn unsigned(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    /// One that may be negative and is near zero.
    pub fn signed(&mut self, number: i64) {
        self.unsigned((number << 1 ^ number >> 63) as u64);
    }

    /// Bytes, after their number.
    pub fn text(&mut self, text: &[u8]) {
        self.unsigned(text.len() as u64);
        self.bytes.extend_from_slice(text);
    }
}

/// What is read; `None` is answered where it ends too early or is no number.
pub struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    pub fn new(bytes: &'b [u8]) -> Reader<'b> {
        Reader { rest: bytes }
    }

    /// Whether all of it was read.
    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next bytes.
    pub fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    pub fn unsigned(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// See [`Writer::signed`].
    pub fn signed(&mut self) -> Option<i64> {
        self.unsigned().map(|number| (number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// How many things follow, each of which takes a byte at least: never more than memory can be taken for.
    pub fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.unsigned()?).ok()?;
        (count <= self.rest.len()).then_some(count)
    }

    /// See [`Writer::text`].
    pub fn text(&mut self) -> Option<&'b [u8]> {
        let length = self.count()?;
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_read_as_they_were_written(numbers in prop::collection::vec((any::<u64>(), any::<i64>()), 0..20)) {
            let mut out = Writer::default();
            for &(number, signed) in &numbers {
                out.unsigned(number);
                out.signed(signed);
                out.text(&number.to_le_bytes());
            }
            let mut input = Reader::new(&out.bytes);
            for &(number, signed) in &numbers {
                prop_assert_eq!(input.unsigned(), Some(number));
                prop_assert_eq!(input.signed(), Some(signed));
                prop_assert_eq!(input.text(), Some(&number.to_le_bytes()[..]));
            }
            prop_assert!(input.is_at_end() && input.unsigned().is_none() && input.text().is_none());
        }

        #[test]
        fn nothing_is_read_of_what_is_no_number(bytes in prop::collection::vec(0x80..=0xffu8, 0..30)) {
            prop_assert_eq!(Reader::new(&bytes).unsigned(), None);
        }
    }
}
