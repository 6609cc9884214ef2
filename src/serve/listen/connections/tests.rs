use futures_util::FutureExt as _;
use proptest::prelude::*;

use super::*;

fn connections(places: usize, per_client: usize) -> Connections {
    Connections::new(ConnectionLimits { places, per_client })
}

fn client(number: u8) -> Option<IpAddr> {
    Some([192, 0, 2, number].into())
}

fn is_asked(place: &Place) -> bool {
    place.makes_way().now_or_never().is_some()
}

#[test]
fn the_connection_that_waits_longest_makes_way_and_one_with_work_does_not() {
    let all = connections(3, 3);
    let [works, first, second] = [1, 2, 3].map(|number| all.enter(client(number)).unwrap());
    works.serves(true);
    first.serves(true);
    first.serves(false);
    let third = all.enter(client(4)).unwrap();
    assert!(is_asked(&second) && !is_asked(&works) && !is_asked(&first), "the first had a request since");
    drop(second);
    let _fourth = all.enter(client(5)).unwrap();
    assert!(is_asked(&first) && !is_asked(&third));
}

#[test]
fn who_has_shown_a_good_key_makes_way_after_all_who_have_not() {
    let all = connections(3, 3);
    let known = all.enter(client(1)).unwrap();
    known.serves(true);
    known.is_known();
    known.serves(false);
    let strangers = [2, 3].map(|number| all.enter(client(number)).unwrap());
    strangers.iter().for_each(|stranger| [true, false].into_iter().for_each(|serves| stranger.serves(serves)));
    let mut newcomers = Vec::new();
    for (stranger, number) in strangers.into_iter().zip([4, 5]) {
        newcomers.push(all.enter(client(number)).unwrap());
        assert!(is_asked(&stranger) && !is_asked(&known), "though it waits longest");
    }
    newcomers.iter().for_each(|newcomer| newcomer.serves(true));
    let _last = all.enter(client(6)).unwrap();
    assert!(is_asked(&known), "there is no other");
}

#[test]
fn a_client_with_few_connections_keeps_them_while_others_fill_all_places() {
    let all = connections(8, 8);
    let few: Vec<Place> = (0..2).map(|_| all.enter(client(1)).unwrap()).collect();
    // Before they have said anything, two others come, and with another one for each that is closed.
    let mut flood: Vec<Place> = Vec::new();
    for number in (2..=3).cycle().take(100) {
        flood.push(all.enter(client(number)).unwrap());
        flood.retain(|place| !is_asked(place));
        assert!(!few.iter().any(is_asked), "they wait longest, and are fewer");
    }
    drop(few);
    // Of equals, the one that waits longest.
    let all = connections(2, 2);
    let [first, second] = [1, 2].map(|number| all.enter(client(number)).unwrap());
    let _third = all.enter(client(3)).unwrap();
    assert!(is_asked(&first) && !is_asked(&second));
}

#[test]
fn who_has_shown_a_key_is_not_counted_among_strangers() {
    let all = connections(4, 4);
    let busy: Vec<Place> = (0..3).map(|_| all.enter(client(1)).unwrap()).collect();
    for place in &busy[..2] {
        place.serves(true);
        place.is_known();
        place.is_known();
    }
    let stranger = all.enter(client(2)).unwrap();
    let _newcomer = all.enter(client(3)).unwrap();
    assert!(is_asked(&busy[2]) && !is_asked(&stranger), "each has one, and it waits longer");
    drop(busy);
    let _more: Vec<Place> = (4..6).map(|number| all.enter(client(number)).unwrap()).collect();
    assert!(!is_asked(&stranger), "there is room again");
}

#[test]
fn among_many_who_have_shown_a_key_newcomers_do_not_close_one_another() {
    let all = connections(4, 4);
    let known: Vec<Place> = (1..=4).map(|number| all.enter(client(number)).unwrap()).collect();
    for place in &known {
        place.serves(true);
        place.is_known();
        place.serves(false);
    }
    let mut newcomers = Vec::new();
    for (longest, number) in known.into_iter().zip([5, 6]) {
        newcomers.push(all.enter(client(number)).unwrap());
        assert!(is_asked(&longest));
    }
    assert!(!newcomers.iter().any(is_asked), "nobody has heard them yet");
}

