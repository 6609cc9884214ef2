//! Sends what waits to be mailed, each tenant's in its turn.

use std::{
    collections::{BTreeMap, BTreeSet},
    slice,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use prometheus_client::metrics::{counter::Counter, gauge::Gauge};

use super::{
    digest,
    mailer::{Mail, Mailer, NotSent},
};
use crate::{
    metrics::Metrics,
    model::{MailAddress, TenantId, TenantKey, Timestamp},
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

/// Whoever is refused for now is tried so often, where others have got the mail already: what is told since waits for it.
const TRIES_OF_SOME: u32 = 3;

/// Sends mails.
pub struct Mailing {
    store: Arc<dyn Mails>,
    recipients: Recipients,
    mailer: Mailer,
    status: MailStatus,
    /// What was tried and is not done with. Forgotten by a restart.
    begun: BTreeMap<TenantKey, Begun>,
}

/// A mail that was tried. What is told since is another one, so that each time the same is sent under one `Message-ID`, and nothing is
/// given up after a day that is younger.
struct Begun {
    /// Since when it waits, by which it is known.
    since: Timestamp,
    /// So many lines and notices of those that wait are in it.
    lines: usize,
    count: u64,
    /// Who has got it.
    taken: BTreeSet<MailAddress>,
}

/// What became of a mail.
enum Outcome {
    /// It is done with: who could get it has it, or nobody wants it. So many were handed over.
    Done(usize),
    /// The server takes it for nobody who is left, for this reason.
    Refused(String),
    /// The server cannot be used.
    Trouble(String),
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
        let help = "Mails that were forgotten, since the mail server did not take them within a day, or refused an address for good";
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
        Mailing { store, recipients, mailer, status, begun: BTreeMap::new() }
    }

    /// Sends what is due, until the server cannot be used: the others are due in the next run. How many were sent. That it takes a
    /// tenant's mail for none of its addresses is the tenant's affair.
    ///
    /// # Errors
    /// Why the server cannot be used; or why it took the operators' mail for nobody, or several, and none.
    pub async fn run(&mut self, now: Timestamp) -> Result<usize, String> {
        let unavailable = |error: StoreError| error.to_string();
        let (due, waiting) = self.store.due_mails(now, MOST).await.map_err(unavailable)?;
        self.status.waiting.set(waiting.cast_signed());
        self.begun.retain(|tenant, _| self.recipients.name_of(*tenant).is_some());
        let (mut sent, mut refused, mut trouble) = (0, 0, None);
        for mail in due {
            let mail = self.begun(mail);
            match self.send(&mail, now).await {
                Outcome::Done(count) => {
                    sent += count;
                    self.done(&mail, now).await.map_err(unavailable)?;
                    let left = self.status.waiting.get() - 1;
                    self.status.waiting.set(left.max(0));
                }
                Outcome::Refused(reason) => {
                    self.status.failed(now, &reason);
                    self.put_off(&mail, now).await.map_err(unavailable)?;
                    refused += 1;
                    if self.is_operators(&mail) || refused > 1 && sent == 0 {
                        trouble = Some(reason);
                    }
                }
                Outcome::Trouble(reason) => {
                    self.status.failed(now, &reason);
                    self.put_off(&mail, now).await.map_err(unavailable)?;
                    trouble = Some(reason);
                    break;
                }
            }
        }
        trouble.map_or(Ok(sent), |reason| Err(format!("a mail could not be sent: {reason}")))
    }

    /// The mail as it was when it was tried first.
    fn begun(&mut self, mut mail: DueMail) -> DueMail {
        let begin = || Begun { since: mail.since, lines: mail.lines.len(), count: mail.count, taken: BTreeSet::new() };
        let begun = self.begun.entry(mail.tenant).or_insert_with(begin);
        if begun.since != mail.since {
            *begun = begin();
        }
        mail.lines.truncate(begun.lines);
        mail.count = begun.count;
        mail
    }

    fn is_operators(&self, mail: &DueMail) -> bool {
        self.recipients.name_of(mail.tenant).is_some_and(|id| id.as_str() == TenantId::DEFAULT)
    }

    /// To whoever has not got it, by what is set now.
    async fn send(&mut self, mail: &DueMail, now: Timestamp) -> Outcome {
        let Some(tenant) = self.recipients.name_of(mail.tenant) else { return Outcome::Done(0) };
        let mut to = self.recipients.of(mail.tenant);
        to.retain(|address| !self.begun.get(&mail.tenant).is_some_and(|begun| begun.taken.contains(address)));
        if to.is_empty() {
            return Outcome::Done(0);
        }
        match self.hand_over(mail, &tenant, &to, now).await {
            Ok(()) => Outcome::Done(1),
            Err(NotSent::Trouble(reason)) => Outcome::Trouble(reason),
            Err(NotSent::Refused { for_good, reason }) if to.len() == 1 => {
                self.refused(mail, vec![(&to[0], for_good, reason)], 0)
            }
            Err(NotSent::Refused { .. }) => self.send_to_each(mail, &tenant, &to, now).await,
        }
    }

    /// The server said no to one of these, and does not say to which: each gets a mail of its own.
    async fn send_to_each(&mut self, mail: &DueMail, tenant: &TenantId, to: &[MailAddress], now: Timestamp) -> Outcome {
        let (mut sent, mut refused) = (0, Vec::new());
        for address in to {
            match self.hand_over(mail, tenant, slice::from_ref(address), now).await {
                Ok(()) => {
                    sent += 1;
                    if let Some(begun) = self.begun.get_mut(&mail.tenant) {
                        begun.taken.insert(address.clone());
                    }
                }
                Err(NotSent::Refused { for_good, reason }) => refused.push((address, for_good, reason)),
                Err(NotSent::Trouble(reason)) => return Outcome::Trouble(reason),
            }
        }
        self.refused(mail, refused, sent)
    }

    /// These were refused, each for good or not and for a reason. What nobody has got is tried for a day. Otherwise the others do not wait
    /// for who is refused for good.
    fn refused(&self, mail: &DueMail, refused: Vec<(&MailAddress, bool, String)>, sent: usize) -> Outcome {
        let has_anybody = self.begun.get(&mail.tenant).is_some_and(|begun| !begun.taken.is_empty());
        let is_over = has_anybody && (mail.tries >= TRIES_OF_SOME || refused.iter().all(|(_, for_good, _)| *for_good));
        match refused.first() {
            Some((_, _, reason)) if !is_over => Outcome::Refused(reason.clone()),
            _ => {
                for (address, _, reason) in refused {
                    self.status.dropped.inc();
                    let tenant = self.recipients.name_of(mail.tenant).map(|id| id.to_string());
                    tracing::warn!(tenant, %address, reason, "notices are not mailed to an address that is refused");
                }
                Outcome::Done(sent)
            }
        }
    }

    async fn hand_over(
        &self,
        mail: &DueMail,
        tenant: &TenantId,
        to: &[MailAddress],
        now: Timestamp,
    ) -> Result<(), NotSent> {
        let (subject, body) = (digest::subject(tenant, mail), digest::body(tenant, mail));
        // It follows from what is in it.
        let id = format!("lanehook.{}.{}.{}", mail.tenant.0, mail.since.millis(), mail.count);
        self.mailer.send(Mail { to, subject, body, id, now }).await?;
        self.status.sent.inc();
        Ok(())
    }

    async fn done(&mut self, mail: &DueMail, now: Timestamp) -> Result<(), StoreError> {
        self.store.mail_done(mail.tenant, mail.lines.len(), mail.count, now).await?;
        self.begun.remove(&mail.tenant);
        Ok(())
    }

    async fn put_off(&mut self, mail: &DueMail, now: Timestamp) -> Result<(), StoreError> {
        if now.since(mail.since) >= LONGEST {
            self.status.dropped.inc();
            let tenant = self.recipients.name_of(mail.tenant).map(|id| id.to_string());
            tracing::warn!(tenant, notices = mail.count, "notices could not be mailed within a day and are not");
            return self.done(mail, now).await;
        }
        let wait = WAITS[(mail.tries as usize).min(WAITS.len() - 1)];
        self.store.mail_put_off(mail.tenant, now + wait).await
    }
}
