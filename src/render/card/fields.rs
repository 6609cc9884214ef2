//! What an event says beside its headline and text: its members enter, names and values for people leave. All of them, for
//! those who look for a cause; and the few that say something new, for a message that is read at a glance.

use std::collections::BTreeSet;

use lanehook_template::Decimal;
use serde_json::{Map, Value, json};

use super::{
    link::link,
    severity,
    told::Told,
    values::{self, Beside, Measure, cleaned, one_line, shortened},
    words::{capitalised, label, words},
};
use crate::catalogue::{Meaning, Meanings};

/// What people take in at a glance.
const MOST_FIELDS: usize = 6;
/// With so many that are asked for, the others are left out.
const FEW_FIELDS: usize = 4;
/// The rank of a calendar date: what an event is about, such as a payment or a report, happens on it.
const DATES: usize = 90;
/// The rank of what has none of its own.
const OTHERS: usize = 100;
/// The rank from which on people hardly ask.
const LITTLE_ASKED: usize = 200;
const MOST_DETAILS: usize = 25;
const LONGEST_NAME: usize = 80;
const LONGEST_VALUE: usize = 1_024;
/// A value that fits beside another one.
const SHORT: usize = 40;
/// So many members are looked at, however many there are; of an object within the data, so many.
const MOST_LOOKED_AT: usize = 100;
const MOST_LOOKED_AT_INSIDE: usize = 12;
/// Of what is nested: members of an object, objects of a list, items of a list.
const MOST_PARTS: usize = 5;
const MOST_LINES: usize = 3;
const MOST_ITEMS: usize = 10;

/// What readers look for first; what is in neither list comes between them, by name.
const FIRST: [&str; 27] = [
    "symbol",
    "ticker",
    "asset",
    "name",
    "company",
    "price",
    "current_price",
    "change",
    "change_percent",
    "previous_price",
    "condition",
    "target",
    "target_price",
    "threshold",
    "value",
    "previous_value",
    "amount",
    "quantity",
    "side",
    "status",
    "state",
    "error",
    "reason",
    "actual",
    "expected",
    "instance",
    "environment",
];
/// What they know, or do not ask for.
const LAST: [&str; 13] = [
    "exchange",
    "sector",
    "asset_class",
    "isin",
    "country",
    "language",
    "timezone",
    "locale",
    "category",
    "source",
    "version",
    "visibility",
    "provider",
];
/// What shows in other ways: as colour, with the money, below the message.
const SHOWN_OTHERWISE: [&str; 6] = ["currency", "currency_code", "resolved", "color", "emoji", "timestamp"];
/// What an item of a list is called by.
const SUBJECTS: [&str; 6] = ["symbol", "ticker", "name", "title", "asset", "label"];
/// What an object says in a sentence.
const SENTENCES: [&str; 4] = ["message", "description", "text", "reason"];
/// Words before the name of something of which there is more than one: it comes behind the thing itself.
const QUALIFIERS: [&str; 10] =
    ["average", "estimated", "expected", "last", "max", "min", "old", "previous", "remaining", "total"];

