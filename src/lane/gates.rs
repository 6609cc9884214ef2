//! The gates between a lane and its receiver: how many at a time, how often, and whether at all.
//!
//! All three are pure: time is passed in, and they only say what they would permit.

use std::{collections::VecDeque, time::Duration};

use rand::{Rng, RngExt as _};

use crate::model::{DeliveryId, RateLimit, Timestamp};

/// How many requests a receiver takes at a time: one more after each round of successes, half after trouble
/// (additive increase, multiplicative decrease).
#[derive(Clone, Debug)]
pub struct Concurrency {
    limit: f64,
    most: u32,
    halvings: Halvings,
}

/// How often a lane's concurrency was halved. A request notes it when it is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Halvings(u64);

impl Concurrency {
    /// Begins with as many as the webhook permits.
    pub fn new(most: u32) -> Concurrency {
        Concurrency { limit: f64::from(most), most, halvings: Halvings::default() }
    }

    /// The webhook permits another number now.
    pub fn set_most(&mut self, most: u32) {
        if self.limit >= f64::from(self.most) {
            self.limit = f64::from(most);
        }
        self.most = most;
        self.limit = self.limit.min(f64::from(most));
    }

    /// Requests that may be in flight now; at least 1.
    pub fn limit(&self) -> usize {
        self.limit as usize
    }

    /// To be noted with a request that is sent now.
    pub fn halvings(&self) -> Halvings {
        self.halvings
    }

    /// A request was answered well.
    pub fn succeeded(&mut self) {
        self.limit = (self.limit + 1.0 / self.limit).min(f64::from(self.most));
    }

    /// A request timed out, was throttled or met a broken receiver. `at_send`: what was noted when it was sent. It tells
    /// something new only if nothing was halved since: requests that were under way together count once, as TCP halves its
    /// window once for all that is lost of it (RFC 5681, section 3.2).
    pub fn troubled(&mut self, at_send: Halvings) {
        if at_send == self.halvings {
            self.limit = (self.limit / 2.0).max(1.0);
            self.halvings = Halvings(self.halvings.0 + 1);
        }
    }
}

/// At most so many in any span of so long: exact, as a sliding window.
///
/// Limits above 1,000 are spread evenly over parts of the span, so that the memory of sends stays short.
#[derive(Clone, Debug)]
pub struct Rate {
    configured: RateLimit,
    limit: usize,
    span: Duration,
    sent: VecDeque<Timestamp>,
}

impl Rate {
    const LONGEST_MEMORY: u32 = 1000;

    /// This limit, of which nothing is used yet.
    pub fn new(configured: RateLimit) -> Rate {
        let parts = configured.limit.div_ceil(Rate::LONGEST_MEMORY);
        Rate {
            configured,
            limit: (configured.limit / parts) as usize,
            span: Duration::from_millis(configured.per.millis().div_ceil(u64::from(parts))),
            sent: VecDeque::new(),
        }
    }

    /// The limit as the webhook has it.
    pub fn configured(&self) -> RateLimit {
        self.configured
    }

    /// Another limit, which remembers what was sent under this one.
    pub fn changed(&self, configured: RateLimit) -> Rate {
        let mut rate = Rate::new(configured);
        let newest = self.sent.len().saturating_sub(rate.limit);
        rate.sent = self.sent.iter().skip(newest).copied().collect();
        rate
    }

    /// When the next request may go: now, or later.
    pub fn next_at(&self, now: Timestamp) -> Timestamp {
        match self.sent.front() {
            Some(&oldest) if self.sent.len() >= self.limit => now.max(oldest + self.span),
            _ => now,
        }
    }

    /// How many requests may go now.
    pub fn left(&self, now: Timestamp) -> usize {
        let counted = self.sent.iter().rev().take_while(|&&sent| sent + self.span > now).count();
        self.limit.saturating_sub(counted)
    }

    /// From then on it permits as much as a new one.
    pub fn remembers_until(&self) -> Timestamp {
        self.sent.back().map_or(Timestamp::default(), |&newest| newest + self.span)
    }

    /// The clock shows so much less than it would.
    pub fn clock_set_back(&mut self, by: Duration) {
        self.sent.iter_mut().for_each(|sent| *sent = *sent - by);
    }

    /// A request goes now, and counts.
    pub fn sent(&mut self, now: Timestamp) {
        if self.sent.len() >= self.limit {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
    }

    /// A request whose turn was then has not left, and does not count.
    pub fn unsent(&mut self, then: Timestamp) {
        if let Some(place) = self.sent.iter().rposition(|&sent| sent == then) {
            self.sent.remove(place);
        }
    }
}

/// Stops sending to a receiver that is down; after a while lets one request through, to see.
#[derive(Clone, Debug, Default)]
pub struct Breaker {
    failures: u32,
    /// How often it has opened in a row.
    opened: u32,
    /// Open until then; after that, one probe at a time.
    until: Option<Timestamp>,
    /// The request that was let through. Others that come back were under way before the breaker opened.
    probe: Option<DeliveryId>,
}

/// What a breaker permits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Passage {
    /// Any number of requests.
    Free,
    /// One request, to see whether the receiver is up again.
    Probe,
    /// No request before this time; `None`: not before the probe has come back.
    Closed(Option<Timestamp>),
}

