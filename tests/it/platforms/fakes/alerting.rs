//! Alerting, push, logs, automation.

use serde_json::{Value, json};

use super::*;

pub fn respond(platform: &str, request: &Request) -> Option<Answer> {
    Some(match platform {
        "pagerduty" => match pagerduty(request) {
            Ok(()) => answer(202, json!({"status": "success", "message": "Event processed", "dedup_key": "x"})),
            Err(what) => answer(400, json!({"status": "invalid event", "errors": [what]})),
        },
        "opsgenie" | "jira_service_management" => match opsgenie(request) {
            Ok(()) => answer(202, json!({"result": "Request will be processed", "requestId": "x"})),
            Err(what) => answer(422, json!({"message": what})),
        },
        "splunk_oncall" => match splunk_oncall(request) {
            Ok(()) => answer(200, json!({"result": "success", "entity_id": "x"})),
            Err(what) => answer(400, json!({"result": "failure", "message": what})),
        },
        "incident_io" => match incident_io(request) {
            Ok(()) => answer(202, json!({"status": "success"})),
            Err(what) => answer(422, json!({"errors": [{"message": what}]})),
        },
        "ntfy" => match ntfy(request) {
            Ok(()) => answer(200, json!({"id": "x", "event": "message"})),
            Err(what) => answer(400, json!({"code": 40024, "http": 400, "error": what})),
        },
        "gotify" => match gotify(request) {
            Ok(()) => answer(200, json!({"id": 1})),
            Err(what) => answer(400, json!({"error": "Bad Request", "errorDescription": what})),
        },
        "pushover" => match pushover(request) {
            Ok(()) => answer(200, json!({"status": 1, "request": "x"})),
            Err(what) => answer(400, json!({"status": 0, "errors": [what]})),
        },
        "datadog" => match datadog(request) {
            Ok(()) => answer(202, "{}"),
            Err(what) => answer(400, json!({"errors": [{"detail": what}]})),
        },
        "splunk" => match splunk(request) {
            Ok(()) => answer(200, json!({"text": "Success", "code": 0})),
            Err(what) => answer(400, json!({"text": what, "code": 6})),
        },
        "ifttt" => match ifttt(request) {
            Ok(()) => answer(200, "Congratulations! You've fired the x event"),
            Err(what) => answer(400, json!({"errors": [{"message": what}]})),
        },
        "zapier" | "make" | "n8n" | "custom" => match request.post().and_then(|()| request.json().map(drop)) {
            Ok(()) => answer(200, json!({"status": "success"})),
            Err(what) => answer(400, what),
        },
        _ => return None,
    })
}

/// https://developer.pagerduty.com/docs/send-alert-event
fn pagerduty(request: &Request) -> Checked {
    request.post()?;
    request.fits(512 * 1024)?;
    let body = request.json()?;
    need(text(&body, "/routing_key", 32)?.len() == 32, "routing_key")?;
    let action = text(&body, "/event_action", 20)?;
    need(["trigger", "acknowledge", "resolve"].contains(&action), "event_action")?;
    text(&body, "/dedup_key", 255)?;
    text(&body, "/payload/summary", 1024)?;
    text(&body, "/payload/source", 1024)?;
    let severity = text(&body, "/payload/severity", 20)?;
    need(["critical", "error", "warning", "info"].contains(&severity), severity)?;
    need(body["payload"]["custom_details"].is_object(), "custom_details")?;
    web_link(&body, "/client_url", 2048)?;
    web_link(&body, "/links/0/href", 2048)
}

/// https://docs.opsgenie.com/docs/alert-api#create-alert and #close-alert
fn opsgenie(request: &Request) -> Checked {
    request.post()?;
    need(request.header("authorization").starts_with("GenieKey "), "Could not authenticate")?;
    let body = request.json()?;
    let (_, place) = request.target.split_once("/v2/alerts").ok_or("no such path")?;
    if !place.is_empty() {
        let ends = place.strip_prefix('/').and_then(|place| place.strip_suffix("/close?identifierType=alias"));
        need(ends.is_some_and(|alias| !alias.is_empty() && !alias.contains(['/', '?'])), place)?;
        need(
            body.as_object().is_some_and(|body| body.keys().all(|name| ["source", "note", "user"].contains(&&**name))),
            "body",
        )?;
        text_if_any(&body, "/source", 100)?;
        return text_if_any(&body, "/note", 25_000);
    }
    text(&body, "/message", 130)?;
    text(&body, "/alias", 512)?;
    text_if_any(&body, "/description", 15_000)?;
    text_if_any(&body, "/source", 100)?;
    text_if_any(&body, "/entity", 512)?;
    for tag in items(&body, "/tags", 0, 20)? {
        text(tag, "", 50)?;
    }
    let details = body["details"].as_object().ok_or("details")?;
    let sum: usize = details.iter().map(|(name, value)| utf16(name) + value.as_str().map_or(99_999, utf16)).sum();
    need(sum <= 8000, format!("details of {sum}"))?;
    need(["P1", "P2", "P3", "P4", "P5"].contains(&text(&body, "/priority", 2)?), "priority")
}

