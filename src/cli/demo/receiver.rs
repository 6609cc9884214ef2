//! A receiver as a customer would write one: it verifies each request and answers 204. One that is flaky is down now
//! and then.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use anyhow::Context;
use axum::{Router, body::Bytes, extract::State, routing::post};
use http::{HeaderMap, StatusCode};
use lanehook_signature::{Dialect, Secret, verify::Verifier};
use tokio::{net::TcpListener, sync::mpsc};

use super::screen::{Line, Tone};
use crate::clock::Clock;

// Whenever a breaker opens while it is down, the probe half a minute later (30 s ± 20 %) finds it up: one can watch it recover.
const UP: Duration = Duration::from_secs(38);
const DOWN: Duration = Duration::from_secs(8);
/// The same for people.
pub(super) const OUTAGES: &str = "`flaky` is down for 8 of every 46 seconds.";
/// The first time it goes down soon, for those who watch only a moment.
const FIRST_UP: Duration = Duration::from_secs(8);
/// Deliveries whose failed attempts are remembered.
const MOST_REMEMBERED: usize = 10_000;

pub(super) struct Receiver {
    pub name: &'static str,
    pub url: String,
    desk: Arc<Desk>,
}

struct Desk {
    name: &'static str,
    flaky: bool,
    clock: Clock,
    /// When it was started, as [`Clock::passed`] tells it.
    started: Duration,
    verifier: OnceLock<Verifier>,
    refused: Mutex<HashMap<String, u32>>,
    say: mpsc::Sender<Line>,
}

impl Receiver {
    pub async fn start(
        name: &'static str,
        flaky: bool,
        clock: &Clock,
        say: mpsc::Sender<Line>,
    ) -> anyhow::Result<Receiver> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("a receiver needs a free port")?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let desk = Arc::new(Desk {
            name,
            flaky,
            started: clock.passed(),
            clock: clock.clone(),
            verifier: OnceLock::new(),
            refused: Mutex::default(),
            say,
        });
        let router = Router::new().route("/hook", post(receive)).with_state(desk.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Receiver { name, url, desk })
    }

    /// From now on requests must be signed with this secret.
    pub fn trust(&self, secret: &str) -> anyhow::Result<()> {
        let verifier = Verifier::new(Dialect::Standard, &Secret::parse(secret)?)?;
        // A second secret would be a defect of the caller.
        self.desk.verifier.set(verifier).map_err(|_| anyhow::anyhow!("the receiver has a secret already"))
    }
}

async fn receive(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let id = header("webhook-id").unwrap_or_default().to_owned();
    let now = desk.clock.now().seconds();
    let verified = desk.verifier.get().map(|verifier| verifier.verify(header, &body, now));
    let (status, tone, text) = match verified {
        Some(Ok(())) if desk.is_down() => {
            let mut refused = desk.refused.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            if refused.len() >= MOST_REMEMBERED {
                refused.clear();
            }
            let times = refused.entry(id.clone()).or_default();
            *times += 1;
            (StatusCode::SERVICE_UNAVAILABLE, Tone::Bad, format!("{id}  503, down (attempt {times})"))
        }
        Some(Ok(())) => {
            let refused = desk.refused.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(&id);
            let after = refused.map(|times| format!(", after {times} failed")).unwrap_or_default();
            (StatusCode::NO_CONTENT, Tone::Good, format!("{id}  received, signature verified{after}"))
        }
        Some(Err(error)) => (StatusCode::UNAUTHORIZED, Tone::Bad, format!("{id}  refused: {error}")),
        None => (StatusCode::SERVICE_UNAVAILABLE, Tone::Bad, format!("{id}  not ready")),
    };
    // Who watches too slowly misses lines, not deliveries.
    let _ = desk.say.try_send(Line { who: desk.name, tone, text });
    status
}

impl Desk {
    fn is_down(&self) -> bool {
        self.flaky && is_down_after(self.clock.passed() - self.started)
    }
}

fn is_down_after(passed: Duration) -> bool {
    (passed + UP - FIRST_UP).as_secs_f64() % (UP + DOWN).as_secs_f64() >= UP.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breaker_that_opens_while_it_is_down_probes_while_it_is_up() {
        let outage = (0..460_000).step_by(100).map(Duration::from_millis).filter(|&passed| is_down_after(passed));
        let mut tenths = 0;
        for passed in outage {
            for pause in 24..=36 {
                assert!(!is_down_after(passed + Duration::from_secs(pause)), "{passed:?}, {pause} s");
            }
            tenths += 1;
        }
        assert_eq!(tenths, 800, "8 of every 46 seconds, for 460 seconds");
    }
}
