//! Where others ask the lanes something, or tell them. One task owns all lanes, so questions go through a short line, and who
//! finds it full, or no answer in time, learns that: nobody waits for lanes that have too much to do.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::{LaneCore, LanePicture};
use crate::{
    clock::Clock,
    model::{Timestamp, Wait, WaitReason, WaitingDelivery, WebhookKey},
    observe::Vitals,
};

/// Questions that wait at one time.
const MOST_QUESTIONS: usize = 64;
/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);

/// Asks the lanes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LaneDesk {
    questions: mpsc::Sender<Question>,
    clock: Clock,
}

/// The lanes had too much to do to answer in time, or have ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the lanes did not answer in time")]
pub struct NoAnswer;

/// What the lanes are asked. An answer is small and takes them no longer than some deliveries do.
#[derive(Debug)]
pub struct Question(Kind);

#[derive(Debug)]
enum Kind {
    Picture(WebhookKey, oneshot::Sender<Option<LanePicture>>),
    Waits(Vec<WaitingDelivery>, oneshot::Sender<Vec<Wait>>),
    Works(WebhookKey, oneshot::Sender<bool>),
    Webhooks(oneshot::Sender<Vec<WebhookKey>>),
    Vitals(Vec<WebhookKey>, oneshot::Sender<Vec<(WebhookKey, Vitals)>>),
}

impl LaneDesk {
    /// A desk, and where its questions arrive. Where they are dropped, nobody answers.
    pub fn new(clock: Clock) -> (LaneDesk, mpsc::Receiver<Question>) {
        let (questions, arrive) = mpsc::channel(MOST_QUESTIONS);
        (LaneDesk { questions, clock }, arrive)
    }

    /// How a webhook's lane stands; none if it has none, because nothing happens to it.
    pub async fn picture(&self, webhook: WebhookKey) -> Result<Option<LanePicture>, NoAnswer> {
        self.ask(|answer| Kind::Picture(webhook, answer)).await
    }

    /// What these wait for, in the same order. Not known, if the lanes do not say so in time.
    pub async fn waits(&self, deliveries: Vec<WaitingDelivery>) -> Vec<Wait> {
        if deliveries.is_empty() {
            return Vec::new();
        }
        let count = deliveries.len();
        let waits = self.ask(|answer| Kind::Waits(deliveries, answer)).await;
        waits.unwrap_or_else(|NoAnswer| vec![Wait::of(WaitReason::Unknown); count])
    }

    /// A test has shown that a webhook's receiver works: its breaker closes, and its pause ends. Whether the breaker was open.
    pub async fn receiver_works(&self, webhook: WebhookKey) -> Result<bool, NoAnswer> {
        self.ask(|answer| Kind::Works(webhook, answer)).await
    }

    /// The webhooks that have lanes.
    pub async fn webhooks(&self) -> Result<Vec<WebhookKey>, NoAnswer> {
        self.ask(Kind::Webhooks).await
    }

    /// What the lanes of these tell of their health; of no more than some hundred at a time.
    pub async fn vitals(&self, webhooks: Vec<WebhookKey>) -> Result<Vec<(WebhookKey, Vitals)>, NoAnswer> {
        self.ask(|answer| Kind::Vitals(webhooks, answer)).await
    }

    async fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> Kind) -> Result<T, NoAnswer> {
        let (answer, arrives) = oneshot::channel();
        self.questions.try_send(Question(question(answer))).map_err(|_| NoAnswer)?;
        tokio::select! {
            answer = arrives => answer.map_err(|_| NoAnswer),
            () = self.clock.sleep(ANSWER_WITHIN) => Err(NoAnswer),
        }
    }
}

impl Question {
    /// Answers it, unless nobody waits any more.
    pub(super) fn answer(self, core: &mut LaneCore, now: Timestamp) {
        match self.0 {
            Kind::Picture(webhook, answer) if !answer.is_closed() => drop(answer.send(core.picture(webhook, now))),
            Kind::Waits(deliveries, answer) if !answer.is_closed() => {
                drop(answer.send(deliveries.iter().map(|one| core.wait_of(one, now)).collect()));
            }
            Kind::Works(webhook, answer) => {
                // It is true also if nobody waits any more.
                let _ = answer.send(core.receiver_works(webhook));
            }
            Kind::Webhooks(answer) => drop(answer.send(core.webhooks().collect())),
            Kind::Vitals(webhooks, answer) if !answer.is_closed() => {
                let vitals = |webhook: WebhookKey| Some((webhook, core.vitals(webhook, now)?));
                drop(answer.send(webhooks.into_iter().filter_map(vitals).collect()));
            }
            Kind::Picture(..) | Kind::Waits(..) | Kind::Vitals(..) => {}
        }
    }
}
