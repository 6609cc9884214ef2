//! Batches that are written in several transactions: what comes in between, and what is left if they cannot go on.

use super::*;

#[test]
fn a_batch_that_takes_long_is_kept_part_by_part_and_others_come_in_between() {
    let mut bench = Bench::new(FEW);
    let mut events: Vec<_> = (0..3).map(|_| (bench.event().0, webhooks(1).take(2).collect())).collect();
    // The second once more: it is a duplicate of one of its own batch.
    events.push(events[1].clone());
    let again = events.clone();
    let mut appending = Appending::new(Append { tenant: TenantKey(1), events });
    let clock = Clock::manual(NOW);
    let quantum = Quantum::begin(&clock, Duration::ZERO, &|| true);
    clock.advance(Duration::from_secs(1));
    let mut go_on = |bench: &mut Bench, commit| bench.run(commit, |tx, _| appending.go_on(tx, &quantum)).unwrap();
    let kept = |bench: &Bench| bench.count("SELECT count(*) FROM events");
    // Each part is one step: four are looked up, then the first is written.
    for _ in 0..4 {
        assert!(go_on(&mut bench, true).is_pending());
        assert_eq!(kept(&bench), 0, "nothing is written before all may be");
    }
    assert!(go_on(&mut bench, true).is_pending());
    assert_eq!(kept(&bench), 1);
    bench.publish(2, &[0b1], true);
    assert!(go_on(&mut bench, true).is_pending());
    assert!(go_on(&mut bench, true).is_pending());
    let Poll::Ready(Ok(answers)) = go_on(&mut bench, true) else { panic!("that was all") };
    let keys: Vec<EventKey> = answers
        .iter()
        .map(|answer| match *answer {
            Accepted::Kept { key, .. } | Accepted::Duplicate { key, .. } => key,
        })
        .collect();
    assert!(keys[0] < keys[1] && keys[1] < keys[2], "in their order: {keys:?}");
    assert_eq!(answers[3], Accepted::Duplicate { key: keys[1], deliveries: 2 });
    let owed = "SELECT (SELECT count(*) FROM deliveries WHERE tenant = 1)
        + (SELECT coalesce(sum(deliveries), 0) FROM fan_outs WHERE tenant = 1)";
    assert_eq!((kept(&bench), bench.count(owed)), (4, 6));
    let repeated = bench.run(true, |tx, _| append(tx, TenantKey(1), again)).unwrap();
    assert!(repeated.iter().all(|answer| matches!(answer, Accepted::Duplicate { .. })), "{repeated:?}");
}

#[test]
fn a_batch_that_cannot_go_on_keeps_what_was_committed_and_is_completed_when_it_is_sent_again() {
    let mut bench = Bench::new(FEW);
    let events: Vec<_> = (0..3).map(|_| (bench.event().0, webhooks(1).take(1).collect())).collect();
    let again = events.clone();
    let mut appending = Appending::new(Append { tenant: TenantKey(1), events });
    let clock = Clock::manual(NOW);
    let quantum = Quantum::begin(&clock, Duration::ZERO, &|| true);
    clock.advance(Duration::from_secs(1));
    for commit in [true, true, true, true, false] {
        assert!(bench.run(commit, |tx, _| appending.go_on(tx, &quantum)).unwrap().is_pending());
    }
    let answers = bench.run(true, |tx, _| append(tx, TenantKey(1), again)).unwrap();
    let is_new: Vec<bool> = answers.iter().map(|answer| matches!(answer, Accepted::Kept { .. })).collect();
    assert_eq!(is_new, [false, true, true]);
}

#[test]
fn a_broadcast_that_comes_between_the_parts_of_a_batch_takes_none_of_its_ids() {
    let mut bench = Bench::new(Limits::USUAL);
    let events: Vec<_> = (0..3).map(|_| (bench.event().0, webhooks(1).take(1).collect())).collect();
    let mut appending = Appending::new(Append { tenant: TenantKey(1), events });
    let clock = Clock::manual(NOW);
    let quantum = Quantum::begin(&clock, Duration::ZERO, &|| true);
    clock.advance(Duration::from_secs(1));
    for parts in 1..=6 {
        let kept = bench.run(true, |tx, _| appending.go_on(tx, &quantum)).unwrap();
        assert_eq!(kept.is_ready(), parts == 6, "{parts}");
        if parts == 2 || parts == 4 {
            // Under the id of the second, and of the third, which is not written yet.
            bench.published = parts / 2;
            bench.broadcast(&[0b1, 0b1], 0);
        }
    }
    for id in ["e2", "e3"] {
        let of = |tenant: i64| format!("SELECT count(*) FROM events WHERE caller_id = '{id}' AND tenant = {tenant}");
        assert_eq!((bench.count(&of(1)), bench.count(&of(2))), (1, 1), "{id}: its own, and another tenant's copy");
    }
}

#[test]
fn ids_that_were_looked_up_in_the_part_that_begins_to_write_are_promised_too() {
    let mut bench = Bench::new(Limits::USUAL);
    let events: Vec<_> = (0..3).map(|_| (bench.event().0, webhooks(1).take(1).collect())).collect();
    let mut appending = Appending::new(Append { tenant: TenantKey(1), events });
    let (clock, left) = (Clock::manual(NOW), std::cell::Cell::new(1));
    let is_over = || {
        left.set(left.get() - 1);
        left.get() == 0
    };
    let quantum = Quantum::begin(&clock, Duration::ZERO, &is_over);
    clock.advance(Duration::from_millis(3));
    // The first is looked up; then the others are, and the first is written.
    for steps in [1, 3] {
        left.set(steps);
        assert!(bench.run(true, |tx, _| appending.go_on(tx, &quantum)).unwrap().is_pending());
    }
    bench.published = 1;
    bench.broadcast(&[0b1], 0);
    left.set(9);
    assert!(bench.run(true, |tx, _| appending.go_on(tx, &quantum)).unwrap().is_ready());
    assert_eq!(bench.count("SELECT count(*) FROM events WHERE caller_id = 'e2' AND tenant = 1"), 1);
}

#[test]
fn of_a_batch_whose_last_event_may_not_be_kept_nothing_is() {
    let mut bench = Bench::new(FEW);
    bench.publish(1, &[0b1], true);
    let taken = CallerId::parse("e1").unwrap();
    let (first, mut last) = (bench.event().0, bench.event().0);
    last.caller_id = Some(taken);
    let events = vec![(first, webhooks(1).collect()), (last, Vec::new())];
    let mut appending = Appending::new(Append { tenant: TenantKey(1), events });
    let clock = Clock::manual(NOW);
    let quantum = Quantum::begin(&clock, Duration::ZERO, &|| true);
    clock.advance(Duration::from_secs(1));
    let mut go_on = || bench.run(true, |tx, _| appending.go_on(tx, &quantum)).unwrap();
    assert!(go_on().is_pending());
    assert!(matches!(go_on(), Poll::Ready(Err(Refusal::Clash(clash))) if clash.place == 1));
    assert_eq!(bench.count("SELECT count(*) FROM events"), 1, "the one before");
}
