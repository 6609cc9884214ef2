//! What a chat message shows of an event: any JSON enters, a small summary that every platform's template can rely on
//! leaves. It is made of the names that events commonly use for things (`title`, `message`, `severity`, `url` …); what
//! has no such name becomes a list of fields. Pure, and bounded whatever comes in.

mod fields;
mod link;
mod severity;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use fields::Taken;

const LONGEST_TITLE: usize = 200;
const LONGEST_TEXT: usize = 20_000;
const LONGEST_FALLBACK: usize = 1_000;
const LONGEST_SOURCE: usize = 200;
const LONGEST_DEDUP: usize = 250;

const TITLES: [&str; 4] = ["title", "headline", "subject", "alert_name"];
const TEXTS: [&str; 8] = ["text", "message", "description", "summary", "body", "content", "reason", "details"];
const URLS: [&str; 7] = ["url", "link", "html_url", "href", "permalink", "details_url", "dashboard_url"];
const IMAGES: [&str; 5] = ["image_url", "image", "chart_url", "thumbnail_url", "thumbnail"];
const SOURCES: [&str; 6] = ["source", "service", "host", "exchange", "provider", "origin"];
const DEDUPS: [&str; 6] = ["dedup_key", "deduplication_key", "alert_id", "incident_id", "rule_id", "id"];
const SUBJECTS: [&str; 3] = ["symbol", "ticker", "asset"];

/// The summary of an event, for templates: `{title, text, severity, color, color_int, emoji, url, image, fields:
/// [{name, value, short}], fallback, source, dedup, resolved, data_bytes}`.
///
/// `title`, `fallback` and `source` are never empty, nor is a field's name or value. `url`, `image` and `dedup` may be
/// null. URLs are http or https, and safe to write into any markup but for `&`.
pub fn card(event_type: &str, data: &Value) -> Value {
    let empty = Map::new();
    let members = data.as_object().unwrap_or(&empty);
    let mut taken = Taken::default();

    let mut text = taken.take(members, &TEXTS, LONGEST_TEXT).unwrap_or_default();
    let title = taken.take(members, &TITLES, LONGEST_TITLE).map(|title| one_line(&title, LONGEST_TITLE));
    let title = title.filter(|title| !title.is_empty()).unwrap_or_else(|| title_of(event_type, members));
    if !data.is_object() && !data.is_array() {
        text = fields::shown(data, LONGEST_TEXT).unwrap_or_default();
    }
    let severity = severity::of(event_type, members);
    let url = taken.link(members, &URLS);
    let image = taken.link(members, &IMAGES);
    let source = first(members, &SOURCES).map(|source| one_line(&source, LONGEST_SOURCE));
    let dedup = first(members, &DEDUPS).map(|dedup| one_line(&dedup, LONGEST_DEDUP));
    let some = |text: &String| !text.is_empty();

    json!({
        "fallback": fallback(&title, &text),
        "title": title,
        "text": text,
        "severity": severity.name(),
        "color": severity.color(),
        "color_int": severity.color_number(),
        "emoji": severity.emoji(),
        "resolved": severity::is_resolved(event_type, members),
        "url": url,
        "image": image,
        "source": source.filter(some).unwrap_or_else(|| event_type.to_owned()),
        "dedup": dedup.filter(some),
        "data_bytes": super::limits::size(data),
        "fields": fields::of(data, &taken),
    })
}

/// `price.alert` is "Price alert", of AAPL if that is what it is about.
fn title_of(event_type: &str, members: &Map<String, Value>) -> String {
    let title = fields::humanised(event_type);
    match first(members, &SUBJECTS).map(|subject| one_line(&subject, 40)).filter(|subject| !subject.is_empty()) {
        Some(subject) => format!("{title}: {subject}"),
        None => title,
    }
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
        Value::String(text) if !text.trim().is_empty() => Some(fields::cleaned(text, LONGEST_TITLE * 2)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// On one line, at most so many characters.
fn one_line(text: &str, longest: usize) -> String {
    // Only as much is looked at as can matter.
    let words: Vec<&str> = text.split_whitespace().take(longest).collect();
    fields::shortened(&words.join(" "), longest)
}
