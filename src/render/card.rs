//! What a chat message shows of an event: any JSON enters, a small summary that every platform's template can rely on
//! leaves. It is made of the names that events commonly use for things (`title`, `message`, `severity`, `url` …); what
//! has no such name becomes a list of fields. Pure, and bounded whatever comes in.

mod fields;
mod headline;
mod line;
mod link;
mod severity;
#[cfg(test)]
mod tests;
mod told;
mod values;
mod words;

use serde_json::{Map, Value, json};

pub use self::line::summary;
use self::{
    fields::Taken,
    headline::{Direction, Movement, TITLES},
    told::Told,
    values::one_line,
};
use crate::{catalogue::Meanings, model::Severity, platform::alert_key};

const LONGEST_TITLE: usize = 200;
const LONGEST_TEXT: usize = 20_000;
const LONGEST_FALLBACK: usize = 1_000;
const LONGEST_SOURCE: usize = 200;

const TEXTS: [&str; 8] = ["text", "message", "description", "summary", "body", "content", "reason", "details"];
/// Texts among them that can be a word of a program, which is told as a field then.
const REASONS: [&str; 4] = ["description", "summary", "reason", "details"];
const URLS: [&str; 8] = ["url", "link", "html_url", "href", "permalink", "details_url", "dashboard_url", "externalURL"];
const IMAGES: [&str; 5] = ["image_url", "image", "chart_url", "thumbnail_url", "thumbnail"];
const SOURCES: [&str; 6] = ["source", "service", "host", "exchange", "provider", "origin"];

/// The summary of an event, for templates: `{title, text, severity, color, color_int, emoji, url, image, fields:
/// [{name, value, short}], details, fallback, source, dedup, resolved, data_bytes}`.
///
/// `title`, `fallback` and `source` are never empty, nor is a field's name or value. `url`, `image` and `dedup` may be
/// null. URLs are http or https, and safe to write into any markup but for `&`. `fields` are at most six that say what the
/// title and the text do not; `details` are all. `meanings`: what the catalogue knows of the data's members.
pub fn card(event_type: &str, data: &Value, meanings: &Meanings) -> Value {
    let empty = Map::new();
    let members = data.as_object().unwrap_or(&empty);
    let mut taken = Taken::default();

    let is_code_word = |name: &str| members.get(name).and_then(Value::as_str).is_some_and(values::is_code_word);
    let texts: Vec<&str> = TEXTS.into_iter().filter(|name| !(REASONS.contains(name) && is_code_word(name))).collect();
    let mut text = taken.take(members, &texts, LONGEST_TEXT).unwrap_or_default();
    let title = taken.take(members, &TITLES, LONGEST_TITLE).map(|title| one_line(&title, LONGEST_TITLE));
    let title = title.filter(|title| !title.is_empty());
    let movement = Movement::of(event_type, members);
    let is_titled = title.is_some();
    let title = title.unwrap_or_else(|| headline::of(event_type, members, meanings, &movement));
    if !data.is_object() && !data.is_array() {
        text = values::alone(data, LONGEST_TEXT).unwrap_or_default();
    }
    let said = severity::said(event_type, members);
    let severity = said.unwrap_or_else(|| severity::of_direction(movement.direction));
    let emoji = match (said, movement.direction) {
        // That it is for information says less.
        (None | Some(Severity::Info), Some(Direction::Up)) => "📈",
        (None | Some(Severity::Info), Some(Direction::Down)) => "📉",
        _ => severity.emoji(),
    };
    let url = taken.link(members, &URLS);
    let image = taken.link(members, &IMAGES);
    let source = first(members, &SOURCES).map(|source| one_line(&source, LONGEST_SOURCE));
    let told = Told::by(&[&title, &text, event_type, &words::humanised(event_type)]);
    let fields = fields::of(data, meanings, &taken, &told, is_titled);

    json!({
        "fallback": fallback(&title, &text),
        "title": title,
        "text": text,
        "severity": severity.name(),
        "color": severity.color(),
        "color_int": severity.color_number(),
        "emoji": emoji,
        "resolved": severity::is_resolved(event_type, members),
        "url": url,
        "image": image,
        "source": source.filter(|text| !text.is_empty()).unwrap_or_else(|| event_type.to_owned()),
        "dedup": alert_key(data),
        "data_bytes": super::limits::size(data),
        "fields": fields.few,
        "details": fields.all,
    })
}

fn fallback(title: &str, text: &str) -> String {
    match text.is_empty() {
        true => title.to_owned(),
        false => one_line(&format!("{title}: {text}"), LONGEST_FALLBACK),
    }
}

/// The first of these members that is a text or a number.
fn first(members: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match members.get(*name)? {
        Value::String(text) if !text.trim().is_empty() => Some(values::cleaned(text, LONGEST_SOURCE * 2)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}