/// The members that have a part of their own in the card.
#[derive(Default)]
pub struct Taken(BTreeSet<&'static str>);

impl Taken {
    /// The first of these members that is a text. It is shown again as a field only if it had to be cut.
    pub fn take(&mut self, members: &Map<String, Value>, names: &[&'static str], longest: usize) -> Option<String> {
        for name in names {
            if let Some(Value::String(text)) = members.get(*name)
                && !text.trim().is_empty()
            {
                if text.trim().chars().take(longest + 1).count() <= longest {
                    self.0.insert(name);
                }
                return Some(cleaned(text, longest));
            }
        }
        None
    }

    /// The first of these members that is a link.
    pub fn link(&mut self, members: &Map<String, Value>, names: &[&'static str]) -> Option<String> {
        for name in names {
            if let Some(link) = members.get(*name).and_then(Value::as_str).and_then(link) {
                self.0.insert(name);
                return Some(link);
            }
        }
        None
    }
}

/// A member with its name and value for people.
struct Member<'d> {
    name: &'d str,
    label: String,
    value: String,
    /// Its number, if it is one.
    number: Option<Decimal>,
    is_id: bool,
    is_time: bool,
    is_date: bool,
}

/// Names and values for people: `{name, value, short}`.
pub struct Fields {
    /// At most six that say something new.
    pub few: Vec<Value>,
    /// All of them, at most 25.
    pub all: Vec<Value>,
}

/// The fields of a card. `told` is what its headline and text say; `is_titled`: the headline was written by somebody, who
/// will have said what it is about.
pub fn of(data: &Value, meanings: &Meanings, taken: &Taken, told: &Told, is_titled: bool) -> Fields {
    let mut members = match data {
        Value::Object(members) => members_of(members, meanings, taken),
        Value::Array(items) => list("Items", items, &Beside::default()).into_iter().collect(),
        // A single value is the card's text.
        _ => Vec::new(),
    };
    members.sort_by_cached_key(|member| (rank(member), order(member.name)));
    let news: Vec<&Member> = members.iter().filter(|member| is_news(member, told, is_titled)).collect();
    // What people hardly ask for fills up a message that has little else.
    let asked = news.iter().filter(|member| rank(member) < LITTLE_ASKED).count();
    let few = news.into_iter().take(if asked < FEW_FIELDS { FEW_FIELDS } else { asked.min(MOST_FIELDS) });
    Fields { few: written(few), all: written(members.iter().take(MOST_DETAILS)) }
}

fn rank(member: &Member) -> usize {
    let first = FIRST.iter().position(|first| *first == member.name);
    match member {
        _ if first.is_some() => first.unwrap_or_default(),
        member if member.is_id => LITTLE_ASKED + 2,
        member if member.is_time => LITTLE_ASKED,
        member if LAST.contains(&member.name) => LITTLE_ASKED + 1,
        member if member.is_date => DATES,
        _ => OTHERS,
    }
}

/// `volume`, then `average_volume`, then `volume_ratio`.
fn order(name: &str) -> (Vec<String>, bool) {
    let mut words = words(name);
    let is_qualified = words.len() > 1 && QUALIFIERS.contains(&words[0].as_str());
    if is_qualified {
        words.remove(0);
    }
    (words, is_qualified)
}

fn is_news(member: &Member, told: &Told, is_titled: bool) -> bool {
    let is_shown = SHOWN_OTHERWISE.contains(&member.name) || severity::is_said_by(member.name);
    let is_told = match &member.number {
        Some(number) => told.number(number),
        None => told.text(&member.value),
    };
    !(is_shown || is_told || member.is_id && is_titled)
}

fn members_of<'d>(members: &'d Map<String, Value>, meanings: &Meanings, taken: &Taken) -> Vec<Member<'d>> {
    let beside = Beside::of(members, &Beside::known(meanings));
    let rest = members.iter().filter(|(name, _)| !taken.0.contains(name.as_str()));
    let known = |(name, value): (&'d String, &'d Value)| member(name, value, members, &beside, meanings.member(name));
    rest.take(MOST_LOOKED_AT).filter_map(known).collect()
}

/// A member and its change in per cent, which has no field of its own, nor has the unit of others.
fn member<'d>(
    name: &'d str,
    value: &'d Value,
    all: &'d Map<String, Value>,
    beside: &Beside,
    meaning: Option<&Meaning>,
) -> Option<Member<'d>> {
    let whole = |name: &str| name.strip_suffix("_percent").or_else(|| name.strip_suffix("Percent")).map(str::to_owned);
    let is_of_whole =
        whole(name).is_some_and(|name| all.get(&name).is_some_and(|value| values::number(value).is_some()));
    if is_of_whole || beside.is_unit(name) {
        return None;
    }
    let mut member = match value {
        Value::Object(members) => folded(name, members, beside),
        Value::Array(items) => list(name, items, beside),
        value => simple(name, value, beside, meaning),
    }?;
    if let Some(title) = meaning.and_then(|meaning| meaning.title.as_deref()) {
        member.label = cleaned(title, LONGEST_NAME);
    }
    let percent = [format!("{name}_percent"), format!("{name}Percent")].iter().find_map(|name| all.get(name));
    if let (Some(percent), Some(_)) = (percent.and_then(values::number), &member.number) {
        member.value = format!("{} ({})", member.value, values::percent(&percent, true));
    }
    Some(member)
}

