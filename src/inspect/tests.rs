//! Inspectors by themselves: what they keep, and what they forget.

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;

use super::*;
use crate::{
    clock::Clock,
    model::{HeaderLines, InspectorId, Span, TenantKey, Timestamp},
};

const OWN: TenantKey = TenantKey(1);
const OTHER: TenantKey = TenantKey(2);
const PATIENCE: Span = Span::seconds(5);

fn clock() -> Clock {
    Clock::manual(Timestamp::from_millis(1_800_000_000_000))
}

fn id(number: u8) -> InspectorId {
    InspectorId::of([number; 16])
}

fn arrival(body: impl Into<Bytes>) -> Arrival {
    let body = body.into();
    Arrival {
        source: Source::Outside([203, 0, 113, 7].into()),
        method: "POST".into(),
        path: "/".into(),
        headers: HeaderLines::from_iter([("host", "inspect")]),
        size: body.len(),
        body,
    }
}

/// A request, of which the answer comes at once.
fn visit(inspectors: &Inspectors, to: InspectorId, body: impl Into<Bytes>) -> Option<Visited> {
    inspectors.visit(OWN, to, arrival(body), PATIENCE).now_or_never().expect("it is not slow")
}

fn made(bytes: usize) -> (Clock, Inspectors) {
    let clock = clock();
    let inspectors = Inspectors::new(clock.clone(), bytes);
    inspectors.make(OWN, id(1), AnsweringInput::default()).unwrap();
    (clock, inspectors)
}

fn bodies(inspectors: &Inspectors) -> Vec<String> {
    let all = inspectors.requests(OWN, id(1)).unwrap();
    all.iter().map(|one| String::from_utf8(one.body.to_vec()).unwrap()).collect()
}

#[test]
fn what_came_is_kept_newest_first_and_only_its_tenant_has_it() {
    let (_, inspectors) = made(1 << 20);
    for body in ["a", "b"] {
        assert!(matches!(visit(&inspectors, id(1), body), Some(Visited::Answer(_))));
    }
    assert_eq!(bodies(&inspectors), ["b", "a"]);
    assert!(visit(&inspectors, id(2), "c").is_none());
    let of_other = inspectors.visit(OTHER, id(1), arrival("c"), PATIENCE).now_or_never().unwrap();
    assert!(of_other.is_none() && inspectors.find(OTHER, id(1)).is_none() && !inspectors.has(OTHER, id(1)));
    assert!(inspectors.requests(OTHER, id(1)).is_none() && inspectors.empty(OTHER, id(1)).is_none());
    assert!(!inspectors.delete(OTHER, id(1)) && inspectors.list(OTHER).is_empty());
    assert!(inspectors.change(OTHER, id(1), AnsweringInput::default()).unwrap().is_none());
    assert_eq!((inspectors.owner(id(1)), bodies(&inspectors).len()), (Some(OWN), 2));
}

#[test]
fn the_hundred_and_first_request_takes_the_place_of_the_first() {
    let (_, inspectors) = made(1 << 20);
    for number in 0..103 {
        visit(&inspectors, id(1), number.to_string());
    }
    let shown = inspectors.find(OWN, id(1)).unwrap();
    assert_eq!((shown.requests, shown.forgotten), (100, 3));
    assert_eq!((bodies(&inspectors)[0].as_str(), bodies(&inspectors)[99].as_str()), ("102", "3"));
    inspectors.empty(OWN, id(1)).unwrap();
    let shown = inspectors.find(OWN, id(1)).unwrap();
    assert_eq!((shown.requests, shown.forgotten, shown.last_at), (0, 0, None));
    visit(&inspectors, id(1), "next");
    assert_eq!(inspectors.requests(OWN, id(1)).unwrap()[0].number, 104, "numbers are not given out twice");
}

#[test]
fn what_is_kept_is_bounded_by_request_and_by_tenant_and_given_back() {
    let (_, inspectors) = made(400_000);
    let empty = inspectors.bytes();
    visit(&inspectors, id(1), vec![b'x'; 100_000]);
    let first = inspectors.requests(OWN, id(1)).unwrap();
    assert_eq!((first[0].body.len(), first[0].size, first[0].is_cut), (64 << 10, 100_000, true));
    drop(first);
    for _ in 0..5 {
        visit(&inspectors, id(1), vec![b'y'; 100_000]);
    }
    let shown = inspectors.find(OWN, id(1)).unwrap();
    assert_eq!((shown.requests, shown.forgotten), (3, 3), "half of what there is");
    inspectors.make(OTHER, id(9), AnsweringInput::default()).unwrap();
    let to_other = inspectors.visit(OTHER, id(9), arrival(vec![b'z'; 60_000]), PATIENCE).now_or_never().unwrap();
    assert!(to_other.is_some() && inspectors.requests(OTHER, id(9)).unwrap()[0].body.len() == 60_000);
    // Whoever looks at it holds it.
    drop((to_other, shown));
    assert!(inspectors.delete(OTHER, id(9)));
    inspectors.empty(OWN, id(1)).unwrap();
    assert_eq!(inspectors.bytes(), empty);
    assert!(inspectors.delete(OWN, id(1)));
    assert_eq!(inspectors.bytes(), 0);
}