impl Breaker {
    const FAILURES: u32 = 10;
    const FIRST_PAUSE: Duration = Duration::from_secs(30);
    /// Give or take a fifth, as each pause.
    const LONGEST_PAUSE: Duration = Duration::from_secs(600);

    /// What may go now. `by_hand`: somebody wants it to; that is a probe which does not wait for its time.
    pub fn passage(&self, now: Timestamp, by_hand: bool) -> Passage {
        match self.until {
            None => Passage::Free,
            Some(_) if self.probe.is_some() => Passage::Closed(None),
            Some(until) if now < until && !by_hand => Passage::Closed(Some(until)),
            Some(_) => Passage::Probe,
        }
    }

    /// Since it opened: until when nothing goes, after which it lets probes through. None while it is closed.
    pub fn open_until(&self) -> Option<Timestamp> {
        self.until
    }

    /// The clock shows so much less than it would.
    pub fn clock_set_back(&mut self, by: Duration) {
        self.until = self.until.map(|until| until - by);
    }

    /// Whether it is as a new one.
    pub fn is_untouched(&self) -> bool {
        self.failures == 0 && self.opened == 0 && self.until.is_none() && self.probe.is_none()
    }

    /// The probe is on its way.
    pub fn probe_sent(&mut self, id: DeliveryId) {
        self.probe = Some(id);
    }

    /// A request has come back, or never left. Tells whether it was the probe.
    pub fn came_back(&mut self, id: DeliveryId) -> bool {
        self.probe.take_if(|probe| *probe == id).is_some()
    }

    /// The receiver works.
    pub fn succeeded(&mut self) {
        *self = Breaker::default();
    }

    /// The receiver does not work, says the probe or another request. The pauses are of no even length, so that probes do
    /// not always meet a receiver that fails at even intervals at the same point. A probe by hand before the time of the next one
    /// tells nothing new.
    pub fn failed(&mut self, probe: bool, now: Timestamp, rng: &mut impl Rng) {
        self.failures += 1;
        let is_early = self.until.is_some_and(|until| now < until);
        if probe && !is_early || (self.until.is_none() && self.failures >= Breaker::FAILURES) {
            let pause = Breaker::FIRST_PAUSE * 2u32.pow(self.opened.min(10));
            let pause = pause.min(Breaker::LONGEST_PAUSE);
            self.until = Some(now + pause.mul_f64(rng.random_range(0.8..=1.2)));
            self.opened += 1;
        }
    }

