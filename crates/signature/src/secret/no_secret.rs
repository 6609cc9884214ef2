//! Texts that are evidently no secret: a text enters, what stands around it or what it stands for leaves.
//!
//! Where any text is a secret, so is what stands for one that is missing, and everybody knows that. A person chose none of what is
//! refused here: nothing, a word that programs write for nothing, a mask, a name in the brackets of a template. Each of them is the
//! whole text, or all of it that follows a prefix. A text with such a thing inside of it is a secret.

use super::written::{PREFIXES, decode_shared};

/// What programs write where there is no text, in any case.
const WORDS: [&str; 9] = ["null", "undefined", "none", "nil", "nan", "true", "false", "(null)", "[object object]"];

/// How it begins and ends, and what may stand between.
type Template = (&'static str, &'static str, fn(&str) -> bool);

/// What stands in a template for a text to come: how it begins and ends, and what can be between. What few would choose as the two
/// ends of a secret can have anything in between; where single characters are the ends, it is a name.
const TEMPLATES: [Template; 17] = [
    ("${", "}", anything), // shells, Compose, GitHub's `${{ }}`
    ("#{", "}", anything), // Ruby
    ("#{", "}#", anything),
    ("{{", "}}", anything), // Helm, Jinja, Handlebars
    ("{%", "%}", anything),
    ("<%", "%>", anything), // ERB, EJS
    ("$(", ")", anything),  // Kubernetes, Azure
    ("%(", ")s", anything), // Python
    ("((", "))", is_name),  // Concourse
    ("[[", "]]", is_name),
    ("$env:", "", is_name), // PowerShell
    ("$", "", is_variable),
    ("__", "__", is_in_capitals),
    ("<", ">", is_name),
    ("[", "]", is_name),
    ("%", "%", is_name), // cmd.exe
    ("@", "@", is_name), // autoconf
];

/// Whether it stands where a secret should.
pub(super) fn is_placeholder(text: &str) -> bool {
    let text = unwrapped(text);
    // Whose bytes are a key of a proper length is a key, whatever it spells.
    if decode_shared(text).is_some() {
        return false;
    }
    let bare = PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
    let bare = unwrapped(bare);
    let is_template = |(before, after, between): &(&str, &str, fn(&str) -> bool)| {
        bare.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).is_some_and(between)
    };
    WORDS.iter().any(|word| bare.eq_ignore_ascii_case(word))
        || is_mask(bare)
        || TEMPLATES.iter().any(is_template)
        || bare.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).is_some_and(is_name_without_digits)
}

/// What is shown in place of a secret: `****`, `whsec_...`, `xxxx`.
fn is_mask(text: &str) -> bool {
    text.chars().count() >= 3 && text.chars().all(|c| matches!(c, '*' | '.' | 'x' | 'X' | '\u{2022}' | '\u{2026}'))
        || text == "\u{2026}"
}

fn anything(_: &str) -> bool {
    true
}

/// Words, with what joins them: `WEBHOOK_SECRET`, `your secret`, `webhook.secret`.
fn is_name(text: &str) -> bool {
    let text = text.trim_matches(' ');
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '))
}

/// In single braces stand GUIDs, too, which are chosen as secrets.
fn is_name_without_digits(text: &str) -> bool {
    is_name(text) && !text.contains(|c: char| c.is_ascii_digit())
}

/// `NAME` or `some_name`, as a shell has it behind a `$`: `$ecret` is a word in which somebody put one.
fn is_variable(text: &str) -> bool {
    let is_of = |first: fn(&char) -> bool| {
        text.chars().all(|c| first(&c) || c.is_ascii_digit() || c == '_') && text.chars().any(|c| first(&c))
    };
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins && (is_of(char::is_ascii_uppercase) || text.contains('_') && is_of(char::is_ascii_lowercase))
}

fn is_in_capitals(text: &str) -> bool {
    !text.contains(|c: char| c.is_ascii_lowercase()) && is_variable(text)
}

/// The text without what shells, editors and pasting leave around it: quotes, a byte order mark, spaces of any kind.
pub(crate) fn unwrapped(text: &str) -> &str {
    text.trim_matches(|c| is_invisible(c) || is_quote(c))
}

fn is_quote(c: char) -> bool {
    "\"'`\u{201c}\u{201d}\u{2018}\u{2019}".contains(c)
}

/// White space, and what takes no space at all: a byte order mark, what parts and joins words, what sets a direction.
fn is_invisible(c: char) -> bool {
    let is_zero_width =
        matches!(u32::from(c), 0xad | 0x180e | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff);
    c.is_whitespace() || c.is_control() || is_zero_width
}

/// Whether there is something around it that nobody sees, ASCII's white space excepted.
pub(super) fn has_invisible_around(text: &str) -> bool {
    text.trim_matches(is_invisible) != text.trim_ascii()
}

/// Whether there is more than ASCII's white space around it.
pub(crate) fn is_wrapped(text: &str) -> bool {
    unwrapped(text) != text.trim_ascii()
}

/// Whether there is nothing between what stands around a text: an unset variable, two quotes, the line end of an empty file.
pub(super) fn says_nothing(text: &str) -> bool {
    unwrapped(text).is_empty()
}
