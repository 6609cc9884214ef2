//! A platform's file: TOML enters, a [`Platform`] in which everything fits together leaves, or a sentence on what does
//! not. Nothing in a file is code.

use std::{collections::BTreeMap, ops::RangeInclusive};

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use super::{
    address::Address,
    answer::{AnswerPattern, Answers, BodyPattern, Delay, FailureAction},
    field::Field,
    id::PlatformId,
    limit::{Budget, Limit, Limits},
    preset::{AlertEnd, Alerts, Category, PayloadFormat, Platform, Recipe, SendMethod},
    url_template::{ALERT_KEY, IDEMPOTENCY_KEY, UrlTemplate},
};
use crate::model::{RateLimit, TargetUrl, TypePattern};

/// A file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    description: String,
    category: Category,
    icon: String,
    color: String,
    documentation: String,
    setup: Vec<String>,
    #[serde(default = "all_events")]
    supported_events: Vec<TypePattern>,
    #[serde(default)]
    method: SendMethod,
    rate_limit: Option<RateLimit>,
    url: UrlPart,
    #[serde(default)]
    fields: Vec<FieldPart>,
    #[serde(default)]
    request: RequestPart,
    #[serde(default)]
    limits: Vec<Limit>,
    #[serde(default)]
    budgets: Vec<Budget>,
    success: Vec<AnswerPart>,
    #[serde(default)]
    failure: FailurePart,
    #[serde(default)]
    delays: Vec<DelayPart>,
    alerts: Option<AlertsPart>,
    #[serde(default)]
    payload: PayloadPart,
}

