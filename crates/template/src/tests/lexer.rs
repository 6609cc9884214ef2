//! The guard sees the tokens that minijinja sees. Else a value could go past it: of `1in list` minijinja makes a test
//! that visits the list, and whoever takes `1in` for a number does not guard the list.
//!
//! Each source that our reader accepts is read by minijinja's own lexer as well, and the two must agree on every token
//! and its place.

use minijinja::machinery::{Token as Theirs, tokenize};

use super::*;
use crate::{
    names::Names,
    rewrite,
    scan::{self, Part},
    tokens::{Kind, Tag},
};

/// Kind, beginning and end of a token.
type Token = (&'static str, usize, usize);

/// What we see in a source, if we accept it.
fn ours(source: &str) -> Option<Vec<Token>> {
    let mut seen = Vec::new();
    let place = |text: &str| text.as_ptr() as usize - source.as_ptr() as usize;
    let tag = |seen: &mut Vec<Token>, names: (&'static str, &'static str), tag: &Tag<'_>| {
        seen.push((names.0, place(tag.open), place(tag.open) + tag.open.len()));
        for token in &tag.tokens {
            let kind = match token.kind {
                Kind::Name => "name",
                Kind::Text => "text",
                Kind::Number => "number",
                Kind::Mark => mark(token.text),
            };
            seen.push((kind, place(token.text), place(token.text) + token.text.len()));
        }
        seen.push((names.1, place(tag.close), place(tag.close) + tag.close.len()));
    };
    for part in scan::parts(source).ok()? {
        match part {
            Part::Text(text, _) => seen.extend(written(text, place(text))),
            Part::Silent(_) => {}
            Part::Print(print) => tag(&mut seen, ("{{", "}}"), &print),
            Part::Block(block) => tag(&mut seen, ("{%", "%}"), &block),
        }
    }
    Some(seen)
}

/// Text that is written as it stands, without the white space around it, which marks like `{%-` take away.
fn written(text: &str, place: usize) -> Option<Token> {
    let start = place + text.len() - text.trim_start().len();
    let len = text.trim().len();
    (len > 0).then_some(("written", start, start + len))
}

fn mark(text: &str) -> &'static str {
    const MARKS: [&str; 26] = [
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", ".", ",", ":", "~", "|", "=", ">", "<", "(", ")",
        "[", "]", "{", "}", "",
    ];
    MARKS.iter().find(|mark| **mark == text).unwrap_or_else(|| panic!("a mark of its own: {text}"))
}

/// What minijinja sees, up to where it stops.
fn theirs(source: &str) -> Vec<Token> {
    let tokens = tokenize(source, false, Default::default()).map_while(Result::ok);
    tokens
        .filter_map(|(token, span)| {
            let kind = match token {
                Theirs::TemplateData(text) => return written(text, text.as_ptr() as usize - source.as_ptr() as usize),
                Theirs::VariableStart => "{{",
                Theirs::VariableEnd => "}}",
                Theirs::BlockStart => "{%",
                Theirs::BlockEnd => "%}",
                Theirs::Ident(_) => "name",
                Theirs::Str(_) | Theirs::String(_) => "text",
                Theirs::Int(_) | Theirs::Int128(_) | Theirs::Float(_) => "number",
                Theirs::Plus => "+",
                Theirs::Minus => "-",
                Theirs::Mul => "*",
                Theirs::Div => "/",
                Theirs::FloorDiv => "//",
                Theirs::Pow => "**",
                Theirs::Mod => "%",
                Theirs::Dot => ".",
                Theirs::Comma => ",",
                Theirs::Colon => ":",
                Theirs::Tilde => "~",
                Theirs::Assign => "=",
                Theirs::Pipe => "|",
                Theirs::Eq => "==",
                Theirs::Ne => "!=",
                Theirs::Gt => ">",
                Theirs::Gte => ">=",
                Theirs::Lt => "<",
                Theirs::Lte => "<=",
                Theirs::BracketOpen => "[",
                Theirs::BracketClose => "]",
                Theirs::ParenOpen => "(",
                Theirs::ParenClose => ")",
                Theirs::BraceOpen => "{",
                Theirs::BraceClose => "}",
            };
            Some((kind, span.start_offset as usize, span.end_offset as usize))
        })
        .collect()
}

