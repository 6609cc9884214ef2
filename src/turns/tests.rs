use super::*;

const A: TenantKey = TenantKey(1);
const B: TenantKey = TenantKey(2);
const C: TenantKey = TenantKey(3);

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Does the next job, which takes so long; says which it was.
fn does(turns: &mut Turns<&'static str>, took: Duration) -> &'static str {
    let (tenant, job) = turns.take().unwrap();
    turns.ended(tenant, took, None);
    job
}

#[test]
fn a_newcomer_is_next_however_many_wait_before_it() {
    let mut turns = Turns::new(1);
    for _ in 0..100 {
        turns.push(A, "a");
    }
    assert_eq!(does(&mut turns, ms(5)), "a");
    turns.push(B, "b");
    assert_eq!((does(&mut turns, ms(5)), does(&mut turns, ms(5))), ("b", "a"));
}

#[test]
fn what_is_for_others_waits_for_its_tenants_turn_and_takes_every_other_one() {
    let mut turns = Turns::new(1);
    turns.push(A, "a");
    assert_eq!(does(&mut turns, ms(5)), "a");
    for _ in 0..3 {
        turns.push(A, "a");
    }
    turns.push_for_others(A, "others");
    turns.push(B, "b");
    assert_eq!(does(&mut turns, ms(1)), "others");
    assert_eq!(does(&mut turns, ms(90)), "b", "it has used less");
    let mut order = Vec::new();
    for _ in 0..3 {
        turns.push_for_others(A, "others");
        turns.push_for_others(A, "others");
        order.extend([does(&mut turns, ms(1)), does(&mut turns, ms(1))]);
    }
    assert_eq!(order, ["a", "others"].repeat(3), "however many come");
}

#[test]
fn what_is_for_others_ends_in_the_order_in_which_it_came() {
    let mut turns = Turns::new(1);
    turns.push_for_others(A, "first");
    let mut done = Vec::new();
    for newer in ["second", "third", "fourth"] {
        // It takes three turns, before each of which another one comes.
        turns.push_for_others(A, newer);
        let (tenant, job) = turns.take().unwrap();
        match newer {
            "fourth" => {
                done.push(job);
                turns.ended(tenant, ms(5), None);
            }
            _ => turns.ended_for_others(tenant, ms(5), job),
        }
    }
    done.extend((0..3).map(|_| does(&mut turns, ms(5))));
    assert_eq!(done, ["first", "second", "third", "fourth"]);
}

#[test]
fn turns_are_by_the_time_used_and_not_by_their_number() {
    let mut turns = Turns::new(1);
    for _ in 0..1000 {
        turns.push(A, "long");
        turns.push(B, "short");
    }
    let (mut long, mut short) = (0, 0);
    for _ in 0..220 {
        let (tenant, _) = turns.take().unwrap();
        let took = if tenant == A {
            long += 1;
            ms(10)
        } else {
            short += 1;
            ms(1)
        };
        turns.ended(tenant, took, None);
    }
    assert_eq!((long, short), (20, 200));
}

#[test]
fn what_a_tenant_has_used_is_remembered_while_others_wait() {
    let mut turns = Turns::new(1);
    for _ in 0..10 {
        turns.push(B, "b");
    }
    turns.push(A, "a");
    // A comes again as soon as its job is done, and has nothing waiting in between.
    let mut order = Vec::new();
    for _ in 0..4 {
        let (tenant, job) = turns.take().unwrap();
        turns.ended(tenant, if tenant == A { ms(30) } else { ms(10) }, None);
        if tenant == A {
            turns.push(A, "a");
        }
        order.push(job);
    }
    assert_eq!(order, ["a", "b", "b", "b"], "30 ms of the one, then 30 ms of the other");
}

#[test]
fn having_done_nothing_is_no_right_to_more() {
    let mut turns = Turns::new(1);
    turns.push(A, "a");
    turns.push(C, "c");
    for _ in 0..50 {
        turns.push(B, "b");
    }
    for _ in 0..30 {
        does(&mut turns, ms(10));
    }
    for _ in 0..50 {
        turns.push(A, "a");
    }
    let next: Vec<_> = (0..10).map(|_| does(&mut turns, ms(10))).collect();
    assert!(next.iter().filter(|job| **job == "a").count() <= 6, "{next:?}");
}

#[test]
fn a_tenant_takes_no_more_threads_than_it_leaves() {
    let mut turns = Turns::new(2);
    turns.push(A, "a");
    turns.push(A, "a");
    assert_eq!(turns.take(), Some((A, "a")));
    assert_eq!(turns.take(), None, "the other thread is for another tenant");
    turns.push(B, "b");
    assert_eq!(turns.take(), Some((B, "b")));
    turns.ended(A, ms(1), None);
    assert_eq!(turns.take(), Some((A, "a")), "one that has none takes the last");
}

#[test]
fn a_job_makes_way_for_another_tenant_that_has_used_less_and_is_there() {
    let mut turns = Turns::new(1);
    turns.push(A, "a");
    turns.push(A, "its own");
    turns.take();
    let is_there = |job: &&str| *job != "gone";
    assert!(!turns.makes_way(A, ms(600), is_there), "nobody else waits");
    turns.push(B, "gone");
    assert!(!turns.makes_way(A, ms(600), is_there), "nor does who has gone");
    turns.push(B, "b");
    assert!(!turns.makes_way(A, ms(0), is_there), "that has used as much");
    assert!(turns.makes_way(A, ms(600), is_there));
    turns.ended(A, ms(600), None);
    turns.take();
    turns.ended(B, ms(1), None);
    turns.take();
    assert!(!turns.makes_way(B, ms(500), is_there), "A waits and has used more");
    assert!(turns.makes_way(B, ms(700), is_there));
    let mut turns = Turns::new(2);
    [(A, "a"), (B, "b"), (B, "b")].into_iter().for_each(|(tenant, job)| turns.push(tenant, job));
    assert!(turns.take().is_some() && !turns.makes_way(A, ms(600), is_there), "a thread does nothing");
    turns.take();
    assert!(!turns.makes_way(A, ms(600), is_there), "B could not take a second one");
}

#[test]
fn no_more_jobs_make_way_than_others_wait() {
    let (mut turns, is_there) = (Turns::new(4), |_: &&str| true);
    for tenant in [A, A, B, C] {
        turns.push(tenant, "long");
        turns.take().unwrap();
    }
    let waiting = [TenantKey(8), TenantKey(9)];
    turns.push(waiting[0], "short");
    assert!(turns.makes_way(A, ms(600), is_there));
    assert!(!turns.makes_way(B, ms(600), is_there), "one makes way for it");
    turns.push(waiting[1], "short");
    assert!(turns.makes_way(B, ms(600), is_there) && !turns.makes_way(C, ms(600), is_there));
    turns.ended(A, ms(600), None);
    turns.take().unwrap();
    assert!(!turns.makes_way(C, ms(600), is_there), "B is still on its way");
    turns.ended(B, ms(600), None);
    turns.take().unwrap();
    turns.push(A, "long");
    turns.push(TenantKey(10), "short");
    assert!(turns.makes_way(C, ms(600), is_there));
}

#[test]
fn what_is_not_done_goes_to_the_end_of_its_own_line() {
    let mut turns = Turns::new(1);
    turns.push(A, "long");
    turns.push(A, "short");
    let (tenant, job) = turns.take().unwrap();
    turns.ended(tenant, ms(5), Some(job));
    assert_eq!((does(&mut turns, ms(1)), does(&mut turns, ms(1))), ("short", "long"));
}

#[test]
fn nothing_is_kept_of_those_that_are_done() {
    let mut turns = Turns::new(4);
    for tenant in 0..100 {
        turns.push(TenantKey(tenant), "x");
    }
    while turns.waiting() > 0 {
        does(&mut turns, ms(1));
    }
    assert!(turns.lines.is_empty() && turns.ready.is_empty() && turns.free == 4);
}
