//! Which of the names that there are was probably meant by one that is none.

/// Names that are less alike than this are other names.
const ALIKE: f64 = 0.6;
/// A longer name is none of ours, and comparing takes time.
const LONGEST: usize = 64;

/// Names that mean the same where people come from. One that is spelled like another name may mean the opposite of it, so what it means
/// goes first.
const SAME: [&[&str]; 7] = [
    &["active", "enabled", "enable", "on", "live", "running"],
    &["disabled", "disable", "inactive", "deactivated", "off", "stopped"],
    &["paused", "pause", "suspended", "held", "on_hold"],
    &["delivered", "succeeded", "success", "successful", "sent", "completed", "ok"],
    &["failed", "failure", "error", "dead", "dead_letter", "exhausted", "undelivered"],
    &["pending", "queued", "waiting", "scheduled", "new"],
    &["cancelled", "canceled", "aborted", "discarded"],
];
/// Beginnings of words that mean opposites, however alike they are spelled.
const OPPOSITES: [(&str, &str); 8] = [
    ("enab", "disab"),
    ("activ", "inactiv"),
    ("deliver", "undeliver"),
    ("includ", "exclud"),
    ("min", "max"),
    ("before", "after"),
    ("secure", "insecure"),
    ("oldest", "newest"),
];

/// The known name that is most like this one, if one is: one that means the same, or is spelled alike and does not mean the opposite. Also
/// one that says a part of it (`endpoint_url`: `url`), or of which it says a part (`events`: `event_types`).
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let spelled = name.to_ascii_lowercase();
    let meaning = SAME.iter().find(|names| names.contains(&spelled.as_str()));
    if let Some(same) = meaning.and_then(|names| known.clone().into_iter().find(|one| names.contains(one))) {
        return Some(same);
    }
    let alike = known.into_iter().map(|one| (likeness(name, one), one)).filter(|(likeness, _)| *likeness >= ALIKE);
    let alike = alike.filter(|(_, one)| !are_opposites(&parts(name), &parts(one)));
    alike.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, one)| one)
}

fn are_opposites(ours: &[String], theirs: &[String]) -> bool {
    let begins = |parts: &[String], start: &str| parts.iter().any(|part| part.starts_with(start));
    OPPOSITES
        .iter()
        .any(|(one, other)| begins(ours, one) && begins(theirs, other) || begins(ours, other) && begins(theirs, one))
}

fn likeness(name: &str, known: &str) -> f64 {
    let whole = strsim::normalized_damerau_levenshtein(&name.to_ascii_lowercase(), known);
    let (ours, theirs) = (parts(name), parts(known));
    let (fewer, more) = if ours.len() <= theirs.len() { (&ours, &theirs) } else { (&theirs, &ours) };
    let contained = !fewer.is_empty() && fewer.iter().all(|part| more.contains(part));
    // The fewer parts are left over, the liker.
    let by_parts = if contained { ALIKE + 0.3 * fewer.len() as f64 / more.len() as f64 } else { 0.0 };
    whole.max(by_parts)
}

/// The words of a name, in small letters and in the singular: `eventTypes`, `event_types` and `event-type` are alike.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut after_small = false;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() || c.is_ascii_uppercase() && after_small {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut().filter(|_| c.is_ascii_alphanumeric()) {
            part.push(c.to_ascii_lowercase());
        }
        after_small = c.is_ascii_lowercase();
    }
    parts.retain(|part| !part.is_empty());
    parts.into_iter().map(singular).collect()
}

fn singular(part: String) -> String {
    match (part.strip_suffix("ies"), part.strip_suffix('s')) {
        (Some(stem), _) => format!("{stem}y"),
        (None, Some(stem)) => stem.to_owned(),
        (None, None) => part,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_the_opposite_is_not_near_however_it_is_spelled() {
        let statuses = ["active", "paused", "disabled"];
        for (name, meant) in [
            ("enabled", Some("active")),
            ("Enabled", Some("active")),
            ("inactive", Some("disabled")),
            ("disable", Some("disabled")),
            ("suspended", Some("paused")),
            ("actve", Some("active")),
            ("disabeld", Some("disabled")),
            ("enabeld", None),
            ("inactiv", None),
        ] {
            assert_eq!(nearest(name, statuses), meant, "{name}");
        }
        let deliveries = ["pending", "sending", "retrying", "delivered", "failed", "cancelled"];
        for (name, meant) in
            [("undelivered", Some("failed")), ("success", Some("delivered")), ("canceld", Some("cancelled"))]
        {
            assert_eq!(nearest(name, deliveries), meant, "{name}");
        }
        assert_eq!(nearest("min_events", ["max_events", "max_wait"]), None);
        assert_eq!(nearest("excludes", ["include", "limit"]), None);
    }

    #[test]
    fn the_nearest_name_is_the_one_that_was_meant() {
        let known = [
            "name",
            "description",
            "url",
            "platform",
            "fields",
            "event_types",
            "filter",
            "assets",
            "payload",
            "batch",
            "headers",
            "public_headers",
            "auth",
            "signing",
            "rate_limit",
            "max_concurrency",
            "ordering",
            "timeout",
            "retry",
            "disable_after",
            "self_heal",
            "status",
            "verify_tls",
            "metadata",
        ];
        for (name, meant) in [
            ("endpoint_url", Some("url")),
            ("webhookUrl", Some("url")),
            ("events", Some("event_types")),
            ("eventTypes", Some("event_types")),
            ("event", Some("event_types")),
            ("filters", Some("filter")),
            ("rate", Some("rate_limit")),
            ("rateLimit", Some("rate_limit")),
            ("descripton", Some("description")),
            ("header", Some("headers")),
            ("concurrency", Some("max_concurrency")),
            ("retries", Some("retry")),
            ("colour", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known), meant, "{name}");
        }
    }
}
