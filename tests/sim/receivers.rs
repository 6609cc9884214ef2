//! Receivers that misbehave, each in a way of its own.

use std::time::Duration;

use lanehook::model::{Answer, DeliveryId, Failure, FailureKind, Outcome, Sent, Timestamp, Timings};
use rand::{RngExt, rngs::StdRng};

/// How a receiver behaves until the world calms down.
#[derive(Clone, Copy, Debug)]
pub enum Receiver {
    Well,
    Slow,
    /// Never answers; the webhook's timeout ends it.
    Hanging,
    /// Fails this many of a hundred, some of them only after a minute.
    Flaky(u32),
    /// Up and down for so long in turn.
    Down(Duration),
    /// 429 to so many of a hundred, with `Retry-After` or without.
    Throttling(u32, Option<Duration>),
    /// 410 to one of a hundred.
    Leaving,
    /// 422 to every third delivery.
    Picky,
}

impl Receiver {
    /// Any of them.
    pub fn random(rng: &mut StdRng) -> Receiver {
        let seconds = |rng: &mut StdRng, range| Duration::from_secs(rng.random_range(range));
        match rng.random_range(0..14) {
            0..=2 => Receiver::Well,
            3 => Receiver::Slow,
            4 => Receiver::Hanging,
            5 | 6 => Receiver::Flaky(rng.random_range(5..60)),
            7 => Receiver::Flaky(100),
            8 | 9 => Receiver::Down(seconds(rng, 5..300)),
            10 => Receiver::Throttling(rng.random_range(5..100), Some(seconds(rng, 0..120))),
            11 => Receiver::Throttling(rng.random_range(5..50), None),
            12 => Receiver::Leaving,
            _ => Receiver::Picky,
        }
    }

    /// How long an attempt takes that begins now, and what comes of it.
    pub fn answer(self, delivery: DeliveryId, now: Timestamp, rng: &mut StdRng) -> (Duration, Outcome) {
        let quick = Duration::from_millis(rng.random_range(1..80));
        let slow = Duration::from_millis(rng.random_range(500..9_000));
        let dice = rng.random_range(0..100);
        let broken = (quick, failed(now, 500, FailureKind::Http, None));
        match self {
            Receiver::Slow => (slow, succeeded(now)),
            Receiver::Hanging => (Duration::from_secs(10), unanswered(now, FailureKind::Timeout)),
            Receiver::Flaky(share) if dice < share && dice % 10 == 9 => {
                (Duration::from_secs(60), unanswered(now, FailureKind::Timeout))
            }
            Receiver::Flaky(share) if dice < share && dice % 3 == 0 => {
                (quick, unanswered(now, FailureKind::Connection))
            }
            Receiver::Flaky(share) if dice < share => broken,
            Receiver::Down(span) if (now.millis() / span.as_millis() as i64) % 2 == 1 => broken,
            Receiver::Throttling(share, wait) if dice < share => {
                (quick, failed(now, 429, FailureKind::Throttled, wait))
            }
            Receiver::Leaving if dice == 0 => (quick, failed(now, 410, FailureKind::Gone, None)),
            Receiver::Picky if delivery.0.to_bytes()[7].is_multiple_of(3) => {
                (quick, failed(now, 422, FailureKind::Http, None))
            }
            _ => (quick, succeeded(now)),
        }
    }
}

/// 200.
pub fn succeeded(started_at: Timestamp) -> Outcome {
    let answer = Some(Answer { status: 200, ..Answer::default() });
    Outcome { answer, result: Ok(()), ..unanswered(started_at, FailureKind::Http) }
}

/// An answer that is no success.
pub fn failed(started_at: Timestamp, status: u16, kind: FailureKind, retry_after: Option<Duration>) -> Outcome {
    let answer = Some(Answer { status, ..Answer::default() });
    let result = Err(Failure { kind, message: String::new(), retry_after });
    Outcome { answer, result, ..unanswered(started_at, kind) }
}

/// No answer.
pub fn unanswered(started_at: Timestamp, kind: FailureKind) -> Outcome {
    Outcome {
        started_at,
        sent: Sent::default(),
        answer: None,
        remote: None,
        is_connected: false,
        requests: 0,
        timings: Timings::default(),
        result: Err(Failure { kind, message: String::new(), retry_after: None }),
        remark: None,
    }
}