#[test]
fn who_keeps_an_answer_or_a_body_waiting_waits_too() {
    let all = connections(1, 1);
    let slow = all.enter(client(1)).unwrap();
    slow.serves(true);
    assert!(all.enter(client(2)).is_err(), "its request is being done");
    slow.withholds(true);
    // What the server says meanwhile ("100 Continue") is taken, and changes nothing.
    slow.refuses(false);
    assert!(all.enter(client(2)).is_ok());
}

#[test]
fn one_whose_request_came_after_it_was_asked_answers_it_first() {
    let all = connections(1, 1);
    let place = all.enter(client(1)).unwrap();
    let _other = all.enter(client(2)).unwrap();
    place.serves(true);
    assert!(!is_asked(&place));
    place.serves(false);
    assert!(is_asked(&place));
}

#[test]
fn a_client_has_a_part_of_the_places_and_its_own_make_way() {
    let all = connections(9, 2);
    let own: Vec<Place> = (0..2).map(|_| all.enter(client(1)).unwrap()).collect();
    let other = all.enter(client(2)).unwrap();
    let _third = all.enter(client(1)).unwrap();
    assert!(is_asked(&own[0]) && !is_asked(&own[1]) && !is_asked(&other));
    let _trusted: Vec<Place> = (0..4).map(|_| all.enter(None).unwrap()).collect();
    assert!(!is_asked(&own[1]), "who is not limited is nobody's");
}

#[test]
fn a_connection_can_say_later_whose_it_is() {
    let all = connections(9, 1);
    let told = all.enter(None).unwrap();
    told.serves(true);
    assert_eq!(told.is_of([192, 0, 2, 1].into()), Ok(()));
    assert_eq!(all.enter(client(1)).err(), Some(NoPlace));
    assert_eq!(all.enter(None).unwrap().is_of([192, 0, 2, 1].into()), Err(NoPlace));
}

#[test]
fn an_ipv6_client_is_its_first_64_bits_and_a_mapped_address_the_ipv4_one() {
    let same = |one: &str, other: &str| client_network(one.parse().unwrap()) == client_network(other.parse().unwrap());
    assert!(same("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"));
    assert!(!same("2001:db8:0:1::1", "2001:db8:0:2::1"));
    assert!(same("::ffff:192.0.2.1", "192.0.2.1"));
    assert!(!same("::ffff:192.0.2.1", "::ffff:192.0.2.2"));
}

proptest! {
    #[test]
    fn a_newcomer_is_refused_only_if_all_have_work(
        places in 1usize..12,
        steps: Vec<(u8, u8, prop::sample::Index)>,
    ) {
        let all = connections(places, places);
        let mut open: Vec<(Place, bool)> = Vec::new();
        for (kind, from, at) in steps {
            match kind % 4 {
                0 | 1 => {
                    let waiting = open.iter().any(|(place, busy)| !busy && !is_asked_once(place));
                    let staying = open.iter().filter(|(place, _)| !is_asked_once(place)).count();
                    let entered = all.enter(client(from % 3));
                    // Those that were asked and have not ended yet hold places, too.
                    let full = staying >= places && !waiting;
                    prop_assert!(entered.is_ok() || full || open.len() > places);
                    open.extend(entered.ok().map(|place| (place, false)));
                }
                2 if !open.is_empty() => drop(open.swap_remove(at.index(open.len()))),
                3 if !open.is_empty() => {
                    let at = at.index(open.len());
                    open[at].1 = !open[at].1;
                    open[at].0.serves(open[at].1);
                }
                _ => {}
            }
            let staying = open.iter().filter(|(place, _)| !is_asked_once(place)).count();
            prop_assert!(staying <= places && staying == all.locked().staying);
        }
        open.clear();
        let table = all.locked();
        prop_assert!(table.staying == 0 && table.clients.is_empty() && table.free.len() == table.taken.len());
    }
}

fn is_asked_once(place: &Place) -> bool {
    place.closing.asked.load(Ordering::Relaxed)
}
