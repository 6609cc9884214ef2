//! Changing a webhook's settings by a merge patch. Pure.

use serde_json::{Map, Value, json};

use crate::{
    merge_patch::merge,
    model::{FieldError, field_error::is_unknown},
};

/// Members of `retry` of which each is one of its forms by being there.
const OF_RETRY: &[&str] = &["preset", "schedule", "initial"];

/// Parts that have one of several forms, each with the members that say which. What a patch gives is added to the form there is, unless
/// it says which one it means.
const FORMS: [(&str, &[&str]); 3] = [("auth", &["type"]), ("payload", &["type"]), ("retry", OF_RETRY)];

/// The settings after a merge patch (RFC 7396), with one thing more: a patch that chooses another kind of `auth`, `retry`
/// or `payload` replaces the old one, because parts of two kinds do not go together; so does a filter, and another platform
/// begins with no fields. Of a batch's template and script the one that the patch gives takes the place of the other.
pub fn patched(mut current: Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
    let other_kind = |field: &str, part: &str| match (current.get(field), patch.get(field)) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            new.contains_key(part) && old.get(part) != new.get(part)
        }
        _ => false,
    };
    let (other_auth, other_payload) = (other_kind("auth", "type"), other_kind("payload", "type"));
    let other_retry = OF_RETRY.iter().any(|kind| {
        let before = current.get("retry").and_then(|retry| retry.get(kind));
        before.is_none() && other_kind("retry", kind)
    });
    if other_payload {
        current.remove("payload");
    }
    if patch.get("platform").is_some_and(|platform| current.get("platform") != Some(platform)) {
        current.remove("fields");
    }
    if other_auth {
        current.remove("auth");
    }
    if other_retry {
        current.remove("retry");
    }
    if let Some(Value::Object(batch)) = current.get_mut("batch") {
        let given =
            |name: &str| patch.get("batch").and_then(|batch| batch.get(name)).is_some_and(|code| !code.is_null());
        for (one, other) in [("template", "script"), ("script", "template")] {
            // Whoever gives both hears that they do not go together.
            if given(one) && !given(other) {
                batch.remove(other);
            }
        }
    }
    let mut target = Value::Object(current);
    let mut patch = patch.clone();
    // A null within a filter asks for one in the event: it removes nothing.
    let filter = patch.remove("filter");
    if let Some(Value::Object(headers)) = patch.get_mut("headers") {
        // Names are kept in lower case.
        *headers =
            std::mem::take(headers).into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    }
    merge(&mut target, &Value::Object(patch));
    let Value::Object(mut fields) = target else { return Map::new() };
    match filter {
        Some(Value::Null) => drop(fields.remove("filter")),
        Some(filter) => drop(fields.insert("filter".into(), filter)),
        None => {}
    }
    fields
}

/// What is wrong with settings after a patch. Where it is about something that the patch left as it was, it is said what that is, and how
/// to take it away: whoever did not send it cannot leave it out.
pub fn told_what_stays(
    before: Map<String, Value>,
    patch: &Map<String, Value>,
    mut errors: Vec<FieldError>,
) -> Vec<FieldError> {
    let (before, patch) = (Value::Object(before), Value::Object(patch.clone()));
    for error in &mut errors {
        error.message += &what_stays(&before, &patch, error).unwrap_or_default();
    }
    errors
}

fn what_stays(before: &Value, patch: &Value, error: &FieldError) -> Option<String> {
    let stays = |pointer: &str| {
        let is_there = before.pointer(pointer).is_some_and(|value| !value.is_null());
        is_there && patch.pointer(pointer).is_none()
    };
    if stays(&error.pointer) {
        return Some(
            "; the webhook has it from before, and PATCH keeps what it does not name: send another, or null to take it away".into(),
        );
    }
    if let Some(other) = error.beside.filter(|other| stays(other)) {
        let name = other.trim_start_matches('/').replace('/', ".");
        return Some(format!(
            "; the webhook has `{name}` from before, and PATCH keeps what it does not name: send {} with it to take that away",
            null_at(other)
        ));
    }
    form_stays(before, patch, error)
}

/// Of a part whose members do not go together with the form that the webhook has it in.
fn form_stays(before: &Value, patch: &Value, error: &FieldError) -> Option<String> {
    let is_about = |part: &str| {
        let rest = error.pointer.strip_prefix('/').and_then(|pointer| pointer.strip_prefix(part));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') && is_unknown(error))
    };
    let (part, forms) = FORMS.into_iter().find(|(part, _)| is_about(part))?;
    let (old, new) = (before[part].as_object()?, patch[part].as_object()?);
    let form = *forms.iter().find(|form| old.get(**form).is_some_and(|value| !value.is_null()))?;
    if forms.iter().any(|form| new.contains_key(*form)) {
        return None;
    }
    let names: Vec<String> = forms.iter().map(|form| format!("`{form}`")).collect();
    Some(format!(
        "; the webhook's `{part}` has {} from before, and PATCH adds to it: send {} with it to begin anew",
        json!({form: old[form]}),
        names.join(" or ")
    ))
}

