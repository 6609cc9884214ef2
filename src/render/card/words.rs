//! The names of members as people read them: `change_percent` and `changePercent` enter, their words and a label leave.

/// Of a name so many characters are looked at.
const LONGEST: usize = 160;

/// What is written in capitals.
const CAPITALS: [&str; 38] = [
    "api", "aws", "cpu", "db", "dns", "eps", "etf", "eta", "fx", "gpu", "html", "http", "https", "id", "ip", "ipo",
    "isin", "json", "mac", "nav", "os", "pdf", "pe", "pnl", "ram", "roi", "sku", "sla", "sms", "sql", "ssl", "tls",
    "ui", "uri", "url", "utc", "uuid", "vat",
];
/// The same with an `s` behind.
const PLURALS: [&str; 4] = ["ids", "ips", "urls", "apis"];

/// The words of a name, in small letters: `userID` and `user_id` are `user`, `id`.
pub fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let letters: Vec<char> = name.chars().take(LONGEST).collect();
    for (place, &c) in letters.iter().enumerate() {
        if matches!(c, '_' | '.' | '-') || c.is_whitespace() || c.is_control() {
            words.push(String::new());
            continue;
        }
        let before = place.checked_sub(1).and_then(|place| letters.get(place));
        // `IDs` is one word.
        let is_plural =
            letters.get(place + 1) == Some(&'s') && letters.get(place + 2).is_none_or(|c| !c.is_lowercase());
        let behind = letters.get(place + 1).filter(|_| !is_plural);
        // `userName`, and the last capital of `HTTPStatus`.
        let after_small = before.is_some_and(|c| c.is_lowercase() || c.is_ascii_digit());
        let begins_small = before.is_some_and(|c| c.is_uppercase()) && behind.is_some_and(|c| c.is_lowercase());
        if c.is_uppercase() && (after_small || begins_small) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// `["user", "id"]` is "User ID"; no words are "Event".
pub fn label<'w>(words: impl IntoIterator<Item = &'w String>) -> String {
    let mut label = String::new();
    for word in words {
        if !label.is_empty() {
            label.push(' ');
        }
        if CAPITALS.contains(&word.as_str()) {
            label.push_str(&word.to_uppercase());
        } else if let Some(word) = word.strip_suffix('s').filter(|_| PLURALS.contains(&word.as_str())) {
            label.push_str(&word.to_uppercase());
            label.push('s');
        } else {
            label.push_str(word);
        }
    }
    capitalised(&label).unwrap_or_else(|| "Event".into())
}

/// With a large letter at its beginning; `None` if it is empty.
pub fn capitalised(text: &str) -> Option<String> {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect())
}

/// `price.alert` is "Price alert".
pub fn humanised(name: &str) -> String {
    label(&words(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_labels() {
        for (name, label) in [
            ("change_percent", "Change percent"),
            ("changePercent", "Change percent"),
            ("price.alert", "Price alert"),
            ("user_id", "User ID"),
            ("userID", "User ID"),
            ("clientIP", "Client IP"),
            ("HTTPStatus", "HTTP status"),
            ("image_urls", "Image URLs"),
            ("p99_latency", "P99 latency"),
            ("Ex-Date", "Ex date"),
            ("IDs", "IDs"),
            ("status", "Status"),
            ("", "Event"),
            ("__", "Event"),
            ("größe", "Größe"),
        ] {
            assert_eq!(humanised(name), label, "{name}");
        }
    }
}
