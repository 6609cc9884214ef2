//! Whether everything that a caller sent was read. Pure.

use serde_json::{Map, Value};

use crate::model::{
    FieldError,
    field_error::{MOST_ERRORS, escaped},
};

/// Members that tenants name as they like.
const FREELY_NAMED: [&str; 3] = ["fields", "headers", "metadata"];

/// Everything that was sent was read: where nothing is expected, the reader would pass over it, and it would take a list for an
/// object whose members come in that order.
pub fn nothing_ignored(sent: &Map<String, Value>, read: &Map<String, Value>) -> Result<(), Vec<FieldError>> {
    let mut ignored = Vec::new();
    for (name, value) in sent.iter().filter(|(name, _)| !FREELY_NAMED.contains(&name.as_str())) {
        ignored_in(value, read.get(name), &format!("/{name}"), &mut ignored);
    }
    if ignored.is_empty() { Ok(()) } else { Err(ignored) }
}

fn ignored_in(sent: &Value, read: Option<&Value>, place: &str, ignored: &mut Vec<FieldError>) {
    if ignored.len() >= MOST_ERRORS {
        return;
    }
    match (sent, read) {
        (Value::Object(sent), Some(Value::Object(read))) => {
            for (name, value) in sent.iter().filter(|(_, value)| !value.is_null()) {
                let place = format!("{place}/{}", escaped(name));
                match read.get(name) {
                    Some(read) => ignored_in(value, Some(read), &place, ignored),
                    None if ignored.len() >= MOST_ERRORS => return,
                    None => {
                        let known: Vec<String> = read.keys().map(|name| format!("`{name}`")).collect();
                        let message = format!("unknown field `{name}`; here are possible: {}", known.join(", "));
                        ignored.push(FieldError::at(place, message));
                    }
                }
            }
        }
        (Value::Array(_), Some(read @ Value::Object(_))) => {
            ignored
                .push(FieldError::at(place, format!("this has to be an object, and is a list; write it like {read}")));
        }
        (Value::Array(sent), Some(Value::Array(read))) if sent.len() == read.len() => {
            for (number, (sent, read)) in sent.iter().zip(read).enumerate() {
                ignored_in(sent, Some(read), &format!("{place}/{number}"), ignored);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::webhook::WebhookInput;

    #[test]
    fn nothing_that_is_sent_is_passed_over() {
        let create = |body: Value| WebhookInput::read(body.to_string().as_bytes()).unwrap().create([7; 32]);
        for (part, pointer) in [
            (json!({"payload": {"type": "plain", "header": "X"}}), "/payload/header"),
            (json!({"payload": {"type": "data", "foo": 1}}), "/payload/foo"),
            (json!({"auth": {"type": "none", "token": "t"}}), "/auth/token"),
            (json!({"signing": {"dialects": [{"type": "hub", "header": "X"}]}}), "/signing/dialects/0/header"),
            (json!({"rate_limit": [60, "minute"]}), "/rate_limit"),
            (json!({"signing": [[{"type": "hub"}], "sha256"]}), "/signing"),
            (json!({"retry": ["quick"]}), "/retry"),
            (json!({"batch": [10, "1s"]}), "/batch"),
        ] {
            let mut body = json!({"url": "https://a.example/"});
            body.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
            let errors = create(body).unwrap_err();
            assert_eq!(errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(), [pointer], "{errors:?}");
        }
        let all = json!({
            "url": "https://a.example/", "auth": {"type": "basic", "username": "u", "password": "p"}, "timeout": "5s",
            "payload": {"type": "cloudevents", "mode": "binary"}, "retry": {"initial": "1s", "factor": 2},
            "signing": {"dialects": [{"type": "timestamped", "header": "X-S"}]}, "rate_limit": {"limit": 1, "per": "second"},
            "headers": {"X-Any": "1"}, "metadata": {"any": "1"}, "assets": {"symbols": ["AAPL"]}, "filter": {"type": "a"},
            "batch": null, "disable_after": 3, "event_types": ["all"],
        });
        create(all).unwrap();
        // What is sent as it is by default anyway is read, too.
        let template = json!({"type": "template", "template": "{{ type }}", "format": "text", "names": "qualified"});
        create(json!({"url": "https://a.example/", "payload": template})).unwrap();
    }
}
