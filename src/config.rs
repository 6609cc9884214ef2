//! Settings: flags are stronger than the environment, the environment is stronger than the file.
//!
//! Every setting has one name: `--max-in-flight`, `LANEHOOK_MAX_IN_FLIGHT`, and `max_in_flight` in the file.

use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr};

use clap::Args;
use ipnet::IpNet;
use serde::Deserialize;

use crate::{access::KeyRates, lane::LaneLimits, model::Span, publish::DEFAULT_MAX_EVENT_BYTES};

/// What can be set. Each is optional here; [`Settings::load`] fills in the file's, [`Config`] the defaults.
#[derive(Args, Deserialize, Clone, Debug, Default)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// A TOML file with settings
    #[arg(long, env = "LANEHOOK_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// Where the API listens [default: 127.0.0.1:8420]
    #[arg(long, env = "LANEHOOK_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,

    /// The folder for the database and the master key [default: ./lanehook-data]
    #[arg(long, env = "LANEHOOK_DATA", value_name = "FOLDER")]
    pub data: Option<PathBuf>,

    /// The database [default: sqlite]
    #[arg(long, env = "LANEHOOK_DATABASE", value_name = "sqlite")]
    pub database: Option<Database>,

    /// For development: permit webhooks with http and on this machine
    #[arg(long, env = "LANEHOOK_DEV", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub dev: Option<bool>,

    /// Networks that webhooks may reach although they are not public, like 10.20.0.0/16
    #[arg(long, env = "LANEHOOK_EGRESS_ALLOW", value_delimiter = ',', value_name = "NETWORK")]
    pub egress_allow: Option<Vec<IpNet>>,

    /// Networks that webhooks may never reach; stronger than what is allowed
    #[arg(long, env = "LANEHOOK_EGRESS_DENY", value_delimiter = ',', value_name = "NETWORK")]
    pub egress_deny: Option<Vec<IpNet>>,

    /// Permit webhooks to turn off the check of their receiver's TLS certificate
    #[arg(long, env = "LANEHOOK_ALLOW_UNVERIFIED_TLS", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub allow_unverified_tls: Option<bool>,

    /// A PEM file with certificate authorities to trust beside the system's
    #[arg(long, env = "LANEHOOK_EXTRA_CA", value_name = "FILE")]
    pub extra_ca: Option<PathBuf>,

    /// Who resolves receivers' names: the system (also /etc/hosts), or lanehook itself, with a cache [default: system]
    #[arg(long, env = "LANEHOOK_RESOLVER", value_name = "RESOLVER")]
    pub resolver: Option<ResolverChoice>,

    /// The most bytes of an event's data [default: 262144]
    #[arg(long, env = "LANEHOOK_MAX_EVENT_BYTES", value_name = "BYTES")]
    pub max_event_bytes: Option<usize>,

    /// The most requests to receivers at one time [default: 2048]
    #[arg(long, env = "LANEHOOK_MAX_IN_FLIGHT", value_name = "REQUESTS")]
    pub max_in_flight: Option<usize>,

    /// API requests a second that a tenant's key may make, unless the key says otherwise [default: 600]
    #[arg(long, env = "LANEHOOK_KEY_RATE", value_name = "REQUESTS")]
    pub key_rate: Option<u32>,

    /// How long finished deliveries and their events are kept [default: 30d]
    #[arg(long, env = "LANEHOOK_RETENTION", value_name = "TIME")]
    pub retention: Option<Span>,

    /// How long to wait at shutdown for requests that are under way [default: 10s]
    #[arg(long, env = "LANEHOOK_GRACE", value_name = "TIME")]
    pub grace: Option<Span>,

    /// How log lines look [default: text]
    #[arg(long, env = "LANEHOOK_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,

    /// What is logged: error, warn, info, debug, or per module [default: info]
    #[arg(long, env = "LANEHOOK_LOG", value_name = "FILTER")]
    pub log: Option<String>,
}

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
    /// The operating system, with everything it is configured to do.
    #[default]
    System,
    /// lanehook itself, with a cache that honours TTLs.
    Builtin,
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

impl FromStr for Span {
    type Err = String;
    fn from_str(text: &str) -> Result<Span, String> {
        Span::parse(text)
    }
}

