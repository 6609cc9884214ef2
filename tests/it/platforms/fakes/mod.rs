//! Stand-ins for the platforms: a request enters, the platform's answer leaves. Each refuses what its documentation says
//! that it refuses. Written from the documentations, without a look at `platforms/`.

mod alerting;
mod chat;

use serde_json::Value;

/// What arrives.
pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What is answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

fn answer(status: u16, body: impl ToString) -> Answer {
    Answer { status, body: body.to_string() }
}

/// What a platform complains about.
type Checked = Result<(), String>;

/// The platform's answer to a request.
pub fn respond(platform: &str, request: &Request) -> Answer {
    chat::respond(platform, request)
        .or_else(|| alerting::respond(platform, request))
        .unwrap_or_else(|| panic!("there is no fake of {platform}"))
}

impl Request {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    fn json(&self) -> Result<Value, String> {
        need(self.header("content-type").starts_with("application/json"), "content type")?;
        serde_json::from_slice(&self.body).map_err(|error| error.to_string())
    }

    fn form(&self) -> Result<Value, String> {
        need(self.header("content-type") == "application/x-www-form-urlencoded", "content type")?;
        let pairs = url::form_urlencoded::parse(&self.body);
        Ok(pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect())
    }

    fn post(&self) -> Checked {
        need(self.method == "POST", "method")
    }

    fn bearer(&self) -> Checked {
        need(self.header("authorization").strip_prefix("Bearer ").is_some_and(|token| token.len() > 5), "authorization")
    }

    fn fits(&self, bytes: usize) -> Checked {
        need(self.body.len() <= bytes, format!("{} bytes", self.body.len()))
    }
}

fn need(holds: bool, what: impl ToString) -> Checked {
    if holds { Ok(()) } else { Err(what.to_string()) }
}

fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A text that has to be there, of 1 to `most` characters by the strictest reading of the word.
fn text<'v>(value: &'v Value, pointer: &str, most: usize) -> Result<&'v str, String> {
    let text = value.pointer(pointer).and_then(Value::as_str).ok_or(format!("{pointer} is missing"))?;
    need(!text.trim().is_empty(), format!("{pointer} is empty"))?;
    need(utf16(text) <= most, format!("{pointer} has {} characters", utf16(text)))?;
    Ok(text)
}

/// A text that may be missing.
fn text_if_any(value: &Value, pointer: &str, most: usize) -> Checked {
    match value.pointer(pointer) {
        None => Ok(()),
        Some(Value::String(text)) => need(utf16(text) <= most, format!("{pointer} has {} characters", utf16(text))),
        Some(_) => Err(format!("{pointer} is no text")),
    }
}

fn web_link(value: &Value, pointer: &str, most: usize) -> Checked {
    match value.pointer(pointer) {
        None => Ok(()),
        Some(link) => {
            let link = link.as_str().ok_or(format!("{pointer} is no text"))?;
            let url = url::Url::parse(link).map_err(|error| format!("{pointer}: {error}"))?;
            need(matches!(url.scheme(), "http" | "https") && link.len() <= most, format!("{pointer}: {link}"))
        }
    }
}

fn items<'v>(value: &'v Value, pointer: &str, least: usize, most: usize) -> Result<&'v [Value], String> {
    let items = value.pointer(pointer).and_then(Value::as_array).ok_or(format!("{pointer} is no list"))?;
    need((least..=most).contains(&items.len()), format!("{pointer} has {} items", items.len()))?;
    Ok(items)
}

fn only(value: &Value, names: &[&str]) -> Checked {
    let members = value.as_object().ok_or("no object")?;
    match members.keys().find(|name| !names.contains(&name.as_str())) {
        Some(name) => Err(format!("unknown member {name}")),
        None => Ok(()),
    }
}
