//! What is wrong with a template, in a sentence for whoever wrote it: where, what, and how to mend it.

use std::{error::Error as _, fmt};

use minijinja::ErrorKind;

/// A template that cannot be compiled or rendered. Names what the template names; never shows a value, except in
/// the excerpt of [`check_json`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TemplateError {
    /// Line of the template's source, from 1; absent where the error has no one place.
    pub line: Option<usize>,
    /// What is wrong, and how to mend it.
    pub message: String,
}

impl TemplateError {
    pub(crate) fn new(message: impl Into<String>) -> TemplateError {
        TemplateError { line: None, message: message.into() }
    }

    pub(crate) fn at(line: usize, message: impl Into<String>) -> TemplateError {
        TemplateError { line: Some(line), message: message.into() }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for TemplateError {}

impl From<minijinja::Error> for TemplateError {
    fn from(error: minijinja::Error) -> TemplateError {
        TemplateError { line: error.line(), message: sentence(&error) }
    }
}

fn sentence(error: &minijinja::Error) -> String {
    let detail = innermost(error);
    match error.kind() {
        ErrorKind::UndefinedError => undefined(&detail),
        ErrorKind::OutOfFuel => "the template does too much: it ran into its limit of memory and steps; \
                                 loop over fewer items or build shorter texts"
            .into(),
        // Both sides of an operator, which are values.
        _ if detail.starts_with("unable to calculate") => {
            "the result is no number: a division by zero, or a number out of range".into()
        }
        _ if detail.ends_with("is undefined)") => undefined(&detail),
        _ if detail.is_empty() => error.kind().to_string(),
        _ => detail,
    }
}

/// minijinja says `` `data.x` is undefined ``, alone or in brackets after what failed because of it.
fn undefined(detail: &str) -> String {
    match detail.rsplit_once(" is undefined").and_then(|(before, _)| before.rsplit_once('`')?.0.rsplit_once('`')) {
        Some((_, name)) => {
            format!("`{name}` is not there; write {name}|default(\"…\"), or ask for it with `is defined`")
        }
        None => "a value is not there; give it a |default(\"…\"), or ask for it with `is defined`".into(),
    }
}

fn innermost(error: &minijinja::Error) -> String {
    let mut detail = error.detail().unwrap_or_default().to_owned();
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(inner) = inner.downcast_ref::<minijinja::Error>()
            && (inner.kind() == ErrorKind::UndefinedError || detail.is_empty())
        {
            detail = inner.detail().unwrap_or_default().to_owned();
        }
        source = inner.source();
    }
    detail
}

/// Whether what a template wrote is JSON.
///
/// # Errors
/// It is none: where, with an excerpt, and how to mend it. Places in `output` are not places in the template, so the error has no
/// line.
pub fn check_json(output: &str) -> Result<(), TemplateError> {
    match serde_json::from_str::<serde::de::IgnoredAny>(output) {
        Ok(_) => Ok(()),
        Err(error) => Err(not_json(output, &error)),
    }
}

fn not_json(output: &str, error: &serde_json::Error) -> TemplateError {
    if output.trim().is_empty() {
        return TemplateError::new("the template wrote nothing; it must write a JSON document");
    }
    let line_start: usize = output.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let place = (line_start + error.column()).min(output.len());
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    let hint = match what {
        _ if comma_before_the_end(output, place) => {
            "; in a loop write {% if not loop.last %},{% endif %} after each item"
        }
        "control character (\\u0000-\\u001F) found while parsing a string" => {
            "; a text in quotes cannot go over the end of a line: write \\n instead"
        }
        "key must be a string" => "; put the key in quotes: \"{{ name }}\": …",
        _ => "",
    };
    TemplateError::new(format!(
        "what the template wrote is not JSON: {what} at line {} column {}, here: {}{hint}",
        error.line(),
        error.column(),
        excerpt(output, place)
    ))
}

/// `[1, ]`: serde_json names what it expects instead.
fn comma_before_the_end(output: &str, place: usize) -> bool {
    let before = output.get(..place).unwrap_or_default().trim_end();
    before.strip_suffix([']', '}']).is_some_and(|before| before.trim_end().ends_with(','))
}

/// About 30 characters on each side of the place, on one line.
fn excerpt(output: &str, place: usize) -> String {
    const AROUND: usize = 30;
    let from = output.floor_char_boundary(place.saturating_sub(AROUND));
    let to = output.ceil_char_boundary((place + AROUND).min(output.len()));
    let shown: String = output[from..to].chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mark = |cut: bool| if cut { "…" } else { "" };
    format!("{}{}{}", mark(from > 0), shown.trim(), mark(to < output.len()))
}
