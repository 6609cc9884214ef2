//! Events as they come: short and endless, in many scripts, with markup, with nothing in them.

use serde_json::{Value, json};

const MARKUP: &str = "<b>&amp; *bold* _it_ [x](http://e.example) (y) ~s~ `code` ``` #1 + - = | {} . ! > \\ \" ' <!channel> @everyone @here <@U1>";
const EMOJI: &str = "👨‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪 e\u{301} 🤷🏾‍♀️";
const RTL: &str = "התראת מחיר: המניה עלתה מעל ל־180 \u{202e}txt.exe سعر السهم ارتفع";

/// Type and data of each.
pub fn samples() -> Vec<(&'static str, Value)> {
    let long = |piece: &str| piece.chars().cycle().take(10_000).collect::<String>();
    let mut many = serde_json::Map::new();
    for n in 0..60 {
        let text = format!("{n} {EMOJI}{MARKUP}\n");
        many.insert(format!("{MARKUP} {n}"), if n % 5 == 0 { long(&text) } else { text }.into());
    }
    vec![
        (
            "price.alert",
            json!({
                "alert_id": "alt_7f3a", "symbol": "AAPL", "name": "Apple Inc.", "price": 187.52, "threshold": 180,
                "condition": "above", "change_percent": 2.41, "severity": "warning",
                "message": "AAPL rose above 180.00 USD", "url": "https://example.com/alerts/7f3a?a=1&b=2",
                "triggered_at": "2026-01-31T12:00:00Z"
            }),
        ),
        (
            "news.published",
            json!({"headline": MARKUP, "summary": format!("{MARKUP}\n\n{MARKUP}"), "source": MARKUP, "tags": [MARKUP, "b"],
                "link": "https://news.example/a_(b)|c?q='x'&r=\"y\"*", "image_url": "https://news.example/i.png", MARKUP: MARKUP}),
        ),
        (
            "report.finished",
            json!({"title": long("Ä title with words "), "text": long("word "), "notes": long("x"), "id": long("id"),
                "service": long("svc"), "lines": long("line\n")}),
        ),
        (
            "party.started",
            json!({"title": EMOJI.repeat(200), "message": EMOJI.repeat(400), "cake": EMOJI.repeat(300), EMOJI: EMOJI}),
        ),
        (
            "alert.resolved",
            json!({"alert_id": 17, "status": "resolved", "title": null, "text": null, "url": null, "a": {"b": null}}),
        ),
        (
            "portfolio.rebalanced",
            json!({
                "portfolio": {"id": "pf_1", "owner": {"name": "Ada", "address": {"city": {"name": "Paris"}}}},
                "trades": [{"symbol": "AAPL", "quantity": 10}, {"symbol": "MSFT", "quantity": -5, "lots": [[1, 2], [3]]}],
                "ok": true, "ratio": 0.1, "count": 123456789012345_u64
            }),
        ),
        ("list.changed", json!([1, "two", null, true, {"three": 3}, [4, [5]], MARKUP])),
        ("word.said", json!("only a text")),
        ("number.drawn", json!(-12.5)),
        ("nothing.happened", json!(null)),
        ("empty.object", json!({})),
        ("empty.texts", json!({"title": "", "text": "  ", "message": "\u{0}\u{7}", "url": "", "": ""})),
        ("hebrew.alert", json!({"title": RTL, "text": RTL.repeat(50), "severity": "critical", "name": RTL, RTL: RTL})),
        (
            "import.failed",
            json!({"severity": "error", "message": format!("line 1\r\nline 2\ttab {}", long("\\\"\n")), "id": "a b/c?d"}),
        ),
        ("many.fields", Value::Object(many)),
        (
            "a_long_type.with_many_parts.that_goes_on.and_on.until_it_has.the_most_characters.that_a_type.can_have.which_are_128_and_nomorexx",
            json!({"value": "x", "url": "javascript:alert(1)", "link": "https://example.com/".to_owned() + &"p".repeat(1_900)}),
        ),
    ]
}