/// Whether both see the same; where minijinja stops at an error, up to there, since it then takes nothing of it.
fn agree(source: &str) {
    let Some(ours) = ours(source) else { return };
    let theirs = theirs(source);
    assert_eq!(ours.get(..theirs.len()), Some(theirs.as_slice()), "{source:?}");
    let goes_on = theirs.len() < ours.len();
    let stops = tokenize(source, false, Default::default()).any(|token| token.is_err());
    assert!(!goes_on || stops, "{source:?}: they end after {} of {} tokens", theirs.len(), ours.len());
}

#[test]
fn both_read_what_is_written_as_it_is_meant() {
    let source = "a{{- x.0.b[1:2]|f(1.5e3, 'a\\'}}', k=0x1F) -}} b {#- {{ #} {%+ if a//b**c != 1_000 %}{% raw -%} {{ {% {%endraw%}\
                  {% endif -%}\n{{ {'a': [1, (2)]}['a'] }}";
    assert_eq!(ours(source), Some(theirs(source)));
    assert_eq!(theirs(source).len(), 55);
}

#[test]
fn numbers_end_where_minijinja_ends_them_or_are_refused() {
    for number in [
        "1in l",
        "1if x else 2",
        "0x1.5",
        "0x1Fg",
        "0b12",
        "1.e5",
        "1.",
        "1. ",
        "1.|abs",
        "1._a",
        "1.a",
        "1e5",
        "1e+5",
        "1e-5+1",
        "1e",
        "1else",
        "1e_5",
        "1__0",
        "1_",
        "0xF_F",
        "a.1.2",
        "a.1e5.2",
        "a.1_0",
        "1.5.2",
        "0x",
        "0b",
        "0o17",
        "12345678901234567890123",
        "1.5e3_0",
        "0X1e+5",
        "a . 1.5",
        "1..2",
    ] {
        agree(&format!("{{{{ {number} }}}}"));
        agree(&format!("{{% if {number} %}}"));
    }
}

/// Pieces of a source that have a meaning, in any order.
fn source() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(vec![
            "{{", "}}", "{%", "%}", "{#", "#}", "{{-", "-}}", "{%-", "-%}", "{%+", "+%}", "raw", "endraw", " ", "\n", "\t", "\r\n",
            "(", ")", "[", "]", "{", "}", "|", ".", ",", ":", "~", "+", "-", "*", "/", "//", "**", "%", "=", "==", "!=", "!", "<",
            ">", "<=", ">=", "&", "\"", "'", "\\", "'a'", "\"b\\\"\"", "in", "is", "not", "if", "else", "for", "set", "x", "_y",
            "e", "E", "x1", "1", "0", "12", "1.5", "0x", "0b", "_", "é", "😀", "\u{0}", "\u{b}", "\u{a0}",
        ])
        .prop_map(str::to_owned),
        1 => "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// The inside of a tag that mostly is well formed.
fn tag() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a", "b1", "in", "is", "not", "if", "else", "and", "1", "23", ".", ".5", "e", "E", "_", "0x", "F", "0b1", "+",
        "-", "*", "**", "/", "//", "%", "==", "<=", "!=", "~", "|", ":", ",", "=", "'x'", "\"}}\"", "(1)", "[a]",
        "{'k': 1}", " ", "  ", "\n",
    ]);
    let inside = prop::collection::vec(piece, 1..14).prop_map(|pieces| pieces.concat());
    (inside, any::<bool>()).prop_map(|(inside, print)| match print {
        true => format!("x {{{{ {inside} }}}} y"),
        false => format!("x {{% {inside} -%}} y"),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn minijinja_sees_the_tokens_that_the_guard_sees(source in source()) {
        agree(&source);
    }

    #[test]
    fn minijinja_sees_the_same_in_tags(source in tag()) {
        agree(&source);
    }

    /// What rewriting writes is read as it was meant, too: it adds brackets, filters and names, and changes no texts.
    #[test]
    fn minijinja_sees_the_same_in_what_was_rewritten(source in prop_oneof![source(), tag()]) {
        if let Ok(rewritten) = rewrite::rewrite(&source, Escape::None, &Names::default()) {
            agree(&rewritten);
        }
    }
}