fn all_events() -> Vec<TypePattern> {
    vec![TypePattern::All]
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct PayloadPart {
    #[serde(default)]
    format: PayloadFormat,
    template: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UrlPart {
    host: Option<String>,
    path: Option<String>,
    #[serde(default)]
    query: Vec<String>,
    example: String,
    default: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldPart {
    id: String,
    title: String,
    description: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    secret: bool,
    pattern: Option<String>,
    default: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RequestPart {
    append: Option<String>,
    #[serde(default)]
    query: BTreeMap<String, String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    basic_auth: Option<BasicAuthPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlertsPart {
    end: Option<AlertEndPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlertEndPart {
    append: String,
    #[serde(default)]
    query: BTreeMap<String, String>,
    template: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BasicAuthPart {
    user: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerPart {
    status: Vec<StatusPart>,
    body: Option<String>,
    contains: Option<String>,
    pointer: Option<String>,
    equals: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StatusPart {
    One(u16),
    Range(String),
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct FailurePart {
    #[serde(default)]
    reason: Vec<String>,
    #[serde(default)]
    last: Vec<LastPart>,
    #[serde(default)]
    cures: Vec<CurePart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CurePart {
    pointer: String,
    says: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LastPart {
    then: FailureAction,
    status: Vec<StatusPart>,
    body: Option<String>,
    contains: Option<String>,
    pointer: Option<String>,
    equals: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DelayPart {
    status: Vec<StatusPart>,
    pointer: String,
    unit: DelayUnit,
    url: Option<String>,
}

#[derive(Deserialize)]
enum DelayUnit {
    #[serde(rename = "s")]
    Seconds,
    #[serde(rename = "ms")]
    Millis,
}

/// Reads a platform's file.
pub fn read(id: &str, text: &str) -> Result<Platform, String> {
    let id = PlatformId::parse(id)?;
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let fields = file.fields.into_iter().map(field).collect::<Result<Vec<_>, _>>()?;
    let limits = Limits { single: file.limits, shared: file.budgets };
    limits.check()?;
    let platform = Platform {
        id,
        name: file.name,
        description: file.description,
        category: file.category,
        icon: file.icon,
        color: file.color,
        documentation: file.documentation,
        setup: file.setup,
        supported_events: file.supported_events,
        payload_format: file.payload.format,
        method: file.method,
        rate_limit: file.rate_limit,
        address: Address {
            host: file.url.host.map(|text| whole(&text, true)).transpose()?,
            path: file.url.path.map(|text| whole(&text, false)).transpose()?,
            query: file.url.query,
            example: file.url.example,
        },
        recipe: recipe(file.url.default, file.request)?,
        fields,
        limits,
        answers: answers(file.success, file.failure, file.delays)?,
        alerts: file.alerts.map(alerts).transpose()?,
        template: file.payload.template,
    };
    check(&platform)?;
    Ok(platform)
}

fn field(part: FieldPart) -> Result<Field, String> {
    let FieldPart { id, title, description, required, secret, pattern, default } = part;
    let is_name = !id.is_empty() && id.bytes().all(|c| c.is_ascii_lowercase() || c == b'_');
    if !is_name || id == IDEMPOTENCY_KEY {
        return Err(format!("`{id}` is no field's id; use lower-case letters and `_`"));
    }
    let pattern = pattern.map(|text| whole(&text, false)).transpose()?;
    if let (Some(pattern), Some(default)) = (&pattern, &default)
        && !pattern.is_match(default)
    {
        return Err(format!("the default of `{id}` does not match its pattern"));
    }
    Ok(Field { id, title, description, required, secret, pattern, default })
}

fn recipe(default_url: Option<String>, part: RequestPart) -> Result<Recipe, String> {
    let template = |text: &String| UrlTemplate::parse(text);
    let basic = |part: BasicAuthPart| -> Result<(UrlTemplate, UrlTemplate), String> {
        Ok((UrlTemplate::parse(&part.user)?, UrlTemplate::parse(&part.password)?))
    };
    Ok(Recipe {
        default_url: default_url.as_ref().map(template).transpose()?,
        append: part.append.as_ref().map(template).transpose()?,
        query: templates(part.query)?,
        headers: templates(part.headers)?,
        basic_auth: part.basic_auth.map(basic).transpose()?,
    })
}

fn templates(map: BTreeMap<String, String>) -> Result<Vec<(String, UrlTemplate)>, String> {
    map.into_iter().map(|(name, text)| Ok((name, UrlTemplate::parse(&text)?))).collect()
}

fn alerts(part: AlertsPart) -> Result<Alerts, String> {
    let end = |AlertEndPart { append, query, template }: AlertEndPart| {
        Ok::<_, String>(AlertEnd { append: UrlTemplate::parse(&append)?, query: templates(query)?, template })
    };
    Ok(Alerts { end: part.end.map(end).transpose()? })
}

fn answers(success: Vec<AnswerPart>, failure: FailurePart, delays: Vec<DelayPart>) -> Result<Answers, String> {
    let delay = |part: DelayPart| -> Result<Delay, String> {
        Ok(Delay {
            pattern: AnswerPattern {
                status: part.status.into_iter().map(status).collect::<Result<_, _>>()?,
                body: None,
            },
            pointer: pointer(part.pointer)?,
            millis: if matches!(part.unit, DelayUnit::Seconds) { 1000.0 } else { 1.0 },
            url: part.url.map(|text| pattern(&text, false)).transpose()?,
        })
    };
    if success.is_empty() {
        return Err("a platform says what `success` is".into());
    }
    Ok(Answers {
        success: success.into_iter().map(answer_pattern).collect::<Result<_, _>>()?,
        reason: failure.reason.into_iter().map(reason).collect::<Result<_, _>>()?,
        last: failure.last.into_iter().map(last).collect::<Result<_, _>>()?,
        cures: failure.cures.into_iter().map(cure).collect::<Result<_, _>>()?,
        delays: delays.into_iter().map(delay).collect::<Result<_, _>>()?,
    })
}

fn cure(part: CurePart) -> Result<(String, String), String> {
    match part.says.contains("{}") {
        true => Ok((pointer(part.pointer)?, part.says)),
        false => Err(format!("`{}` has no `{{}}` for what the answer says", part.says)),
    }
}

fn last(part: LastPart) -> Result<(AnswerPattern, FailureAction), String> {
    let LastPart { then, status, body, contains, pointer, equals } = part;
    Ok((answer_pattern(AnswerPart { status, body, contains, pointer, equals })?, then))
}

fn answer_pattern(part: AnswerPart) -> Result<AnswerPattern, String> {
    let body = match (part.body, part.contains, part.pointer, part.equals) {
        (None, None, None, None) => None,
        (Some(text), None, None, None) => Some(BodyPattern::Is(text)),
        (None, Some(text), None, None) => Some(BodyPattern::Contains(text)),
        (None, None, Some(at), Some(value)) => Some(BodyPattern::Has { pointer: pointer(at)?, value }),
        _ => return Err("a body is tested by one of `body`, `contains`, or `pointer` with `equals`".into()),
    };
    Ok(AnswerPattern { status: part.status.into_iter().map(status).collect::<Result<_, _>>()?, body })
}

fn status(part: StatusPart) -> Result<RangeInclusive<u16>, String> {
    let range = match part {
        StatusPart::One(status) => status..=status,
        StatusPart::Range(text) => text
            .split_once('-')
            .and_then(|(first, last)| Some(first.parse().ok()?..=last.parse().ok()?))
            .ok_or_else(|| format!("`{text}` is no range of statuses; write it like 200-299"))?,
    };
    if *range.start() < 100 || *range.end() > 599 || range.is_empty() {
        return Err(format!("{}-{} is no range of statuses", range.start(), range.end()));
    }
    Ok(range)
}

fn pointer(text: String) -> Result<String, String> {
    match text.starts_with('/') {
        true => Ok(text),
        false => Err(format!("`{text}` is not a JSON pointer; write it like /error/message")),
    }
}

/// A pointer, or nothing for a body that is text.
fn reason(text: String) -> Result<String, String> {
    if text.is_empty() { Ok(text) } else { pointer(text) }
}

/// A pattern for a text from its first to its last character.
fn whole(text: &str, ignore_case: bool) -> Result<Regex, String> {
    pattern(&format!("^(?:{text})$"), ignore_case)
}

fn pattern(text: &str, ignore_case: bool) -> Result<Regex, String> {
    RegexBuilder::new(text)
        .case_insensitive(ignore_case)
        .size_limit(1 << 20)
        .build()
        .map_err(|error| format!("`{text}`: {error}"))
}

/// What concerns several parts of a file.
fn check(platform: &Platform) -> Result<(), String> {
    let Recipe { default_url, append, query, headers, basic_auth } = &platform.recipe;
    let basic = basic_auth.iter().flat_map(|(user, password)| [user, password]);
    let per_delivery = append.iter().chain(query.iter().chain(headers).map(|(_, template)| template));
    for placeholder in default_url.iter().chain(per_delivery).chain(basic).flat_map(UrlTemplate::placeholders) {
        if placeholder != IDEMPOTENCY_KEY && platform.fields.iter().all(|field| field.id != placeholder) {
            return Err(format!("{{{placeholder}}} is no field of the platform"));
        }
    }
    let end = platform.alert_end().into_iter();
    let of_end = end.flat_map(|end| std::iter::once(&end.append).chain(end.query.iter().map(|(_, template)| template)));
    if let Some(unknown) = of_end.flat_map(UrlTemplate::placeholders).find(|placeholder| *placeholder != ALERT_KEY) {
        return Err(format!("{{{unknown}}} is none of an alert's end, which has {{{ALERT_KEY}}}"));
    }
    let once = default_url.iter().chain(basic_auth.iter().flat_map(|(user, password)| [user, password]));
    if once.flat_map(UrlTemplate::placeholders).any(|placeholder| placeholder == IDEMPOTENCY_KEY) {
        return Err("the idempotency key belongs into what is added per delivery".into());
    }
    for (name, _) in headers {
        http::HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{name}` is not a header name"))?;
    }
    let is_hex = |c: &u8| c.is_ascii_hexdigit();
    let hex = platform.color.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.as_bytes().iter().all(is_hex));
    if !hex {
        return Err(format!("`{}` is not a colour; write it like #5865f2", platform.color));
    }
    for (name, text) in [("name", &platform.name), ("description", &platform.description), ("icon", &platform.icon)] {
        if text.trim().is_empty() || text.chars().count() > 200 {
            return Err(format!("`{name}` has 1 to 200 characters"));
        }
    }
    if !platform.documentation.starts_with("https://") || platform.setup.is_empty() {
        return Err("a platform has a link to its `documentation` and `setup` steps".into());
    }
    match TargetUrl::parse(&platform.address.example) {
        Ok(url) => platform.address.check(&platform.name, &url, false).map_err(|error| format!("the example: {error}")),
        Err(error) => Err(format!("the example: {error}")),
    }
}
