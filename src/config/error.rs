//! Why settings cannot be used.

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the settings file {file}: {source}")]
    Unreadable { file: String, source: std::io::Error },
    /// The file has something wrong in it.
    #[error("the settings file {file}: {problem}")]
    File { file: String, problem: String },
    /// Variables of the environment are none of ours.
    #[error("the environment: {0}")]
    Environment(String),
    /// A value is out of bounds.
    #[error("{name}: {problem}")]
    Value { name: &'static str, problem: String },
}