fn simple<'d>(name: &'d str, value: &Value, beside: &Beside, meaning: Option<&Meaning>) -> Option<Member<'d>> {
    let (words, beside) = (words(name), &beside.of_member(meaning));
    let (guessed, silent) = Measure::of(&words, beside);
    let measure = meaning.and_then(|meaning| Measure::known(&words, meaning)).unwrap_or(guessed);
    let is_last = |word: &str| words.last().is_some_and(|last| last == word);
    let is_id = is_id(&words);
    Some(Member {
        name,
        label: label(&words[..words.len().saturating_sub(silent)]),
        value: shown(value, &measure, beside, is_id || is_last("name"))?,
        number: values::number(value),
        is_id,
        is_time: matches!(measure, Measure::Time) || is_last("on"),
        is_date: is_last("date"),
    })
}

/// As people read it; what is a name for something stays as it is written.
fn shown(value: &Value, measure: &Measure, beside: &Beside, is_name: bool) -> Option<String> {
    match value {
        Value::String(text) if is_name => Some(cleaned(text, LONGEST_VALUE)).filter(|text| !text.is_empty()),
        value => values::shown(value, measure, beside, LONGEST_VALUE),
    }
}

/// A text or number by itself, with what its neighbours say of it: its name and value for people. Nothing of what is shown in
/// other ways.
pub fn simple_of(name: &str, value: &Value, members: &Map<String, Value>) -> Option<(String, String)> {
    if value.is_object() || value.is_array() || SHOWN_OTHERWISE.contains(&name) {
        return None;
    }
    let beside = Beside::of(members, &Beside::default());
    member(name, value, members, &beside, None).map(|member| (member.label, member.value))
}

/// An id, or somebody's.
fn is_id(words: &[String]) -> bool {
    words
        .last()
        .is_some_and(|last| matches!(last.as_str(), "id" | "ids" | "by" | "uuid" | "key" | "fingerprint" | "token"))
}

fn nested<'d>(name: &'d str, value: String) -> Option<Member<'d>> {
    let value = shortened(value.trim(), LONGEST_VALUE);
    let words = words(name);
    let is_id = is_id(&words);
    let (number, is_time, is_date) = (None, false, false);
    (!value.is_empty()).then(|| Member { name, label: label(&words), value, number, is_id, is_time, is_date })
}

/// An object on one line: "commit 9f3c2ab, OS linux".
fn folded<'d>(name: &'d str, members: &Map<String, Value>, around: &Beside) -> Option<Member<'d>> {
    nested(name, capitalised(&line(members, around)).unwrap_or_default())
}

/// Texts and numbers side by side, objects on a line each.
fn list<'d>(name: &'d str, items: &[Value], around: &Beside) -> Option<Member<'d>> {
    let words = words(name);
    let ((measure, _), is_id) = (Measure::of(&words, around), is_id(&words));
    let some_nested = items.iter().take(MOST_ITEMS).any(|item| item.is_object() || item.is_array());
    let (most, between) = if some_nested { (MOST_LINES, "\n") } else { (MOST_ITEMS, ", ") };
    let mut parts: Vec<String> = items
        .iter()
        .take(most)
        .map(|item| match item {
            Value::Object(members) => line(members, around),
            Value::Array(items) => format!("{} items", items.len()),
            value => shown(value, &measure, around, is_id).unwrap_or_default(),
        })
        .filter(|part| !part.is_empty())
        .collect();
    if items.len() > most && !parts.is_empty() {
        parts.push(format!("and {} more", items.len() - most));
    }
    nested(name, parts.join(between))
}

