//! Two views without open choices, compared keyword by keyword.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Comparison, same::same_rules, words};
use crate::{
    view::{Bound, View, forbids, kind, same_value},
    walk,
};

/// Rules that are not taken apart, each with the kinds of values it is about.
const WHOLE: &[(&str, u8)] = &[
    ("not", kind::ALL),
    ("if", kind::ALL),
    ("then", kind::ALL),
    ("else", kind::ALL),
    ("contains", kind::ARRAY),
    ("minContains", kind::ARRAY),
    ("maxContains", kind::ARRAY),
    ("patternProperties", kind::OBJECT),
    ("propertyNames", kind::OBJECT),
    ("dependentRequired", kind::OBJECT),
    ("dependentSchemas", kind::OBJECT),
    ("dependencies", kind::OBJECT),
];

impl<'a> Comparison<'a, '_> {
    /// Neither view has a choice left.
    pub(crate) fn compare_facts(&mut self, old: &View<'a>, new: &View<'a>, at: &str) {
        if old.never {
            return self.breaks(at, "it was never there; now it can be");
        }
        let added = new.kinds() & !old.kinds();
        if added != 0 && !self.values_differ(old, new, at) {
            let (now, before) = (words::of_kinds(added), words::of_kinds(old.kinds()));
            return self.breaks(at, format!("it can now be {now}; it was always {before}"));
        }
        if added != 0 {
            return;
        }
        self.values_differ(old, new, at);
        self.compare_whole_rules(old, new, at);
        let kinds = new.kinds();
        if kinds & (kind::INTEGER | kind::FRACTION) != 0 {
            self.compare_numbers(old, new, at);
        }
        if kinds & kind::STRING != 0 {
            self.compare_strings(old, new, at);
        }
        if kinds & kind::ARRAY != 0 {
            self.compare_arrays(old, new, at);
        }
        if kinds & kind::OBJECT != 0 {
            self.compare_objects(old, new, at);
        }
    }

    /// Names values that are new; says whether there are some.
    fn values_differ(&mut self, old: &View<'a>, new: &View<'a>, at: &str) -> bool {
        let Some(before) = old.values() else { return false };
        match new.values() {
            Some(now) => {
                let is_new = |value: &&&Value| !before.iter().any(|other| same_value(value, other));
                let added: Vec<String> =
                    now.iter().filter(is_new).take(10).map(|value| words::of_value(value)).collect();
                if !added.is_empty() {
                    self.breaks(at, format!("it can now be {}, which it could not be before", added.join(", ")));
                }
                !added.is_empty()
            }
            None => {
                let before: Vec<String> = before.iter().take(10).map(|value| words::of_value(value)).collect();
                self.breaks(at, format!("it was one of {}; now it can be something else", before.join(", ")));
                true
            }
        }
    }

    fn compare_whole_rules(&mut self, old: &View<'a>, new: &View<'a>, at: &str) {
        for (keyword, _) in WHOLE.iter().filter(|(_, about)| new.kinds() & about != 0) {
            let stayed = |rule: &Value| new.all(keyword).any(|other| same_rules((self.old, rule), (self.new, other)));
            if !old.all(keyword).all(stayed) {
                self.breaks(at, format!("`{keyword}` was changed; what it ruled out before may be possible now"));
            }
        }
    }

    fn compare_numbers(&mut self, old: &View<'a>, new: &View<'a>, at: &str) {
        if let Some(before) = old.lower()
            && new.lower().is_none_or(|now| now.at < before.at || (now.at == before.at && before.open && !now.open))
        {
            self.loosens(at, format!("it was always {} {}; now it can be less", at_least(before), before.at));
        }
        if let Some(before) = old.upper()
            && new.upper().is_none_or(|now| now.at > before.at || (now.at == before.at && before.open && !now.open))
        {
            self.loosens(at, format!("it was always {} {}; now it can be more", at_most(before), before.at));
        }
        let steps: Vec<f64> = new.all("multipleOf").filter_map(Value::as_f64).collect();
        for before in old.all("multipleOf").filter_map(Value::as_f64) {
            if !steps.iter().any(|step| *step == before || (step / before).fract() == 0.0) {
                self.loosens(at, format!("it was always a multiple of {before}; now it need not be"));
            }
        }
    }

    fn compare_strings(&mut self, old: &View<'a>, new: &View<'a>, at: &str) {
        for keyword in ["format", "contentEncoding", "contentMediaType"] {
            let now = new.texts(keyword);
            for before in old.texts(keyword).difference(&now) {
                let now = now.first().map_or("anything".into(), |now| format!("`{}`", walk::shown(now)));
                self.breaks(at, format!("its {keyword} was `{}`; now it is {now}", walk::shown(before)));
            }
        }
        for before in old.texts("pattern").difference(&new.texts("pattern")) {
            self.breaks(at, format!("it always matched `{}`; now it need not", walk::shown(before)));
        }
        let lengths: Option<Vec<u64>> = new.values().map(|values| {
            values.iter().filter_map(|value| value.as_str()).map(|text| text.chars().count() as u64).collect()
        });
        let shortest = lengths.as_ref().and_then(|lengths| lengths.iter().min()).copied();
        let longest = lengths.as_ref().and_then(|lengths| lengths.iter().max()).copied();
        self.compare_counts((old, new), at, ("minLength", shortest), ("maxLength", longest), "characters");
    }

    fn compare_counts(
        &mut self,
        (old, new): (&View<'a>, &View<'a>),
        at: &str,
        least: (&str, Option<u64>),
        most: (&str, Option<u64>),
        unit: &str,
    ) {
        let before = old.at_least(least.0);
        if before > least.1.unwrap_or(0).max(new.at_least(least.0)) {
            self.loosens(at, format!("it always had at least {before} {unit}; now it can have fewer"));
        }
        let now = [most.1, new.at_most(most.0)].into_iter().flatten().min();
        if let Some(before) = old.at_most(most.0).filter(|before| now.is_none_or(|now| now > *before)) {
            self.loosens(at, format!("it never had more than {before} {unit}; now it can have more"));
        }
    }

    fn compare_arrays(&mut self, old: &View<'a>, new: &View<'a>, at: &str) {
        self.compare_counts((old, new), at, ("minItems", None), ("maxItems", None), "items");
        if old.is_on("uniqueItems") && !new.is_on("uniqueItems") {
            self.loosens(at, "no item was there twice; now one can be");
        }
        let leading = old.leading_items().max(new.leading_items());
        for place in 0..leading {
            if new.at_most("maxItems").is_some_and(|most| most <= place as u64) {
                return;
            }
            self.compare_parts((old, &old.item(place)), (new, &new.item(place)), &format!("{at}/{place}"));
        }
        self.compare_parts((old, &old.item(leading)), (new, &new.item(leading)), &format!("{at}/*"));
    }

    fn compare_objects(&mut self, old: &View<'a>, new: &View<'a>, at: &str) {
        self.compare_counts((old, new), at, ("minProperties", None), ("maxProperties", None), "fields");
        let (known_before, known_now) = (old.names(), new.names());
        let (always_before, always_now) = (old.required(), new.required());
        let names: BTreeSet<&str> =
            known_before.iter().chain(&known_now).chain(&always_before).chain(&always_now).copied().collect();
        for name in names {
            let place = format!("{at}/{}", walk::escaped(name));
            let (before, now) = (old.field(name, true), new.field(name, false));
            let (impossible_before, impossible_now) = (forbids(&before), forbids(&now));
            let stays = always_now.contains(name);
            let gone = impossible_now || (known_before.contains(name) && !known_now.contains(name) && !stays);
            if gone {
                if !impossible_before && (known_before.contains(name) || always_before.contains(name)) {
                    self.breaks(&place, "the field is gone");
                }
                continue;
            }
            if always_before.contains(name) && !stays {
                self.breaks(&place, "the field was always there; now it can be missing");
            }
            if impossible_before {
                self.breaks(&place, "the field is new, and the old version promised that there are no others");
            } else {
                self.compare_parts((old, &before), (new, &now), &place);
            }
        }
        let (others_before, others_now) = (old.other_fields(), new.other_fields());
        if forbids(&others_before) && !forbids(&others_now) {
            self.breaks(at, "other fields can be there now, and the old version promised that there are none");
        } else if !forbids(&others_now) {
            self.compare_parts((old, &others_before), (new, &others_now), &format!("{at}/*"));
        }
    }

    fn compare_parts(&mut self, old: (&View<'a>, &[&'a Value]), new: (&View<'a>, &[&'a Value]), at: &str) {
        if old.1.is_empty() {
            return;
        }
        self.compare(&old.0.inner(old.1), &new.0.inner(new.1), at);
    }
}

fn at_least(bound: Bound) -> &'static str {
    if bound.open { "more than" } else { "at least" }
}

fn at_most(bound: Bound) -> &'static str {
    if bound.open { "less than" } else { "at most" }
}
