//! What a platform is sent for an event, made as the server makes it: rendered, made to fit, put into a request.

use std::collections::BTreeMap;

use lanehook::{
    model::{
        TargetUrl,
        platform::{PayloadFormat, Platform, SendMethod},
    },
    render::{card, limits},
    template,
};
use lanehook_template::{Context, Escape, RenderLimits, Template};
use serde_json::{Value, json};

use super::fakes;

/// The platforms that have a payload of their own, with it.
pub fn templates() -> impl Iterator<Item = (&'static Platform, Template)> {
    Platform::all().iter().filter_map(|platform| {
        let template = template::engine().template(platform.template.as_ref()?, Escape::Json);
        Some((platform, template.unwrap_or_else(|error| panic!("{}: {error}", platform.id))))
    })
}

/// What a user could fill in.
pub fn filled(platform: &Platform) -> BTreeMap<String, String> {
    let value = |id: &str| match (platform.id.as_str(), id) {
        ("telegram", "bot_token") => "123456789:AbCdEfGhIjKlMnOpQrStUvWxYz012345678".into(),
        (_, "chat_id") => "-1001234567890".into(),
        (_, "topic_id") => "7".into(),
        ("dingtalk", "keyword") => "lanehook".into(),
        ("ntfy", "access_token") => format!("tk_{}", "a".repeat(29)),
        ("zulip", "bot_email") => "bot@zulip.example".into(),
        ("zulip", "topic") => String::new(),
        (_, "host" | "site" | "source") => String::new(),
        ("rocketchat", "channel") => "#alerts".into(),
        (_, "channel") => "alerts".into(),
        ("pushover", "token" | "user") => "a".repeat(30),
        _ => "a".repeat(32),
    };
    platform.fields.iter().map(|field| (field.id.clone(), value(&field.id))).collect()
}

pub fn payload(platform: &Platform, template: &Template, event_type: &str, data: &Value) -> Value {
    let context = Context::new(&json!({
        "id": "evt_06f3n1qk2v0g0", "type": event_type, "timestamp": "2026-01-31T12:00:00.000Z",
        "data": data, "card": card(event_type, data), "fields": platform.complete(&filled(platform)),
    }));
    let at = format!("{} {event_type}", platform.id);
    let text = template.render(&context, &RenderLimits::default()).unwrap_or_else(|error| panic!("{at}: {error}"));
    let mut payload = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{at}: {error}\n{text:.900}"));
    limits::apply(&platform.limits, &mut payload).unwrap_or_else(|error| panic!("{at}: {error}"));
    payload
}

pub fn request(platform: &Platform, payload: &Value) -> fakes::Request {
    let fields = filled(platform);
    let url = platform.default_url(&fields).unwrap_or_else(|| platform.address.example.clone());
    let url = platform.request_url(&TargetUrl::parse(&url).unwrap(), &fields, "dlv_06f3n1qk2v0g0");
    let mut headers = platform.headers(&fields, "dlv_06f3n1qk2v0g0");
    let (kind, body) = match platform.payload_format {
        PayloadFormat::Json => ("application/json", payload.to_string().into_bytes()),
        PayloadFormat::Form => ("application/x-www-form-urlencoded", form(payload)),
    };
    headers.push(("content-type".into(), kind.into()));
    let method = if platform.method == SendMethod::Put { "PUT" } else { "POST" };
    fakes::Request { method: method.into(), target: url[url::Position::BeforePath..].into(), headers, body }
}

fn form(payload: &Value) -> Vec<u8> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in payload.as_object().unwrap() {
        form.append_pair(name, value.as_str().unwrap_or(&value.to_string()));
    }
    form.finish().into_bytes()
}
