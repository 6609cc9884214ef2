//! A receiver as a customer would write one: it verifies each request and answers 204. One that is flaky is down for a
//! third of the time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock},
    time::{Duration, Instant},
};

use anyhow::Context;
use axum::{Router, body::Bytes, extract::State, routing::post};
use http::{HeaderMap, StatusCode};
use lanehook_signature::{Dialect, Secret, verify::Verifier};
use tokio::{net::TcpListener, sync::mpsc};

use crate::clock::Clock;

// Whenever a breaker opens while it is down, the probe half a minute later finds it up: one can watch it recover.
const UP: Duration = Duration::from_secs(18);
const DOWN: Duration = Duration::from_secs(6);
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
    started: Instant,
    verifier: OnceLock<Verifier>,
    refused: Mutex<HashMap<String, u32>>,
    say: mpsc::Sender<String>,
}

impl Receiver {
    pub async fn start(name: &'static str, flaky: bool, say: mpsc::Sender<String>) -> anyhow::Result<Receiver> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("a receiver needs a free port")?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let desk = Arc::new(Desk {
            name,
            flaky,
            started: Instant::now(),
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
    let now = Clock::system().now().seconds();
    let verified = desk.verifier.get().map(|verifier| verifier.verify(header, &body, now));
    let (status, line) = match verified {
        Some(Ok(())) if desk.is_down() => {
            let mut refused = desk.refused.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            if refused.len() >= MOST_REMEMBERED {
                refused.clear();
            }
            let times = refused.entry(id.clone()).or_default();
            *times += 1;
            (StatusCode::SERVICE_UNAVAILABLE, format!("{:<8}  {id}  503, down (attempt {times})", desk.name))
        }
        Some(Ok(())) => {
            let refused = desk.refused.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(&id);
            let after = refused.map(|times| format!(", after {times} failed")).unwrap_or_default();
            (StatusCode::NO_CONTENT, format!("{:<8}  {id}  received, signature verified{after}", desk.name))
        }
        Some(Err(error)) => (StatusCode::UNAUTHORIZED, format!("{:<8}  {id}  refused: {error}", desk.name)),
        None => (StatusCode::SERVICE_UNAVAILABLE, format!("{:<8}  {id}  not ready", desk.name)),
    };
    // Who watches too slowly misses lines, not deliveries.
    let _ = desk.say.try_send(line);
    status
}

impl Desk {
    fn is_down(&self) -> bool {
        self.flaky && is_down_after(self.started.elapsed())
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
        let first_pause = Duration::from_secs(30);
        let outage = (0..600_000).map(Duration::from_millis).filter(|&passed| is_down_after(passed));
        let mut seconds = 0;
        for passed in outage {
            assert!(!is_down_after(passed + first_pause), "{passed:?}");
            seconds += 1;
        }
        assert_eq!(seconds / 1000, 150, "a quarter of the time");
    }
}