/// Every setting with its value.
#[derive(Clone, Debug)]
pub struct Config {
    pub listen: SocketAddr,
    pub data: PathBuf,
    pub database: Database,
    pub dev: bool,
    pub egress_allow: Vec<IpNet>,
    pub egress_deny: Vec<IpNet>,
    pub allow_unverified_tls: bool,
    pub extra_ca: Option<PathBuf>,
    pub resolver: ResolverChoice,
    pub max_event_bytes: usize,
    pub max_in_flight: usize,
    pub key_rate: u32,
    pub retention: Span,
    pub grace: Span,
    pub log_format: LogFormat,
    pub log: String,
    /// From `LANEHOOK_OPERATOR_KEY` only: a flag would show in the list of processes.
    pub operator_key: Option<Hidden>,
    /// From `LANEHOOK_MASTER_KEY` only.
    pub master_key: Option<Hidden>,
    /// A lanehook, to run webhooks' scripts in: this one.
    pub program: PathBuf,
}

/// This program, also when its file was replaced by a newer one while it runs.
fn own_program() -> PathBuf {
    match cfg!(target_os = "linux") {
        true => "/proc/self/exe".into(),
        false => std::env::current_exe().unwrap_or_else(|_| "lanehook".into()),
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

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the settings file {file}: {source}")]
    Unreadable { file: String, source: std::io::Error },
    /// The file has something wrong in it.
    #[error("the settings file {file}: {problem}")]
    File { file: String, problem: String },
    /// A value is out of bounds.
    #[error("{name}: {problem}")]
    Value { name: &'static str, problem: String },
}

impl Settings {
    /// With what the file says where flags and environment say nothing, and defaults elsewhere.
    pub fn load(self) -> Result<Config, ConfigError> {
        let file = match &self.config {
            None => Settings::default(),
            Some(path) => {
                let file = path.display().to_string();
                let text = std::fs::read_to_string(path)
                    .map_err(|source| ConfigError::Unreadable { file: file.clone(), source })?;
                let name = |error: toml::de::Error| ConfigError::File { file, problem: error.to_string() };
                toml::from_str(&text).map_err(name)?
            }
        };
        let secret = |name| std::env::var(name).ok().filter(|value| !value.is_empty()).map(Hidden);
        let config = Config {
            listen: self.listen.or(file.listen).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8420))),
            data: self.data.or(file.data).unwrap_or_else(|| "./lanehook-data".into()),
            database: self.database.or(file.database).unwrap_or_default(),
            dev: self.dev.or(file.dev).unwrap_or_default(),
            egress_allow: self.egress_allow.or(file.egress_allow).unwrap_or_default(),
            egress_deny: self.egress_deny.or(file.egress_deny).unwrap_or_default(),
            allow_unverified_tls: self.allow_unverified_tls.or(file.allow_unverified_tls).unwrap_or_default(),
            extra_ca: self.extra_ca.or(file.extra_ca),
            resolver: self.resolver.or(file.resolver).unwrap_or_default(),
            max_event_bytes: self.max_event_bytes.or(file.max_event_bytes).unwrap_or(DEFAULT_MAX_EVENT_BYTES),
            max_in_flight: self.max_in_flight.or(file.max_in_flight).unwrap_or_else(|| LaneLimits::default().in_flight),
            key_rate: self.key_rate.or(file.key_rate).unwrap_or_else(|| KeyRates::default().tenant.limit),
            retention: self.retention.or(file.retention).unwrap_or(Span::seconds(30 * 86_400)),
            grace: self.grace.or(file.grace).unwrap_or(Span::seconds(10)),
            log_format: self.log_format.or(file.log_format).unwrap_or_default(),
            log: self.log.or(file.log).unwrap_or_else(|| "info".into()),
            program: own_program(),
            operator_key: secret("LANEHOOK_OPERATOR_KEY"),
            master_key: secret("LANEHOOK_MASTER_KEY"),
        };
        config.check()?;
        Ok(config)
    }
}