/// The patch that takes away what is at this pointer.
fn null_at(pointer: &str) -> Value {
    pointer
        .split('/')
        .skip(1)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .fold(Value::Null, |inner, name| json!({name: inner}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(fields) => fields,
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn a_filter_is_replaced_and_another_platform_begins_anew() {
        let before = object(json!({
            "filter": {"data": {"a": 1}}, "platform": "slack", "fields": {"x": "1"},
            "payload": {"type": "template", "template": "{}"},
        }));
        let change = object(json!({"filter": {"data": {"b": 2}}, "payload": {"type": "data"}}));
        let after = patched(before.clone(), &change);
        assert_eq!((&after["filter"], &after["payload"]), (&change["filter"], &change["payload"]));
        assert_eq!(after["fields"], json!({"x": "1"}));
        let null = object(json!({"filter": {"data": {"b": null}}}));
        assert_eq!(patched(before.clone(), &null)["filter"], null["filter"]);
        assert!(!patched(before.clone(), &object(json!({"filter": null}))).contains_key("filter"));
        let after = patched(before, &object(json!({"platform": "discord", "fields": {"y": "2"}})));
        assert_eq!(after["fields"], json!({"y": "2"}));
    }

    #[test]
    fn a_batchs_template_and_script_take_each_others_place() {
        let of = |name: &str| object(json!({"batch": {"max_events": 7, name: "x"}}));
        for (one, other) in [("template", "script"), ("script", "template")] {
            let change = object(json!({"batch": {other: "y"}}));
            assert_eq!(patched(of(one), &change)["batch"], json!({"max_events": 7, other: "y"}));
            let change = object(json!({"batch": {other: null}}));
            assert_eq!(patched(of(one), &change)["batch"], json!({"max_events": 7, one: "x"}));
            let both = object(json!({"batch": {one: "y", other: "z"}}));
            assert_eq!(patched(of(one), &both)["batch"], json!({"max_events": 7, one: "y", other: "z"}));
        }
    }

    #[test]
    fn what_a_patch_meets_is_named_with_how_to_take_it_away() {
        let before = object(json!({
            "batch": {"script": "x", "template": null}, "retry": {"preset": "quick"}, "auth": {"type": "basic"}, "url": "u",
        }));
        let said = |patch: Value, error: FieldError| {
            told_what_stays(before.clone(), &object(patch), vec![error]).remove(0).message
        };
        let both = || FieldError::at("/payload", "not both").beside("/batch/script");
        let told = said(json!({"payload": {"type": "data"}}), both());
        assert!(told.contains("has `batch.script` from before"), "{told}");
        assert!(told.contains(r#"send {"batch":{"script":null}} with it"#), "{told}");
        let sent = said(json!({"payload": {"type": "data"}, "batch": {"script": "y"}}), both());
        assert_eq!(sent, "not both", "who sends both can leave one out");
        let told = said(json!({"name": "n"}), FieldError::at("/url", "is wrong"));
        assert!(told.contains("the webhook has it from before"), "{told}");

        let told = said(json!({"retry": {"factor": 3}}), FieldError::at("/retry", "give one"));
        assert!(told.contains(r#"`retry` has {"preset":"quick"} from before"#), "{told}");
        assert!(told.contains("send `preset` or `schedule` or `initial` with it"), "{told}");
        let unknown = || FieldError::at("/auth/token", "unknown field `token`, expected `username`");
        let told = said(json!({"auth": {"token": "t"}}), unknown());
        assert!(told.contains(r#"`auth` has {"type":"basic"} from before"#), "{told}");
        for (patch, error) in [
            (json!({"auth": {"type": "basic", "token": "t"}}), unknown()),
            (json!({"retry": {"jitter": 99}}), FieldError::at("/retry/jitter", "is from 0 to 50")),
            (json!({"retry": {"preset": "x"}}), FieldError::at("/retry", "unknown variant")),
        ] {
            assert!(!said(patch.clone(), error).contains("from before"), "{patch}");
        }
    }

    #[test]
    fn another_kind_of_auth_or_retry_replaces_the_old_one() {
        let before = object(json!({"auth":{"type":"bearer","token":"t"},"retry":{"schedule":["5s"]}}));
        let change = object(json!({"auth":{"type":"basic","username":"u","password":"p"},"retry":{"preset":"quick"}}));
        assert_eq!(patched(before.clone(), &change), change);
        let change = object(json!({"auth":{"token":"new"}}));
        assert_eq!(patched(before, &change)["auth"], json!({"type":"bearer","token":"new"}));
        let growing = object(json!({"retry":{"initial":"1s","max":"1h"}}));
        let change = object(json!({"retry":{"initial":"2s"}}));
        assert_eq!(patched(growing, &change)["retry"], json!({"initial":"2s","max":"1h"}));
    }
}