fn splunk_oncall(request: &Request) -> Checked {
    request.post()?;
    let body = request.json()?;
    let kind = text(&body, "/message_type", 20)?;
    need(["CRITICAL", "WARNING", "ACKNOWLEDGEMENT", "INFO", "RECOVERY"].contains(&kind), kind)?;
    text(&body, "/entity_id", 512)?;
    text_if_any(&body, "/state_message", 20_480)
}

fn incident_io(request: &Request) -> Checked {
    request.post()?;
    request.bearer()?;
    let body = request.json()?;
    text(&body, "/title", 255)?;
    need(["firing", "resolved"].contains(&text(&body, "/status", 10)?), "status")?;
    text(&body, "/deduplication_key", 255)?;
    web_link(&body, "/source_url", 2048)
}

/// https://docs.ntfy.sh/publish/#limitations; version 2.28 for title and tags.
fn ntfy(request: &Request) -> Checked {
    request.post()?;
    need(request.target == "/", "JSON is published at the root")?;
    let body = request.json()?;
    text(&body, "/topic", 64)?;
    need(text(&body, "/message", 4096)?.len() <= 4096, "the message would become an attachment")?;
    need(text(&body, "/title", 1024)?.len() <= 1024, "title")?;
    let tags: usize = items(&body, "/tags", 0, 10)?.iter().map(|tag| tag.as_str().map_or(999, str::len)).sum();
    need(tags <= 512, "tags")?;
    need(body["priority"].as_u64().is_some_and(|priority| (1..=5).contains(&priority)), "priority")?;
    web_link(&body, "/click", 4096)
}

fn gotify(request: &Request) -> Checked {
    request.post()?;
    need(!request.header("x-gotify-key").is_empty(), "you need to provide a valid token")?;
    let body = request.json()?;
    text(&body, "/message", 200_000)?;
    need(body["priority"].is_u64(), "priority")
}

/// https://pushover.net/api#messages
fn pushover(request: &Request) -> Checked {
    request.post()?;
    let form = request.form()?;
    need(text(&form, "/token", 30)?.len() == 30 && text(&form, "/user", 30)?.len() == 30, "token or user")?;
    text(&form, "/message", 1024)?;
    text_if_any(&form, "/title", 250)?;
    text_if_any(&form, "/url_title", 100)?;
    web_link(&form, "/url", 512)?;
    need(["-2", "-1", "0", "1"].contains(&text(&form, "/priority", 2)?), "priority")
}

/// https://docs.datadoghq.com/api/latest/logs/#send-logs
fn datadog(request: &Request) -> Checked {
    request.post()?;
    request.fits(5_000_000)?;
    need(request.header("dd-api-key").len() >= 32, "API key")?;
    let body = request.json()?;
    for entry in items(&body, "", 1, 1000)? {
        need(entry.to_string().len() <= 1_000_000, "an entry is too large")?;
        text(entry, "/message", 1_000_000)?;
        text(entry, "/service", 300)?;
    }
    Ok(())
}

/// https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector
fn splunk(request: &Request) -> Checked {
    request.post()?;
    need(request.header("authorization").starts_with("Splunk "), "Token is required")?;
    let body = request.json()?;
    only(&body, &["time", "host", "source", "sourcetype", "index", "event", "fields"])?;
    need(!matches!(&body["event"], Value::Null) && body["event"] != "", "Event field cannot be blank")
}

fn ifttt(request: &Request) -> Checked {
    request.post()?;
    let body = request.json()?;
    only(&body, &["value1", "value2", "value3"])?;
    need(body.as_object().is_some_and(|values| values.values().all(Value::is_string)), "values are texts")
}
