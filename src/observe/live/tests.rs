use std::time::Duration;

use futures_util::FutureExt as _;

use super::*;
use crate::model::{EventKey, EventType, Timestamp};

const ONE: TenantKey = TenantKey(1);
const OTHER: TenantKey = TenantKey(2);
const NOW: Duration = Duration::from_secs(1_000);

fn live(held: usize, readers: usize) -> Live {
    Live::of(77, Limits { held, readers })
}

fn serial(number: i64) -> Serial {
    Serial::nth(number)
}

/// An event of this tenant with this serial.
fn happened(tenant: TenantKey, number: i64) -> (Option<Serial>, Happening) {
    let what = What::Event(EventTold {
        key: EventKey(serial(number)),
        caller_id: None,
        event_type: EventType::parse("test.event").unwrap(),
        deliveries: 0,
    });
    (Some(serial(number)), Happening { tenant, at: Timestamp::from_millis(number), what })
}

fn tell(live: &Live, tenant: TenantKey, numbers: impl IntoIterator<Item = i64>) {
    live.tell(NOW, numbers.into_iter().map(|number| happened(tenant, number)).collect());
}

/// What it was too slow for, and the numbers of what it has taken.
fn taken(reader: &mut LiveReader) -> (u64, Vec<i64>) {
    let Taken { missed, items } = reader.take(usize::MAX);
    (missed, items.iter().map(|item| item.told.happening.at.millis()).collect())
}

#[test]
fn a_reader_is_told_what_happens_to_its_tenant_from_then_on() {
    let live = live(100, 8);
    assert_eq!(live.watched(), None);
    tell(&live, ONE, [1]);
    let mut reader = live.read(ONE, serial(1)).unwrap();
    let mut all = live.read(TenantKey::ALL, serial(1)).unwrap();
    assert!(live.watched().unwrap().has(OTHER), "since somebody watches all");
    tell(&live, ONE, [2, 3]);
    tell(&live, OTHER, [4]);
    assert_eq!((taken(&mut reader), taken(&mut all)), ((0, vec![2, 3]), (0, vec![2, 3, 4])));
    assert_eq!((taken(&mut reader), reader.place().upto), ((0, vec![]), serial(3)));
    drop(all);
    assert_eq!(live.readers(), 1);
}

#[test]
fn who_is_slow_is_told_how_much_of_its_own_it_missed() {
    let live = live(8, 8);
    let (mut slow, mut quick) = (live.read(ONE, serial(0)).unwrap(), live.read(OTHER, serial(0)).unwrap());
    for number in 1..=20 {
        tell(&live, ONE, [number]);
        tell(&live, OTHER, [100 + number]);
        assert_eq!(taken(&mut quick), (0, vec![100 + number]));
    }
    let (missed, got) = taken(&mut slow);
    assert_eq!((missed + got.len() as u64, *got.last().unwrap()), (20, 20), "and none of others is counted");
    assert!((1..=4).contains(&got.len()), "a tenant takes no more of the room than it leaves: {got:?}");
    assert_eq!(taken(&mut slow), (0, vec![]));
}

#[test]
fn without_any_room_everything_is_missed_and_counted() {
    let live = live(0, 8);
    let mut reader = live.read(ONE, serial(0)).unwrap();
    tell(&live, ONE, [1, 2, 3]);
    assert_eq!((taken(&mut reader), taken(&mut reader)), ((3, vec![]), (0, vec![])));
}

#[test]
fn who_comes_back_goes_on_where_it_was() {
    let live = live(100, 8);
    let mut reader = live.read(ONE, serial(0)).unwrap();
    tell(&live, ONE, [1, 2]);
    reader.take(1);
    let place = LivePlace::parse(&reader.place().to_string()).unwrap();
    assert_eq!(place, reader.place());
    drop(reader);
    tell(&live, ONE, [3]);
    let mut back = live.read(ONE, serial(3)).unwrap();
    assert!(back.goes_back_to(&place));
    assert_eq!(taken(&mut back), (0, vec![2, 3]));
    // Not to a place of another tenant's, of another server's, or of no log.
    let mut other = live.read(OTHER, serial(3)).unwrap();
    assert!(!other.goes_back_to(&place) && !back.goes_back_to(&LivePlace { log: 1, ..place }));
    assert!(!back.goes_back_to(&LivePlace::upto(serial(3))));
    assert!(!back.goes_back_to(&LivePlace { number: 99, ..place }), "which is not yet");
}

#[test]
fn nothing_is_gathered_long_after_the_last_reader_has_gone() {
    let live = live(100, 8);
    let reader = live.read(ONE, serial(0)).unwrap();
    let place = reader.place();
    drop(reader);
    let tell_at = |seconds: u64| live.tell(Duration::from_secs(seconds), vec![happened(ONE, seconds as i64)]);
    tell_at(1_000);
    tell_at(1_299);
    assert!(live.watched().is_some(), "it may come back");
    tell_at(1_310);
    assert_eq!((live.watched(), live.locked().held), (None, 0));
    let mut back = live.read(ONE, serial(0)).unwrap();
    assert!(!back.goes_back_to(&place), "what was meanwhile was not gathered");
}

#[test]
fn readers_are_bounded_and_leave_places_for_those_of_others() {
    let live = live(100, 8);
    let own: Vec<LiveReader> = std::iter::from_fn(|| live.read(ONE, serial(0)).ok()).collect();
    assert_eq!(own.len(), 4);
    assert_eq!(live.read(ONE, serial(0)).unwrap_err(), TooManyReaders { of_tenant: true });
    let others: Vec<LiveReader> = (2..99).map_while(|tenant| live.read(TenantKey(tenant), serial(0)).ok()).collect();
    assert_eq!(others.len(), 4);
    assert_eq!(live.read(TenantKey(99), serial(0)).unwrap_err(), TooManyReaders { of_tenant: false });
    drop(own);
    assert!(live.read(ONE, serial(0)).is_ok());
}

#[test]
fn who_waits_wakes_when_something_happens_and_when_all_ends() {
    let live = live(100, 8);
    let mut reader = live.read(ONE, serial(0)).unwrap();
    assert!(reader.wakes().now_or_never().is_none());
    tell(&live, OTHER, [1]);
    assert!(reader.wakes().now_or_never().is_none(), "that is nothing to it");
    tell(&live, ONE, [2]);
    assert!(reader.wakes().now_or_never().is_some());
    live.wake_all();
    assert!(reader.wakes().now_or_never().is_some() && !reader.is_closed());
    live.close();
    assert!(reader.wakes().now_or_never().is_some() && reader.is_closed());
}

#[test]
fn only_places_are_read_as_places() {
    for text in ["", "-", "1-2", "1-2-3", "x-2-06f3n1qk2v0g0", "1-2-06f3n1qk2v0g0-", "+1-2-06f3n1qk2v0g0"] {
        assert_eq!(LivePlace::parse(text), None, "{text}");
    }
    assert!(LivePlace::parse("1-2-06f3n1qk2v0g0").is_some());
}
