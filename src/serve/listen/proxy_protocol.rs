//! What a trusted proxy says about a connection before its first request: the PROXY protocol, versions 1 and 2.
//!
//! A proxy that speaks it does so on every connection, so one without a header, or with a wrong one, is closed, as the
//! specification asks: <https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt>, section 2.

use std::net::IpAddr;

use ppp::{HeaderResult, v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// As many bytes as both versions have at least.
const SHORTEST: usize = 12;
/// Bytes of version 2 before the addresses.
const BINARY_HEAD: usize = 16;
/// Bytes of the longest line of version 1, with its end.
const LONGEST_LINE: usize = 107;
/// Bytes behind the addresses of version 2 for what else a proxy may say: far more than any says.
const LONGEST_BINARY: usize = 4096;

/// Reads the header, and no byte of what follows. Returns whose connection it is; nothing if the proxy made the connection
/// for itself, or does not know. Cancelled, it leaves a connection that cannot be used.
///
/// # Errors
/// The connection ends, or begins with something else.
pub async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<IpAddr>, Unreadable> {
    let mut header = vec![0; SHORTEST];
    stream.read_exact(&mut header).await?;
    if header == v2::PROTOCOL_PREFIX {
        header.resize(BINARY_HEAD, 0);
        stream.read_exact(&mut header[SHORTEST..]).await?;
        let rest = usize::from(u16::from_be_bytes([header[14], header[15]]));
        if rest > LONGEST_BINARY {
            return Err(Unreadable);
        }
        header.resize(BINARY_HEAD + rest, 0);
        stream.read_exact(&mut header[BINARY_HEAD..]).await?;
    } else {
        if !header.starts_with(v1::PROTOCOL_PREFIX.as_bytes()) {
            return Err(Unreadable);
        }
        while !header.ends_with(v1::PROTOCOL_SUFFIX.as_bytes()) {
            if header.len() == LONGEST_LINE {
                return Err(Unreadable);
            }
            header.push(stream.read_u8().await?);
        }
    }
    source(&header)
}

/// It is no header of the PROXY protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unreadable;

impl From<std::io::Error> for Unreadable {
    fn from(_: std::io::Error) -> Unreadable {
        Unreadable
    }
}

fn source(header: &[u8]) -> Result<Option<IpAddr>, Unreadable> {
    match HeaderResult::parse(header) {
        HeaderResult::V1(Ok(header)) => Ok(match header.addresses {
            v1::Addresses::Tcp4(addresses) => Some(addresses.source_address.into()),
            v1::Addresses::Tcp6(addresses) => Some(addresses.source_address.into()),
            v1::Addresses::Unknown => None,
        }),
        HeaderResult::V2(Ok(header)) => Ok(match (header.command, header.addresses) {
            (v2::Command::Proxy, v2::Addresses::IPv4(addresses)) => Some(addresses.source_address.into()),
            (v2::Command::Proxy, v2::Addresses::IPv6(addresses)) => Some(addresses.source_address.into()),
            _ => None,
        }),
        _ => Err(Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    /// What is read, and what is left for the first request.
    fn read_of(bytes: &[u8]) -> (Result<Option<IpAddr>, Unreadable>, &[u8]) {
        let mut rest = bytes;
        let done = read(&mut rest).now_or_never().unwrap();
        (done, rest)
    }

    fn address(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    #[test]
    fn a_line_of_version_1_names_the_client_and_leaves_the_request() {
        let (source, rest) = read_of(b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\nGET / HTTP/1.1\r\n");
        assert_eq!((source, rest), (Ok(address("192.0.2.7")), &b"GET / HTTP/1.1\r\n"[..]));
        assert_eq!(read_of(b"PROXY TCP6 2001:db8::7 ::1 4711 443\r\n").0, Ok(address("2001:db8::7")));
        assert_eq!(read_of(b"PROXY UNKNOWN\r\n").0, Ok(None));
    }

    #[test]
    fn a_header_of_version_2_names_the_client_and_leaves_the_request() {
        let binary = |command: u8, family: u8, rest: &[u8]| {
            let length = (rest.len() as u16).to_be_bytes();
            [v2::PROTOCOL_PREFIX, &[command, family], &length, rest, b"GET"].concat()
        };
        let four = [&[192, 0, 2, 7, 10, 0, 0, 1][..], &[0x12, 0x67, 1, 0xbb], &[4, 0, 1, 9]].concat();
        let bytes = binary(0x21, 0x11, &four);
        assert_eq!(read_of(&bytes), (Ok(address("192.0.2.7")), &b"GET"[..]), "with something else behind");
        assert_eq!(read_of(&binary(0x20, 0x00, &[])).0, Ok(None), "the proxy's own, as for health checks");
        assert_eq!(read_of(&binary(0x21, 0x11, &[1, 2])).0, Err(Unreadable));
        assert_eq!(read_of(&binary(0x21, 0x11, &[0; 5000])).0, Err(Unreadable), "nobody says so much");
    }

    #[test]
    fn anything_else_is_no_header() {
        for bytes in [
            &b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..],
            b"PROXY TCP4 192.0.2.7",
            b"PROXY TCP4 256.0.2.7 10.0.0.1 4711 443\r\n",
            &[b"PROXY ".as_slice(), &[b'x'; 200]].concat(),
            b"",
        ] {
            assert_eq!(read_of(bytes).0, Err(Unreadable), "{}", bytes.escape_ascii());
        }
    }
}
