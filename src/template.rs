//! Templates as this project's users write them: those of [`lanehook_template`], with the filters that speak of our nouns.

use std::sync::LazyLock;

use lanehook_template::Engine;

use crate::model::Severity;

/// What compiles every template and expression.
pub fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::default().with_filter("severity", severity));
    &ENGINE
}

/// One of `info`, `success`, `warning`, `error` and `critical`; `info` for what is none of the others.
fn severity(word: &str) -> String {
    Severity::parse(&word.trim().to_ascii_lowercase()).unwrap_or(Severity::Info).name().to_owned()
}

#[cfg(test)]
mod tests {
    use lanehook_template::{Context, Escape, RenderLimits};

    use super::*;

    #[test]
    fn severity_is_a_filter() {
        let source = "{{ 'WARN'|severity }} {{ ' fatal'|severity }} {{ 'resolved'|severity }} {{ 'x'|severity }} {{ 3|severity }}";
        let template = engine().template(source, Escape::None).unwrap();
        let text = template.render(&Context::new(&()), &RenderLimits::default());
        assert_eq!(text.unwrap(), "warning critical success info info");
    }
}