/// Two members that say one thing: "1 → 10", and "user usr_1042".
fn pair(members: &Map<String, Value>, around: &Beside) -> Option<String> {
    let written = |name: &str| {
        let member = simple(name, members.get(name)?, around, None)?;
        Some(one_line(&member.value, SHORT * 2))
    };
    if members.len() != 2 {
        return None;
    }
    let change = || Some(format!("{} → {}", written("from")?, written("to")?));
    change().or_else(|| Some(format!("{} {}", written("type").or_else(|| written("kind"))?, written("id")?)))
}

/// "AAPL: condition above, price $231.45": what it is called by, and its first members that are no ids. With a sentence that says
/// what there is: "Counts differ (kind assertion)".
fn line(members: &Map<String, Value>, around: &Beside) -> String {
    if let Some(pair) = pair(members, around) {
        return pair;
    }
    let beside = Beside::of(members, around);
    let subject = SUBJECTS.iter().find(|name| members.get(**name).is_some_and(Value::is_string)).copied();
    let called =
        |name: &str| simple(name, members.get(name)?, &beside, None).map(|member| one_line(&member.value, SHORT * 2));
    let is_sentence = |name: &&&str| members.get(**name).and_then(Value::as_str).is_some_and(|text| text.contains(' '));
    let sentence = SENTENCES.iter().find(is_sentence).copied().filter(|_| subject.is_none());
    let parts = parts(members, &beside, [subject, sentence]);
    if let Some(sentence) = sentence.and_then(|name| members.get(name)?.as_str()) {
        let sentence = one_line(&cleaned(sentence, LONGEST_VALUE), LONGEST_VALUE / 2);
        return if parts.is_empty() { sentence } else { format!("{sentence} ({})", parts.join(", ")) };
    }
    match subject.and_then(called) {
        Some(subject) if parts.is_empty() => subject,
        Some(subject) => format!("{subject}: {}", parts.join(", ")),
        // Too deep for a line.
        None if parts.is_empty() && !members.is_empty() => label(members.keys().take(MOST_PARTS)).to_lowercase(),
        None => parts.join(", "),
    }
}

/// "condition above": the first members that are no ids, but for what is told already.
fn parts(members: &Map<String, Value>, beside: &Beside, told: [Option<&str>; 2]) -> Vec<String> {
    let mut rest: Vec<Member> = members
        .iter()
        .take(MOST_LOOKED_AT_INSIDE)
        .filter(|(name, _)| !SHOWN_OTHERWISE.contains(&name.as_str()) && !told.contains(&Some(name.as_str())))
        .filter(|(_, value)| !value.is_object() && !value.is_array())
        .filter_map(|(name, value)| member(name, value, members, beside, None))
        .collect();
    rest.sort_by_key(rank);
    let is_aside = |member: &Member| member.is_id || member.is_time || member.is_date;
    let is_named = told.iter().any(Option::is_some) || !rest.iter().all(is_aside);
    rest.iter()
        .filter(|member| !(is_named && is_aside(member)))
        .take(MOST_PARTS)
        .map(|member| format!("{} {}", uncapitalised(&member.label), one_line(&member.value, SHORT * 2)))
        .collect()
}

/// "Price" is "price", "ID" stays.
fn uncapitalised(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), second) if second.is_none_or(|c| !c.is_uppercase()) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => label.into(),
    }
}

/// Platforms that take an object of fields need different names.
fn written<'m, 'd: 'm>(members: impl Iterator<Item = &'m Member<'d>>) -> Vec<Value> {
    let mut names = BTreeSet::new();
    let mut fields = Vec::new();
    for Member { label, value, .. } in members {
        let label = shortened(label.trim(), LONGEST_NAME);
        let mut free = label.clone();
        for count in 2..=MOST_DETAILS + 1 {
            if !names.contains(&free) {
                break;
            }
            free = format!("{} {count}", shortened(&label, LONGEST_NAME - 3));
        }
        names.insert(free.clone());
        let short = !value.contains('\n') && value.chars().count() <= SHORT;
        fields.push(json!({"name": free, "value": value, "short": short}));
    }
    fields
}
