//! Sends what waits to be mailed, each tenant's in its turn.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use prometheus_client::metrics::{counter::Counter, gauge::Gauge};

use super::{
    digest,
    mailer::{Mail, Mailer},
};
use crate::{
    metrics::Metrics,
    model::Timestamp,
    notice::Recipients,
    store::{DueMail, Mails, StoreError},
};

/// Mails that one run sends, at most.
const MOST: usize = 100;
/// When it is tried again, after so many tries.
const WAITS: [Duration; 5] = [minutes(1), minutes(5), minutes(15), minutes(30), minutes(60)];
/// What could not be mailed for so long is forgotten. It is still there as events.
const LONGEST: Duration = Duration::from_secs(86_400);

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

/// Sends mails.
pub struct Mailing {
    store: Arc<dyn Mails>,
    recipients: Recipients,
    mailer: Mailer,
    status: MailStatus,
}

/// How mailing does. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct MailStatus {
    sent: Counter,
    failures: Counter,
    dropped: Counter,
    waiting: Gauge,
    last_failure: Arc<Mutex<Option<(Timestamp, String)>>>,
}

impl MailStatus {
    /// Adds what it counts to what is shown.
    pub fn register(&self, metrics: &Metrics) {
        metrics.register("mails_sent", "Mails that the mail server has taken", self.sent.clone());
        metrics.register("mail_failures", "Tries to send a mail that failed", self.failures.clone());
        let help = "Mails that were forgotten, since the mail server did not take them within a day";
        metrics.register("mails_dropped", help, self.dropped.clone());
        metrics.register("mails_waiting", "Tenants to whom notices are still to be mailed", self.waiting.clone());
    }

    /// How many were sent since the start.
    pub fn sent(&self) -> u64 {
        self.sent.get()
    }

    /// How many tries failed since the start.
    pub fn failures(&self) -> u64 {
        self.failures.get()
    }

    /// How many wait.
    pub fn waiting(&self) -> u64 {
        self.waiting.get().unsigned_abs()
    }

    /// When a try failed last, and why, since the start.
    pub fn last_failure(&self) -> Option<(Timestamp, String)> {
        self.last_failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn failed(&self, now: Timestamp, reason: &str) {
        self.failures.inc();
        *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, reason.to_owned()));
    }
}

impl Mailing {
    /// To these, by this mailer.
    pub fn new(store: Arc<dyn Mails>, recipients: Recipients, mailer: Mailer, status: MailStatus) -> Mailing {
        Mailing { store, recipients, mailer, status }
    }

    /// Sends what is due, until the server does not take one: the others are due in the next run. How many were sent.
    ///
    /// # Errors
    /// Why one could not be sent.
    pub async fn run(&mut self, now: Timestamp) -> Result<usize, String> {
        let unavailable = |error: StoreError| error.to_string();
        let (due, waiting) = self.store.due_mails(now, MOST).await.map_err(unavailable)?;
        self.status.waiting.set(waiting.cast_signed());
        let mut sent = 0;
        for mail in due {
            match self.send(&mail, now).await {
                Ok(is_sent) => {
                    sent += usize::from(is_sent);
                    self.store.mail_done(mail.tenant, mail.lines.len(), mail.count, now).await.map_err(unavailable)?;
                    let left = self.status.waiting.get() - 1;
                    self.status.waiting.set(left.max(0));
                }
                Err(reason) => {
                    self.status.failed(now, &reason);
                    self.put_off(&mail, now).await.map_err(unavailable)?;
                    return Err(format!("a mail could not be sent: {reason}"));
                }
            }
        }
        Ok(sent)
    }

    /// Whether it was sent; false where nobody wants it any more.
    async fn send(&self, mail: &DueMail, now: Timestamp) -> Result<bool, String> {
        let to = self.recipients.of(mail.tenant);
        let Some(tenant) = self.recipients.name_of(mail.tenant).filter(|_| !to.is_empty()) else { return Ok(false) };
        let (subject, body) = (digest::subject(&tenant, mail), digest::body(&tenant, mail));
        let id = format!("lanehook.{}.{}", mail.tenant.0, mail.since.millis());
        self.mailer.send(Mail { to: &to, subject, body, id, now }).await?;
        self.status.sent.inc();
        Ok(true)
    }

    async fn put_off(&self, mail: &DueMail, now: Timestamp) -> Result<(), StoreError> {
        if now.since(mail.since) >= LONGEST {
            self.status.dropped.inc();
            let tenant = self.recipients.name_of(mail.tenant).map(|id| id.to_string());
            tracing::warn!(tenant, notices = mail.count, "notices could not be mailed within a day and are not");
            return self.store.mail_done(mail.tenant, mail.lines.len(), mail.count, now).await;
        }
        let wait = WAITS[(mail.tries as usize).min(WAITS.len() - 1)];
        self.store.mail_put_off(mail.tenant, now + wait).await
    }
}
