//! The values of settings that have types of their own.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr, ToSocketAddrs as _},
    str::FromStr,
};

use serde::{Deserialize, Deserializer, de};

/// Where data is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub enum Database {
    /// One file in the data folder.
    #[default]
    Sqlite,
}

/// Who resolves names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum ResolverChoice {
    /// lanehook itself: asks the name servers of /etc/resolv.conf.
    #[default]
    Builtin,
    /// The operating system, with everything that is set up there.
    System,
}

/// Where the API is reached from outside: `https://hooks.example.com`, perhaps with a path, without a slash at the end.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicUrl(String);

impl PublicUrl {
    /// As it is put before a path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicUrl {
    type Err = String;
    fn from_str(text: &str) -> Result<PublicUrl, String> {
        let url = url::Url::parse(text).map_err(|error| format!("`{text}` is no URL: {error}"))?;
        let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !is_plain {
            return Err(format!("`{text}` is no address of an API; write it like https://hooks.example.com"));
        }
        Ok(PublicUrl(url.as_str().trim_end_matches('/').to_owned()))
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = String;
    fn try_from(text: String) -> Result<PublicUrl, String> {
        text.parse()
    }
}

/// How log lines look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

impl FromStr for Database {
    type Err = String;
    fn from_str(text: &str) -> Result<Database, String> {
        match text {
            "sqlite" => Ok(Database::Sqlite),
            other if other.starts_with("postgres") => {
                Err("PostgreSQL is not supported by this version; use `sqlite`".into())
            }
            other => Err(format!("`{other}` is no database; use `sqlite`")),
        }
    }
}

impl TryFrom<String> for Database {
    type Error = String;
    fn try_from(text: String) -> Result<Database, String> {
        text.parse()
    }
}

/// A text that is not shown.
#[derive(Clone)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Where to listen: `127.0.0.1:8420`, `[::1]:8420`, a name like `localhost:8420`, `:8420` for all addresses of this machine, or
/// `8420`, which only this machine reaches.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    if let Ok(port) = text.parse() {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    let wrong = || {
        format!(
            "`{text}` is no address to listen at; write an address and a port like 127.0.0.1:8420, or a port like 8420"
        )
    };
    let (host, port) = text.rsplit_once(':').filter(|(host, _)| !host.contains('/')).ok_or_else(wrong)?;
    let port: u16 = port.parse().map_err(|_| wrong())?;
    if host.is_empty() {
        return Ok((Ipv4Addr::UNSPECIFIED, port).into());
    }
    let found = (host, port).to_socket_addrs().map_err(|error| format!("`{host}` leads to no address: {error}"))?;
    // Of a name's addresses IPv4's first: it is the default, and what clients of `localhost` try.
    found.min_by_key(SocketAddr::is_ipv6).ok_or_else(|| format!("`{host}` leads to no address"))
}

/// The same in a file, where a port may be a number.
pub fn read_listen_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    struct Visitor;
    impl de::Visitor<'_> for Visitor {
        type Value = SocketAddr;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("where to listen, like \"127.0.0.1:8420\"")
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<SocketAddr, E> {
            listen_address(text).map_err(E::custom)
        }
        fn visit_i64<E: de::Error>(self, port: i64) -> Result<SocketAddr, E> {
            self.visit_str(&port.to_string())
        }
    }
    deserializer.deserialize_any(Visitor).map(Some)
}
