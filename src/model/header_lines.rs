//! Headers as an attempt shows them, in one piece of memory: there are a dozen in each request.

/// Headers in order, each a line `name: value` as on the wire. Names can repeat.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct HeaderLines(String);

impl HeaderLines {
    /// None, with room for so many bytes of lines.
    pub fn with_capacity(bytes: usize) -> HeaderLines {
        HeaderLines(String::with_capacity(bytes))
    }

    /// From [`HeaderLines::as_text`].
    pub fn from_text(text: String) -> HeaderLines {
        HeaderLines(text)
    }

    /// All of them, a line each.
    pub fn as_text(&self) -> &str {
        &self.0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One more. HTTP has neither line ends in a value nor `: ` in a name.
    pub fn push(&mut self, name: &str, value: &str) {
        debug_assert!(!name.contains(": ") && !value.contains(['\r', '\n']), "{name}: {value}");
        for part in [name, ": ", value, "\n"] {
            self.0.push_str(part);
        }
    }

    /// With names in lower case, as HTTP/2 has them (RFC 9113, 8.2).
    pub fn in_lower_case(self) -> HeaderLines {
        let is_other = self.iter().any(|(name, _)| name.bytes().any(|byte| byte.is_ascii_uppercase()));
        match is_other {
            true => self.iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
            false => self,
        }
    }

    /// All of these, too.
    pub fn extend(&mut self, other: &HeaderLines) {
        self.0.push_str(&other.0);
    }

    /// Name and value of each.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.lines().filter_map(|line| line.split_once(": "))
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for HeaderLines {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> HeaderLines {
        let mut lines = HeaderLines::default();
        headers.into_iter().for_each(|(name, value)| lines.push(name.as_ref(), value.as_ref()));
        lines
    }
}

impl std::fmt::Debug for HeaderLines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_in_lower_case_leave_values_as_they_are() {
        let lines = HeaderLines::from_iter([("X-Team", "Blue: A"), ("host", "A.example")]);
        let expected = HeaderLines::from_iter([("x-team", "Blue: A"), ("host", "A.example")]);
        assert_eq!(lines.in_lower_case(), expected);
        assert_eq!(expected.clone().in_lower_case(), expected);
    }

    proptest! {
        #[test]
        fn what_was_put_in_comes_out(
            headers in prop::collection::vec(("[a-z0-9!#$%&'*+.^_`|~-]{1,9}", "[\\PC\t]{0,20}"), 0..9),
        ) {
            let lines: HeaderLines = headers.iter().map(|(name, value)| (name, value)).collect();
            let read = HeaderLines::from_text(lines.as_text().to_owned());
            let pairs: Vec<_> = read.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            prop_assert_eq!(pairs, headers);
        }
    }
}
