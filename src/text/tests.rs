use proptest::prelude::*;

use super::*;

fn cut(text: &str, max: usize, unit: Unit, markup: Markup) -> String {
    truncate(text, max, unit, markup, ELLIPSIS)
}

#[test]
fn a_cut_falls_between_characters() {
    use Unit::*;
    assert_eq!(cut("abcdef", 6, Chars, Markup::Plain), "abcdef");
    assert_eq!(cut("abcdef", 5, Chars, Markup::Plain), "abcd…");
    assert_eq!(cut("abc   def", 6, Chars, Markup::Plain), "abc…");
    assert_eq!(cut("ab😀cd", 4, Utf16, Markup::Plain), "ab…", "a pair of surrogates is not parted");
    assert_eq!(cut("ab😀cd", 5, Utf16, Markup::Plain), "ab😀…");
    assert_eq!(cut("äöü", 5, Bytes, Markup::Plain), "ä…");
    assert_eq!(cut("äöü", 2, Bytes, Markup::Plain), "ä", "no room for the mark");
    assert_eq!(cut("abc", 0, Chars, Markup::Plain), "");
    let family = "👨‍👩‍👧‍👦";
    assert_eq!(cut(&format!("a{family}b{family}"), 9, Chars, Markup::Plain), format!("a{family}…"));
    assert_eq!(cut(&format!("a{family}bc"), 5, Chars, Markup::Plain), "a…");
    assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 4, Chars, Markup::Plain), "e\u{301}…");
}

#[test]
fn a_cut_parts_no_flag_syllable_or_family() {
    for one in [
        "🇩🇪",
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        "क्षि",
        "நி",
        "\u{1100}\u{1161}\u{11a8}",
        "👨‍👩‍👧‍👦",
        "👍🏽",
        "e\u{301}",
    ] {
        for (unit, markup) in [
            (Unit::Chars, Markup::Plain),
            (Unit::Utf16, Markup::Slack),
            (Unit::Bytes, Markup::Markdown),
            (Unit::Chars, Markup::Html),
        ] {
            let (text, length) = (one.repeat(3), |text: &str| length(text, unit, markup));
            for max in length(one) + length(ELLIPSIS)..length(&text) {
                let cut = cut(&text, max, unit, markup);
                let kept = cut.strip_suffix(ELLIPSIS).unwrap();
                assert!(kept == one || kept == one.repeat(2), "{one} at {max} {unit}: {cut}");
            }
        }
    }
    assert_eq!(cut("🇩🇪🇫🇷🇮🇹", 5, Unit::Chars, Markup::Plain), "🇩🇪🇫🇷…");
    assert_eq!(
        cut(r"ab\🇩🇪\🇫🇷", 7, Unit::Chars, Markup::Markdown),
        r"ab\🇩🇪…",
        "an escape goes with all that it escapes"
    );
}

#[test]
fn a_text_that_is_one_long_character_is_cut_all_the_same() {
    let text = "a".to_owned() + &"\u{301}".repeat(10_000);
    let cut = cut(&text, 500, Unit::Chars, Markup::Plain);
    assert!((400..=500).contains(&cut.chars().count()), "{}", cut.chars().count());
}

#[test]
fn a_cut_falls_between_the_pieces_of_markup() {
    use Unit::*;
    assert_eq!(cut("a &amp; b and more", 6, Chars, Markup::Slack), "a…");
    assert_eq!(
        cut("see <https://example.com|this> and that", 31, Chars, Markup::Slack),
        "see <https://example.com|this>…"
    );
    assert_eq!(cut("see <https://example.com|this> and that", 30, Chars, Markup::Slack), "see…");
    assert_eq!(cut(r"ab\*\*cd", 6, Chars, Markup::Markdown), r"ab\*…");
    assert_eq!(cut(r"ab\\\\", 5, Chars, Markup::Markdown), r"ab\\…");
    assert_eq!(length("<b>a &amp; b</b>", Chars, Markup::Html), 5);
    assert_eq!(cut("<b>a &amp; b</b>", 5, Chars, Markup::Html), "<b>a &amp; b</b>");
    assert_eq!(cut("<b>a &amp; <i>bold</i></b> c", 7, Chars, Markup::Html), "<b>a &amp; <i>bo…</i></b>");
    assert_eq!(
        cut("x <a href=\"https://h.example/?a&amp;b\">link</a>", 4, Chars, Markup::Html),
        "x <a href=\"https://h.example/?a&amp;b\">l…</a>"
    );
    assert_eq!(cut("a < b and a & b, truly", 10, Chars, Markup::Html), "a < b and…");
}

pub fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,20}",
        Just("&amp;".to_owned()),
        Just("<b>".into()),
        Just("</b>".into()),
        Just("<a href=\"x\">".into()),
        Just("\\*".into()),
        Just("\\".into()),
        Just("👨‍👩‍👧‍👦".into()),
        Just("🇩🇪".into()),
        Just("क्षि".into()),
        Just("\u{200d}".into()),
        Just("…".into()),
        Just("\"\n".into()),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn any_unit() -> impl Strategy<Value = Unit> {
    prop_oneof![Just(Unit::Chars), Just(Unit::Utf16), Just(Unit::Bytes)]
}

fn any_markup() -> impl Strategy<Value = Markup> {
    prop_oneof![Just(Markup::Plain), Just(Markup::Markdown), Just(Markup::Slack), Just(Markup::Html)]
}

proptest! {
    #[test]
    fn a_cut_text_fits_and_one_that_fits_is_not_cut(text in any_text(), max in 0..120_usize, unit in any_unit(), markup in any_markup()) {
        prop_assume!(markup != Markup::Html || unit != Unit::Bytes);
        let before = length(&text, unit, markup);
        let cut = cut(&text, max, unit, markup);
        prop_assert!(length(&cut, unit, markup) <= max, "{cut:?}");
        if before <= max {
            prop_assert_eq!(cut, text);
        } else if max > 3 {
            prop_assert!(cut.contains('…'));
        }
    }
}
