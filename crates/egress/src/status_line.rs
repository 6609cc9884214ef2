//! The status of an answer over HTTP/1: the bytes that a connection brings enter, and the status leaves as soon as the first line
//! has said it. It counts also where nothing else of the answer can be read: a receiver that has said 200 has the message.

/// `HTTP/1.1 200`, and what ends the number.
const LENGTH: usize = 13;

/// How far the answer's first line has come.
#[derive(Default)]
pub(crate) enum StatusLine {
    /// No answer is waited for.
    #[default]
    Over,
    /// This line.
    Line(Line),
    /// The head of an answer of the kind 1xx goes by, whose lines these are; another answer follows.
    Interim(Line),
}

/// The beginning of a line.
#[derive(Default)]
pub(crate) struct Line {
    bytes: [u8; LENGTH],
    length: usize,
}

impl StatusLine {
    /// An answer is to come.
    pub fn awaited() -> StatusLine {
        StatusLine::Line(Line::default())
    }

    /// Takes in what has come; tells the status once, when it is known.
    pub fn read(&mut self, bytes: &[u8]) -> Option<u16> {
        for &byte in bytes {
            match self {
                StatusLine::Over => return None,
                StatusLine::Interim(line) => {
                    let ends = byte == b'\n' && line.length == 0;
                    line.take(byte);
                    if ends {
                        *self = StatusLine::awaited();
                    }
                }
                StatusLine::Line(line) => {
                    // Empty lines may stand before it (RFC 9112, 2.2).
                    let is_there = line.length > 0 && (byte == b'\n' || line.length + 1 == LENGTH);
                    if !is_there {
                        line.take(byte);
                        continue;
                    }
                    let status = line.status(byte);
                    *self = match status {
                        Some(100 | 102..=199) if byte == b'\n' => StatusLine::Interim(Line::default()),
                        Some(100 | 102..=199) => StatusLine::Interim(Line { length: 1, ..Line::default() }),
                        _ => StatusLine::Over,
                    };
                    if matches!(self, StatusLine::Over) {
                        return status;
                    }
                }
            }
        }
        None
    }
}

impl Line {
    fn take(&mut self, byte: u8) {
        match byte {
            b'\n' => self.length = 0,
            b'\r' => {}
            byte if self.length < LENGTH => {
                self.bytes[self.length] = byte;
                self.length += 1;
            }
            _ => {}
        }
    }

    /// What the line says, if this is what comes next.
    fn status(&self, next: u8) -> Option<u16> {
        let digits = match self.bytes[..self.length].split_at_checked(9)? {
            (b"HTTP/1.1 " | b"HTTP/1.0 ", digits) if next.is_ascii_whitespace() => digits,
            _ => return None,
        };
        let status = str::from_utf8(digits).ok()?.parse().ok()?;
        (digits.len() == 3 && (100..=999).contains(&status)).then_some(status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parts: &[&[u8]]) -> Option<u16> {
        let mut line = StatusLine::awaited();
        parts.iter().find_map(|part| line.read(part))
    }

    #[test]
    fn the_first_line_of_the_answer_says_the_status_whatever_follows() {
        for (answer, status) in [
            ("HTTP/1.1 200 OK\r\n\0", Some(200)),
            ("HTTP/1.0 503\n", Some(503)),
            ("HTTP/1.1 204\r", Some(204)),
            ("\r\n\nHTTP/1.1 410 Gone\r\n", Some(410)),
            ("HTTP/1.1 101 Switching Protocols\r\n", Some(101)),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", Some(200)),
            ("HTTP/1.1 103\nlink: </a>\r\nHTTP/1.1 200 no\n\nHTTP/1.1 404 \n", Some(404)),
            ("HTTP/1.1 100 Continue\r\nHTTP/1.1 200 OK\r\n", None),
            ("HTTP/1.1 200", None),
            ("HTTP/1.1 2000 OK\r\n", None),
            ("HTTP/1.1 20\r\n200 OK\r\n", None),
            ("HTTP/2 200 OK\r\nHTTP/1.1 200 OK\r\n", None),
            ("SSH-2.0-OpenSSH_9.2\r\nHTTP/1.1 200 OK\r\n", None),
        ] {
            assert_eq!(read(&[answer.as_bytes()]), status, "{answer:?}");
            let bytes: Vec<&[u8]> = answer.as_bytes().chunks(1).collect();
            assert_eq!(read(&bytes), status, "byte by byte: {answer:?}");
        }
        assert_eq!(StatusLine::default().read(b"HTTP/1.1 200 OK\r\n"), None, "nothing was asked");
    }
}
