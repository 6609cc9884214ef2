//! How long `/healthz` takes to answer, asked again and again.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

use crate::subject::client;

const ASKED_EVERY: Duration = Duration::from_millis(50);

/// Asks until it is dropped.
pub struct Health {
    seen: Arc<Mutex<Seen>>,
    asking: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    slowest: Duration,
    /// Since when an answer is waited for.
    asked: Option<Instant>,
}

impl Health {
    /// Of the server at this address.
    pub fn watch(addr: SocketAddr) -> anyhow::Result<Health> {
        let (client, url, seen) = (client()?, format!("http://{addr}/healthz"), Arc::new(Mutex::new(Seen::default())));
        let noted = seen.clone();
        let asking = tokio::spawn(async move {
            loop {
                noted.lock().unwrap_or_else(PoisonError::into_inner).asked = Some(Instant::now());
                // One that is refused has taken its time, too.
                let _ = client.get(&url).send().await;
                noted.lock().unwrap_or_else(PoisonError::into_inner).answered();
                tokio::time::sleep(ASKED_EVERY).await;
            }
        });
        Ok(Health { seen, asking })
    }

    /// The longest time so far, also of an answer that is still waited for.
    pub fn slowest(&self) -> Duration {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.answered();
        seen.slowest
    }
}

impl Seen {
    fn answered(&mut self) {
        if let Some(asked) = self.asked.take() {
            self.slowest = self.slowest.max(asked.elapsed());
        }
    }
}

impl Drop for Health {
    fn drop(&mut self) {
        self.asking.abort();
    }
}
