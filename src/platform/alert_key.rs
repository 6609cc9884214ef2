//! What belongs together: an alert and what becomes of it carry one key. Two alerts never share one, or the end of one would
//! end both: numbers keep their digits, and what is too long keeps its beginning and a hash of all of it.

use lanehook_template::Decimal;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Receivers take 250 to 512 characters, some of them bytes.
const LONGEST: usize = 250;
/// What stays of a longer one before its hash.
const BEGINNING: usize = 200;

const NAMES: [&str; 11] = [
    "dedup_key",
    "deduplication_key",
    "incident_key",
    "alert_key",
    "fingerprint",
    "groupKey",
    "alert_id",
    "incident_id",
    "problem_id",
    "rule_id",
    "id",
];

/// The key of an event with this data, of at most 250 bytes.
pub fn alert_key(data: &Value) -> Option<String> {
    NAMES.iter().find_map(|name| match data.get(*name)? {
        Value::String(text) => shortened(text.trim()),
        Value::Number(number) => shortened(&Decimal::parse(&number.to_string())?.to_string()),
        _ => None,
    })
}

/// As it is, if it is short and of one line; else what is left of it and a hash of all of it.
fn shortened(text: &str) -> Option<String> {
    let is_plain = |c: char| !c.is_control() && !matches!(c, '\u{202d}' | '\u{202e}' | '\u{feff}');
    if text.is_empty() {
        return None;
    }
    // These would leave their place in the path of a URL, however they are encoded.
    let is_segment = !matches!(text, "." | "..");
    if is_segment && text.len() <= LONGEST && text.chars().all(is_plain) {
        return Some(text.to_owned());
    }
    let mut key: String = text[..text.floor_char_boundary(BEGINNING)].chars().filter(|c| is_plain(*c)).collect();
    key.push('~');
    for byte in &Sha256::digest(text.as_bytes())[..16] {
        key.push_str(&format!("{byte:02x}"));
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn of(value: Value) -> Option<String> {
        alert_key(&json!({"alert_id": value}))
    }

    #[test]
    fn keys_are_what_the_event_says() {
        assert_eq!(of(json!("alr_1")).as_deref(), Some("alr_1"));
        assert_eq!(of(json!(17)).as_deref(), Some("17"));
        assert_eq!(of(json!(u64::MAX)).as_deref(), Some("18446744073709551615"));
        for dots in [".", ".."] {
            let key = of(json!(dots)).unwrap();
            assert!(key.starts_with(dots) && key.len() > 20, "{key}");
        }
        assert_eq!((of(json!(" ")), of(json!(null)), of(json!(["a"]))), (None, None, None));
    }

    proptest! {
        #[test]
        fn different_keys_stay_different(
            beginning in prop_oneof![Just(String::new()), Just("x".repeat(300)), Just("é".repeat(125)), "\\PC{0,300}"],
            ends in ("[ -~]{1,20}|\\PC{1,9}|[\u{0}-\u{20}]{0,3}a", "[ -~]{1,20}|\\PC{1,9}|[\u{0}-\u{20}]{0,3}a"),
        ) {
            let [one, other] = [&ends.0, &ends.1].map(|end| format!("{beginning}{end}"));
            let (key, other_key) = (of(json!(one)), of(json!(other)));
            prop_assert_eq!(key == other_key, one.trim() == other.trim(), "{:?} {:?}", one, other);
            for key in [key, other_key].iter().flatten() {
                prop_assert!((1..=LONGEST).contains(&key.len()) && !key.contains(char::is_control));
            }
        }
    }
}