    /// The receiver answered, if not well: neither up nor down, but enough if it was the probe that was answered.
    pub fn answered(&mut self, probe: bool) {
        if probe {
            *self = Breaker::default();
        }
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;
    use crate::model::{RateUnit, Serial};

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    fn id(number: i64) -> DeliveryId {
        DeliveryId(Serial::nth(number))
    }

    proptest! {
        #[test]
        fn no_span_ever_holds_more_than_the_limit(limit in 1u32..3000, waits in proptest::collection::vec(0i64..500, 1..400)) {
            let limit_per_minute = RateLimit { limit, per: RateUnit::Minute };
            let mut rate = Rate::new(limit_per_minute);
            let (mut now, mut sent) = (at(0), Vec::new());
            for wait in waits {
                now = (now + Duration::from_millis(wait as u64)).max(rate.next_at(now));
                rate.sent(now);
                sent.push(now);
            }
            for (place, &first) in sent.iter().enumerate() {
                let within = sent[place..].iter().take_while(|&&time| time < first + Duration::from_secs(60)).count();
                prop_assert!(within <= limit as usize, "{} in a minute, {} allowed", within, limit);
            }
        }

        /// Requests are sent as far as permitted and come back in any order, well or not, all within one instant.
        #[test]
        fn a_failure_halves_once_for_all_that_were_under_way_with_it(
            most in 1u32..100,
            steps in proptest::collection::vec((0u8..3, any::<prop::sample::Index>()), 1..400),
        ) {
            let mut concurrency = Concurrency::new(most);
            // The limit that each request under way was sent under counts the halvings it has seen.
            let (mut under_way, mut halved) = (Vec::new(), 0);
            for (step, which) in steps {
                let before = concurrency.limit();
                if step == 0 || under_way.is_empty() {
                    if under_way.len() < before {
                        under_way.push((concurrency.halvings(), halved));
                    }
                    continue;
                }
                let (noted, seen) = under_way.swap_remove(which.index(under_way.len()));
                match step {
                    1 => {
                        concurrency.succeeded();
                        prop_assert!(concurrency.limit() >= before);
                    }
                    _ => {
                        concurrency.troubled(noted);
                        let halves = seen == halved;
                        prop_assert_eq!(concurrency.limit(), if halves { (before / 2).max(1) } else { before });
                        halved += u32::from(halves);
                    }
                }
                prop_assert!((1..=most as usize).contains(&concurrency.limit()));
            }
        }
    }

    #[test]
    fn a_burst_that_fails_halves_once_and_what_is_sent_after_it_again() {
        let mut concurrency = Concurrency::new(16);
        let burst: Vec<Halvings> = (0..16).map(|_| concurrency.halvings()).collect();
        concurrency.troubled(burst[0]);
        let in_its_place = concurrency.halvings();
        burst.iter().for_each(|&noted| concurrency.troubled(noted));
        assert_eq!(concurrency.limit(), 8);
        concurrency.troubled(in_its_place);
        assert_eq!(concurrency.limit(), 4);
    }

    /// Until when it is open.
    fn until(breaker: &Breaker, now: Timestamp) -> Timestamp {
        match breaker.passage(now, false) {
            Passage::Closed(Some(until)) => until,
            passage => panic!("{passage:?}"),
        }
    }

    #[test]
    fn an_open_breaker_lets_one_probe_through_and_doubles_its_pause() {
        let (mut breaker, mut rng) = (Breaker::default(), StdRng::seed_from_u64(1));
        for _ in 0..Breaker::FAILURES {
            assert_eq!(breaker.passage(at(0), false), Passage::Free);
            breaker.failed(false, at(0), &mut rng);
        }
        let first = until(&breaker, at(0));
        assert!((at(24_000)..=at(36_000)).contains(&first), "{first:?}");
        assert_eq!(breaker.passage(first, false), Passage::Probe);
        breaker.probe_sent(id(1));
        assert_eq!(breaker.passage(first, false), Passage::Closed(None));
        assert!(!breaker.came_back(id(2)), "it was under way before");
        breaker.failed(false, first, &mut rng);
        assert_eq!(breaker.passage(first, false), Passage::Closed(None));
        assert!(breaker.came_back(id(1)));
        breaker.failed(true, first, &mut rng);
        let second = until(&breaker, first);
        assert!((first + Duration::from_secs(48)..=first + Duration::from_secs(72)).contains(&second), "{second:?}");
        breaker.probe_sent(id(3));
        breaker.succeeded();
        assert_eq!(breaker.passage(second, false), Passage::Free);
    }

    #[test]
    fn a_probe_by_hand_does_not_wait_and_its_failure_puts_the_next_off_no_further() {
        let (mut breaker, mut rng) = (Breaker::default(), StdRng::seed_from_u64(1));
        (0..Breaker::FAILURES).for_each(|_| breaker.failed(false, at(0), &mut rng));
        let first = until(&breaker, at(0));
        for _ in 0..3 {
            assert_eq!(breaker.passage(at(1), true), Passage::Probe);
            breaker.probe_sent(id(1));
            assert_eq!(breaker.passage(at(1), true), Passage::Closed(None), "one at a time");
            assert!(breaker.came_back(id(1)));
            breaker.failed(true, at(2), &mut rng);
            assert_eq!(until(&breaker, at(2)), first);
        }
        breaker.failed(true, first, &mut rng);
        assert!(
            until(&breaker, first) <= first + Duration::from_secs(72),
            "of the failures before its time none counted"
        );
        breaker.succeeded();
        assert_eq!(breaker.passage(first, false), Passage::Free);
    }

    #[test]
    fn no_two_pauses_are_alike_so_that_a_receiver_that_fails_every_so_often_is_met_while_it_works() {
        // It works for a quarter of each minute; pauses of 30 s and of whole minutes would never end in that.
        let works = |now: Timestamp| now.millis() % 60_000 >= 45_000;
        let met = (0..100).filter(|&seed| {
            let (mut breaker, mut rng) = (Breaker::default(), StdRng::seed_from_u64(seed));
            let mut now = Timestamp::from_millis(0);
            (0..Breaker::FAILURES).for_each(|_| breaker.failed(false, now, &mut rng));
            (0..40).any(|_| {
                now = until(&breaker, now);
                breaker.failed(true, now, &mut rng);
                works(now)
            })
        });
        assert!(met.count() >= 95);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_wait_longer() {
        let hour = Duration::from_secs(3600);
        let mut rate = Rate::new(RateLimit { limit: 1, per: RateUnit::Minute });
        rate.sent(at(0) + hour);
        rate.clock_set_back(hour);
        assert_eq!(rate.next_at(at(1_000)), at(60_000));
        let mut breaker = Breaker::default();
        let mut rng = StdRng::seed_from_u64(1);
        (0..Breaker::FAILURES).for_each(|_| breaker.failed(false, at(0) + hour, &mut rng));
        breaker.clock_set_back(hour);
        assert!(until(&breaker, at(1_000)) <= at(36_000));
    }

    #[test]
    fn a_breaker_never_pauses_longer_than_ten_minutes_and_a_fifth() {
        let (mut breaker, mut rng) = (Breaker::default(), StdRng::seed_from_u64(1));
        let mut now = at(0);
        for _ in 0..40 {
            let probe = breaker.came_back(id(1));
            breaker.failed(probe, now, &mut rng);
            if let Passage::Closed(Some(until)) = breaker.passage(now, false) {
                assert!(until <= now + Breaker::LONGEST_PAUSE.mul_f64(1.2));
                now = until;
                breaker.probe_sent(id(1));
            }
        }
    }
}
