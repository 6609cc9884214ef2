//! Where what people look for is, when they look in a place that other systems of this kind have.

/// Paths below `/api/v1`, where `*` is any one part, and what is right instead.
const HINTS: &[(&str, &str)] = &[
    ("webhooks/templates", "payloads for known receivers are listed by GET /api/v1/platforms"),
    ("webhooks/platforms", "these are listed by GET /api/v1/platforms"),
    ("templates", "payloads for known receivers are listed by GET /api/v1/platforms"),
    ("integrations", "known receivers are listed by GET /api/v1/platforms"),
    ("webhooks/events", "events are at /api/v1/events, their types at /api/v1/event-types"),
    ("webhooks/event-types", "event types are at /api/v1/event-types"),
    ("webhooks/event_types", "event types are at /api/v1/event-types"),
    ("event_types", "event types are at /api/v1/event-types"),
    ("eventtypes", "event types are at /api/v1/event-types"),
    ("event-type", "event types are at /api/v1/event-types"),
    ("schemas", "event types with their schemas are at /api/v1/event-types"),
    ("topics", "event types are at /api/v1/event-types"),
    ("webhooks/deliveries", "deliveries of all webhooks are listed by GET /api/v1/deliveries"),
    ("webhooks/logs", "deliveries of all webhooks are listed by GET /api/v1/deliveries"),
    ("webhooks/history", "deliveries of all webhooks are listed by GET /api/v1/deliveries"),
    ("webhooks/failed", "these are listed by GET /api/v1/deliveries?status=failed"),
    ("webhooks/*/logs", "what was sent to a webhook is listed by GET /api/v1/webhooks/{id}/deliveries"),
    ("webhooks/*/attempts", "what was sent to a webhook is listed by GET /api/v1/webhooks/{id}/deliveries"),
    ("webhooks/*/audit", "who changed a webhook is listed by GET /api/v1/webhooks/{id}/changes"),
    ("webhooks/*/history", "what was sent to a webhook is listed by GET /api/v1/webhooks/{id}/deliveries"),
    ("webhooks/*/events", "what was sent to a webhook is listed by GET /api/v1/webhooks/{id}/deliveries"),
    ("webhooks/*/ping", "a webhook is tried by POST /api/v1/webhooks/{id}/test"),
    ("webhooks/*/rotate", "a new secret is made by POST /api/v1/webhooks/{id}/secret/rotate"),
    ("webhooks/*/rotate-secret", "a new secret is made by POST /api/v1/webhooks/{id}/secret/rotate"),
    ("webhooks/*/enable", "send {\"status\": \"active\"} with PATCH /api/v1/webhooks/{id}"),
    ("webhooks/*/resume", "send {\"status\": \"active\"} with PATCH /api/v1/webhooks/{id}"),
    ("webhooks/*/disable", "send {\"status\": \"disabled\"} with PATCH /api/v1/webhooks/{id}"),
    ("webhooks/*/pause", "send {\"status\": \"paused\"} with PATCH /api/v1/webhooks/{id}"),
    ("webhooks/test", "a webhook is tried by POST /api/v1/webhooks/{id}/test"),
    ("webhook", "webhooks are at /api/v1/webhooks"),
    ("hooks", "webhooks are at /api/v1/webhooks"),
    ("subscriptions", "webhooks are at /api/v1/webhooks"),
    ("endpoints", "webhooks are at /api/v1/webhooks"),
    ("destinations", "webhooks are at /api/v1/webhooks"),
    ("event", "events are at /api/v1/events"),
    ("saved_events", "saved events are at /api/v1/saved-events"),
    (
        "samples",
        "saved events are at /api/v1/saved-events; a sample of a type is GET /api/v1/event-types/{name}/sample",
    ),
    ("inspector", "inspectors are at /api/v1/inspectors"),
    ("inspect", "inspectors are at /api/v1/inspectors"),
    ("bins", "receivers of one's own, to see what is sent, are at /api/v1/inspectors"),
    ("messages", "events are published by POST /api/v1/events"),
    ("publish", "events are published by POST /api/v1/events"),
    ("trigger", "events are published by POST /api/v1/events"),
    ("notify", "events are published by POST /api/v1/events"),
    ("send", "events are published by POST /api/v1/events"),
    ("logs", "deliveries are listed by GET /api/v1/deliveries"),
    ("attempts", "a delivery is shown with its attempts by GET /api/v1/deliveries/{id}"),
    ("dead-letters", "these are listed by GET /api/v1/deliveries?status=failed"),
    ("dlq", "these are listed by GET /api/v1/deliveries?status=failed"),
    (
        "notices",
        "notices are events of types that begin with `lanehook.`; when they are told is at /api/v1/notice-settings",
    ),
    ("audit-log", "the audit trail is at /api/v1/audit"),
    ("changes", "the audit trail is at /api/v1/audit"),
    ("keys", "API keys are at /api/v1/api-keys"),
    ("api_keys", "API keys are at /api/v1/api-keys"),
    ("apikeys", "API keys are at /api/v1/api-keys"),
    ("apps", "tenants are at /api/v1/tenants"),
    ("applications", "tenants are at /api/v1/tenants"),
    ("openapi", "the description is GET /api/v1/openapi.json"),
    ("branding", "how a tenant's portal looks is at /api/v1/theme"),
    ("docs", "the description is GET /api/v1/openapi.json"),
];