impl Config {
    fn check(&self) -> Result<(), ConfigError> {
        let within = |name, value: usize, least: usize, most: usize| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(ConfigError::Value { name, problem: format!("from {least} to {most} is possible, not {value}") })
        };
        within("max_event_bytes", self.max_event_bytes, 1024, 16 << 20)?;
        within("max_in_flight", self.max_in_flight, 16, 65_536)?;
        within("key_rate", self.key_rate as usize, 1, 1_000_000)?;
        if self.retention < Span::seconds(86_400) {
            let problem =
                format!("at least 1d, the time in which repeated events are recognised, not {}", self.retention);
            return Err(ConfigError::Value { name: "retention", problem });
        }
        if let Some(key) = &self.operator_key
            && !((32..=200).contains(&key.0.len()) && key.0.bytes().all(|c| c.is_ascii_graphic()))
        {
            let problem = "32 to 200 printable characters without spaces are needed".into();
            return Err(ConfigError::Value { name: "LANEHOOK_OPERATOR_KEY", problem });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        settings: Settings,
    }

    fn load(file: &str, flags: &[&str]) -> Result<Config, ConfigError> {
        let mut on_disk = tempfile::NamedTempFile::new().unwrap();
        on_disk.write_all(file.as_bytes()).unwrap();
        let path = on_disk.path().to_str().unwrap().to_owned();
        let args = ["lanehook", "--config", &path].into_iter().chain(flags.iter().copied());
        Cli::parse_from(args).settings.load()
    }

    #[test]
    fn flags_are_stronger_than_the_file_and_the_file_than_defaults() {
        let config = load("max_in_flight = 100\ngrace = \"3s\"", &["--max-in-flight", "200"]).unwrap();
        assert_eq!((config.max_in_flight, config.grace), (200, Span::seconds(3)));
        assert_eq!(config.key_rate, KeyRates::default().tenant.limit);
    }

    #[test]
    fn the_help_and_the_example_name_the_defaults_that_hold() {
        use clap::CommandFactory;
        let config = load("", &[]).unwrap();
        let example = include_str!("../docs/lanehook.toml");
        for (name, value) in [
            ("max_event_bytes", config.max_event_bytes),
            ("max_in_flight", config.max_in_flight),
            ("key_rate", config.key_rate as usize),
        ] {
            let command = Cli::command();
            let argument = command.get_arguments().find(|argument| argument.get_id() == name).unwrap();
            let help = argument.get_help().unwrap().to_string();
            assert!(help.contains(&format!("[default: {value}]")), "{name} is {value}: {help}");
            assert!(example.contains(&format!("# {name} = {value}\n")), "{name} is {value} in docs/lanehook.toml");
        }
    }

    #[test]
    fn an_error_names_file_key_and_fix() {
        let unknown = load("max_inflight = 1", &[]).unwrap_err().to_string();
        assert!(unknown.contains("settings file") && unknown.contains("max_inflight"), "{unknown}");
        assert!(unknown.contains("max_in_flight"), "what is possible is listed: {unknown}");
        let wrong = load("retention = \"30\"", &[]).unwrap_err().to_string();
        assert!(wrong.contains("retention") && wrong.contains("2d"), "{wrong}");
        let bounds = load("max_in_flight = 1", &[]).unwrap_err().to_string();
        assert!(bounds.contains("max_in_flight") && bounds.contains("16"), "{bounds}");
        let postgres = load("database = \"postgres://x\"", &[]).unwrap_err().to_string();
        assert!(postgres.contains("sqlite"), "{postgres}");
    }

    #[test]
    fn every_setting_of_the_file_is_a_flag_too() {
        use clap::CommandFactory;
        let example = include_str!("../docs/lanehook.toml");
        let flags: Vec<String> = Cli::command()
            .get_arguments()
            .filter_map(|arg| arg.get_long())
            .map(|long| long.replace('-', "_"))
            .collect();
        let table: toml::Table = example.replace("\n# ", "\n").parse().unwrap();
        for name in table.keys() {
            assert!(flags.contains(name), "{name}");
        }
        for flag in flags.iter().filter(|flag| *flag != "config") {
            assert!(table.contains_key(flag), "{flag} is not in docs/lanehook.toml");
        }
        load(example, &[]).unwrap();
    }
}
