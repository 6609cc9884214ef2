//! What must hold of everything that was received, whatever was killed in between. It knows nothing of how it came about.

use std::collections::{BTreeMap, BTreeSet};

/// An event: a key, and the how manieth of this key it is. Each key's events are published one after another, from 0 on.
pub type Event = (String, u32);

/// A request that a receiver got.
#[derive(Clone, Debug)]
pub struct Reception {
    /// Whose: a webhook by its name.
    pub webhook: &'static str,
    /// What it carried, in order.
    pub events: Vec<Event>,
    /// Whether it was answered well.
    pub accepted: bool,
}

/// What a webhook was to get.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    pub name: &'static str,
    /// Whether the events of a key come in their order.
    pub ordered: bool,
    /// Which key's events it gets, if not all.
    pub key: Option<&'static str>,
    /// Whether its receiver takes anything.
    pub takes: bool,
}

/// A promise that was not kept.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Broken {
    /// It was acknowledged, and never came, or never came where it was taken.
    Lost(&'static str, Event),
    /// It came although one before it of its key had not been taken yet.
    Overtook(&'static str, Event),
    /// It is said to have been delivered, and was never taken.
    NeverTaken(&'static str, Event),
    /// It is said to have failed, and its receiver takes everything in the end.
    GivenUp(&'static str, Event),
}

/// What the API says in the end.
#[derive(Default, Debug)]
pub struct Shown {
    pub delivered: Vec<(&'static str, Event)>,
    pub failed: Vec<(&'static str, Event)>,
}

/// Compares what was received with what was acknowledged and with what is shown.
pub fn broken(webhooks: &[Expected], acknowledged: &[Event], received: &[Reception], shown: &Shown) -> Vec<Broken> {
    let mut broken = BTreeSet::new();
    for webhook in webhooks {
        let name = webhook.name;
        let mut history = History::default();
        for reception in received.iter().filter(|reception| reception.webhook == name) {
            broken.extend(history.goes_on(webhook, reception));
        }
        let wanted = acknowledged.iter().filter(|(key, _)| webhook.key.is_none_or(|only| only == key));
        let has = if webhook.takes { &history.taken } else { &history.seen };
        broken.extend(wanted.filter(|event| !has.contains(event)).map(|event| Broken::Lost(name, event.clone())));
        let of_it =
            |all: &[(&str, Event)]| all.iter().filter(|(of, _)| *of == name).map(|(_, event)| event.clone()).collect();
        let (delivered, failed): (Vec<Event>, Vec<Event>) = (of_it(&shown.delivered), of_it(&shown.failed));
        let never = delivered.into_iter().filter(|event| !history.taken.contains(event));
        broken.extend(never.map(|event| Broken::NeverTaken(name, event)));
        if webhook.takes {
            broken.extend(failed.into_iter().map(|event| Broken::GivenUp(name, event)));
        }
    }
    broken.into_iter().collect()
}

/// What a webhook has got so far.
#[derive(Default)]
struct History {
    seen: BTreeSet<Event>,
    taken: BTreeSet<Event>,
    /// How many of each key were taken without a gap.
    complete: BTreeMap<String, u32>,
}

impl History {
    fn goes_on(&mut self, webhook: &Expected, reception: &Reception) -> Vec<Broken> {
        let mut broken = Vec::new();
        let mut in_it = BTreeMap::new();
        for (key, number) in &reception.events {
            let before = in_it.entry(key).or_insert_with(|| self.complete.get(key).copied().unwrap_or_default());
            if webhook.ordered && number > before {
                broken.push(Broken::Overtook(webhook.name, (key.clone(), *number)));
            }
            // What is before it in the same request goes before it.
            *before = (*before).max(number + 1);
        }
        self.seen.extend(reception.events.iter().cloned());
        if reception.accepted {
            self.taken.extend(reception.events.iter().cloned());
            for (key, _) in &reception.events {
                let complete = self.complete.entry(key.clone()).or_default();
                while self.taken.contains(&(key.clone(), *complete)) {
                    *complete += 1;
                }
            }
        }
        broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDERED: Expected = Expected { name: "ordered", ordered: true, key: None, takes: true };
    const LOOSE: Expected = Expected { name: "loose", ordered: false, key: Some("a"), takes: true };
    const DEAF: Expected = Expected { name: "deaf", ordered: false, key: None, takes: false };

    fn event(key: &str, number: u32) -> Event {
        (key.to_owned(), number)
    }

    fn reception(webhook: &'static str, accepted: bool, events: &[(&str, u32)]) -> Reception {
        let events = events.iter().map(|&(key, number)| event(key, number)).collect();
        Reception { webhook, events, accepted }
    }

    /// A world in which all is well, with what may happen in it: failures, repetitions, batches.
    fn world() -> (Vec<Event>, Vec<Reception>, Shown) {
        let acknowledged = vec![event("a", 0), event("b", 0), event("a", 1), event("a", 2)];
        let received = vec![
            reception("ordered", false, &[("a", 0)]),
            reception("loose", true, &[("a", 1)]),
            reception("deaf", false, &[("a", 0), ("b", 0), ("a", 1), ("a", 2)]),
            reception("ordered", true, &[("b", 0), ("a", 0), ("a", 1)]),
            // After a kill it repeats what it had not written down.
            reception("ordered", true, &[("a", 0), ("a", 1)]),
            reception("ordered", true, &[("a", 2)]),
            reception("loose", true, &[("a", 2), ("a", 0)]),
        ];
        let of = |name, events: &[Event]| events.iter().map(|event| (name, event.clone())).collect::<Vec<_>>();
        let of_a = [event("a", 0), event("a", 1), event("a", 2)];
        let delivered = [of("ordered", &acknowledged), of("loose", &of_a)].concat();
        let shown = Shown { delivered, failed: of("deaf", &acknowledged) };
        (acknowledged, received, shown)
    }

    fn found(change: impl FnOnce(&mut Vec<Event>, &mut Vec<Reception>, &mut Shown)) -> Vec<Broken> {
        let (mut acknowledged, mut received, mut shown) = world();
        change(&mut acknowledged, &mut received, &mut shown);
        broken(&[ORDERED, LOOSE, DEAF], &acknowledged, &received, &shown)
    }

    #[test]
    fn where_all_is_well_it_finds_nothing() {
        assert_eq!(found(|_, _, _| {}), []);
    }

    #[test]
    fn it_finds_what_never_came() {
        assert_eq!(
            found(|acknowledged, _, _| acknowledged.push(event("b", 1))),
            [Broken::Lost("deaf", event("b", 1)), Broken::Lost("ordered", event("b", 1))]
        );
        let refused = found(|_, received, shown| {
            received[6].accepted = false;
            shown.delivered.retain(|(of, event)| *of != "loose" || event.1 == 1);
        });
        assert_eq!(refused, [Broken::Lost("loose", event("a", 0)), Broken::Lost("loose", event("a", 2))]);
        assert_eq!(found(|_, received, _| received[2].events.truncate(3)), [Broken::Lost("deaf", event("a", 2))]);
    }

    #[test]
    fn it_finds_what_came_too_early() {
        let swapped = found(|_, received, _| received.swap(3, 5));
        assert_eq!(swapped, [Broken::Overtook("ordered", event("a", 2))]);
        let within = found(|_, received, _| received[3].events.swap(1, 2));
        assert_eq!(within, [Broken::Overtook("ordered", event("a", 1))]);
        // It was refused when it came before, so the next is too early.
        let refused = found(|_, received, _| {
            received[3].accepted = false;
            received.remove(4);
            received.push(reception("ordered", true, &[("b", 0), ("a", 0), ("a", 1)]));
        });
        assert_eq!(refused, [Broken::Overtook("ordered", event("a", 2))]);
    }

    #[test]
    fn it_finds_what_is_shown_and_did_not_happen() {
        let never = found(|_, _, shown| shown.delivered.push(("deaf", event("a", 0))));
        assert_eq!(never, [Broken::NeverTaken("deaf", event("a", 0))]);
        let given_up = found(|_, _, shown| shown.failed.push(("loose", event("a", 0))));
        assert_eq!(given_up, [Broken::GivenUp("loose", event("a", 0))]);
    }
}