/// What there is below `/api/v1`.
const RESOURCES: [&str; 26] = [
    "api-keys",
    "attempts",
    "audit",
    "deliveries",
    "event-types",
    "events",
    "filters",
    "inspectors",
    "live",
    "notice-settings",
    "openapi.json",
    "overview",
    "platforms",
    "portal-links",
    "render",
    "replays",
    "reports",
    "saved-events",
    "search",
    "session",
    "stats",
    "system",
    "tenants",
    "theme",
    "usage",
    "webhooks",
];
/// Characters of a path that are told again.
const SHOWN: usize = 200;

/// What is right instead of a path at which there is nothing.
pub fn hint(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let straight = parts.join("/");
    let is_straight = path.strip_prefix('/') == Some(straight.as_str());
    let path = straight.as_str();
    match path.strip_prefix("api/v1/") {
        Some(below) => {
            let below = below.to_ascii_lowercase();
            let exact = HINTS.iter().find(|(pattern, _)| fits(pattern, &below));
            let first = below.split('/').next().unwrap_or_default();
            let hint = exact.or_else(|| HINTS.iter().find(|(pattern, _)| *pattern == first));
            let hint = hint.map(|(_, hint)| (*hint).to_owned());
            hint.or_else(|| (!is_straight && RESOURCES.contains(&first)).then(|| without_empty_parts(path)))
        }
        None => {
            let path = path.strip_prefix("v1/").or_else(|| path.strip_prefix("api/")).unwrap_or(path);
            let first = path.split('/').next().unwrap_or_default();
            RESOURCES.contains(&first).then(|| format!("the API is below /api/v1, so this is /api/v1/{first}"))
        }
    }
}

fn without_empty_parts(path: &str) -> String {
    let shown: String = path.chars().take(SHOWN).collect();
    format!("a path has no `/` at its end, and none twice, so this is /{shown}")
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(part)) if wanted == "*" || wanted == part => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_there_is_below_the_api_is_known_here() {
        let (_, document) = crate::api::documented().split_for_parts();
        let firsts = document.paths.paths.keys().filter_map(|path| path.strip_prefix("/api/v1/")?.split('/').next());
        let mut found: Vec<&str> = firsts.chain(["openapi.json"]).collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, RESOURCES);
    }

    #[test]
    fn paths_of_other_systems_lead_to_ours() {
        for (path, part) in [
            ("/api/v1/webhooks/templates", "/api/v1/platforms"),
            ("/api/v1/webhooks/events", "/api/v1/event-types"),
            ("/api/v1/webhooks/deliveries", "/api/v1/deliveries"),
            ("/api/v1/webhooks/w/logs/", "/webhooks/{id}/deliveries"),
            ("/api/v1/subscriptions", "/api/v1/webhooks"),
            ("/api/v1/subscriptions/7", "/api/v1/webhooks"),
            ("/api/v1/Logs", "/api/v1/deliveries"),
            ("/webhooks", "/api/v1/webhooks"),
            ("/v1/events/7", "/api/v1/events"),
            ("/v1/webhooks/", "/api/v1/webhooks"),
            ("/stats", "/api/v1/stats"),
            ("/api/v1/webhooks/", "no `/` at its end, and none twice, so this is /api/v1/webhooks"),
            ("/api/v1/webhooks/w/", "so this is /api/v1/webhooks/w"),
            ("/api/v1//webhooks", "so this is /api/v1/webhooks"),
            ("/api/v1/subscriptions/", "webhooks are at"),
        ] {
            assert!(hint(path).is_some_and(|hint| hint.contains(part)), "{path}: {:?}", hint(path));
        }
        for path in ["/api/v1/webhooks/w", "/api/v1/nothing", "/", "/api/v1/events/e", "/buzz", "/api/v1/nothing/"] {
            assert_eq!(hint(path), None, "{path}");
        }
    }
}