#[test]
fn where_there_is_no_memory_at_all_it_answers_all_the_same() {
    let (_, inspectors) = made(3_000);
    visit(&inspectors, id(1), vec![b'x'; 5_000]);
    let kept = inspectors.requests(OWN, id(1)).unwrap();
    assert_eq!((kept[0].body.len(), kept[0].is_cut), (0, true), "without its body");
    drop(kept);
    let long = Arrival { headers: HeaderLines::from_iter([("x", "y".repeat(5_000))]), ..arrival("z") };
    assert!(inspectors.visit(OWN, id(1), long, PATIENCE).now_or_never().unwrap().is_some());
    let shown = inspectors.find(OWN, id(1)).unwrap();
    assert_eq!((shown.requests, shown.forgotten), (0, 2));
}

#[test]
fn a_tenant_has_twenty_and_all_together_leave_some_for_others() {
    let inspectors = Inspectors::new(clock(), 64 << 20);
    let make = |tenant: i64, number: u64| {
        let id = InspectorId::of((u128::from(number) << 64 | tenant as u128).to_be_bytes());
        inspectors.make(TenantKey(tenant), id, AnsweringInput::default())
    };
    for number in 0..20 {
        make(1, number).unwrap();
    }
    assert_eq!(make(1, 20).unwrap_err(), NotMade::TooMany(20));
    for tenant in 2..206 {
        (0..20).for_each(|number| drop(make(tenant, number)));
    }
    assert!(make(1_000, 0).is_ok(), "a newcomer finds one");
}

#[test]
fn one_that_nobody_uses_for_a_day_is_forgotten_with_what_it_kept() {
    let (clock, inspectors) = made(1 << 20);
    visit(&inspectors, id(1), "a");
    let hour = Duration::from_secs(3600);
    clock.advance(23 * hour);
    let shown = inspectors.find(OWN, id(1)).unwrap();
    assert_eq!(shown.expires_at, clock.now() + 24 * hour, "to look at it is to use it");
    drop(shown);
    clock.advance(23 * hour);
    visit(&inspectors, id(1), "b");
    clock.advance(24 * hour - Duration::from_millis(1));
    assert_eq!(inspectors.list(OWN).len(), 1, "a list is no use of what is in it");
    clock.advance(Duration::from_millis(1));
    assert!(inspectors.list(OWN).is_empty() && inspectors.find(OWN, id(1)).is_none());
    assert!(visit(&inspectors, id(1), "c").is_none() && inspectors.owner(id(1)).is_none());
    clock.advance(Duration::from_secs(60));
    assert!(inspectors.list(OWN).is_empty());
    assert_eq!(inspectors.bytes(), 0, "its memory is given back within a minute");
}

#[test]
fn a_clock_that_is_set_back_or_forward_makes_none_older() {
    let (clock, inspectors) = made(1 << 20);
    clock.set(Timestamp::from_millis(1_900_000_000_000));
    assert!(inspectors.has(OWN, id(1)));
    clock.set(Timestamp::from_millis(1_700_000_000_000));
    clock.advance(Duration::from_secs(86_400));
    assert!(!inspectors.has(OWN, id(1)));
}

#[tokio::test]
async fn a_slow_one_answers_after_its_delay_or_is_given_up_on() {
    let (clock, inspectors) = made(1 << 20);
    let slow = |seconds| AnsweringInput { delay: Some(Span::seconds(seconds)), ..AnsweringInput::default() };
    inspectors.change(OWN, id(1), slow(3)).unwrap().unwrap();
    for (delay, takes, answers) in [(3, 3, true), (5, 5, true), (6, 5, false)] {
        inspectors.change(OWN, id(1), slow(delay)).unwrap().unwrap();
        let mut visiting = Box::pin(inspectors.visit(OWN, id(1), arrival("a"), PATIENCE));
        assert!(futures_util::poll!(&mut visiting).is_pending());
        assert!(inspectors.requests(OWN, id(1)).unwrap()[0].given.get().is_none(), "it is there before it is answered");
        clock.advance(Duration::from_secs(takes) - Duration::from_millis(1));
        assert!(futures_util::poll!(&mut visiting).is_pending());
        clock.advance(Duration::from_millis(1));
        let visited = visiting.await.unwrap();
        assert_eq!(matches!(visited, Visited::Answer(_)), answers, "{delay}");
        let given = inspectors.requests(OWN, id(1)).unwrap()[0].given.get().cloned();
        match given.unwrap() {
            Given::Answer(_, at) => assert!(answers && at == clock.now()),
            Given::GaveUp(after, _) => assert!(!answers && after == PATIENCE),
        }
    }
}

#[test]
fn what_was_answered_is_told_as_it_was_then() {
    let (_, inspectors) = made(1 << 20);
    visit(&inspectors, id(1), "a");
    let change = AnsweringInput { status: Some(503), ..AnsweringInput::default() };
    inspectors.change(OWN, id(1), change).unwrap().unwrap();
    visit(&inspectors, id(1), "b");
    let all = inspectors.requests(OWN, id(1)).unwrap();
    let statuses: Vec<u16> = all
        .iter()
        .map(|one| match one.given.get() {
            Some(Given::Answer(answering, _)) => answering.status.as_u16(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(statuses, [503, 200]);
}
