//! A platform: a preset for a known receiver, read from one TOML file in `platforms/`. A file enters; what requests to
//! it look like and what its answers mean leaves. Pure; nothing here changes once the program runs.
//!
//! There is no code per platform: a new one is a new file, and a line in `embedded.rs`.

mod address;
mod alert_key;
mod answer;
mod embedded;
mod field;
mod id;
mod limit;
mod prefix;
mod preset;
mod read;
#[cfg(test)]
mod tests;
mod url_template;

use std::sync::LazyLock;

pub use self::{
    address::Address,
    alert_key::alert_key,
    answer::{AnswerPattern, Answers, BodyPattern, Delay, FailureAction, Refusal},
    field::Field,
    id::PlatformId,
    limit::{Budget, Limit, Limits, Markup, Pattern, Step, Unit},
    preset::{AlertEnd, Alerts, Category, PayloadFormat, Platform, Recipe, SendMethod},
    url_template::UrlTemplate,
};

impl Platform {
    /// All platforms, by id.
    pub fn all() -> &'static [Platform] {
        static ALL: LazyLock<Vec<Platform>> = LazyLock::new(|| {
            let read = |(id, text): &(&str, &str)| {
                // The files are part of the program, and a test reads each.
                read::read(id, text).unwrap_or_else(|error| panic!("platforms/{id}.toml: {error}"))
            };
            embedded::FILES.iter().map(read).collect()
        });
        &ALL
    }

    /// The platform of this name.
    pub fn find(id: &str) -> Option<&'static Platform> {
        Platform::all().iter().find(|platform| platform.id.as_str() == id)
    }

    /// Reads a platform's file.
    pub fn parse(id: &str, toml: &str) -> Result<Platform, String> {
        read::read(id, toml)
    }
}
