//! What notices tell of, and what was told already.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{MailLine, Result};
use crate::{
    model::{ApiKeyId, DeliveryId, TenantKey, Timestamp, WebhookKey},
    observe::Bucket,
};

/// What is to be told, until it was told.
#[async_trait]
pub trait Notices: Send + Sync + 'static {
    /// The incidents there are, each until its end was told.
    async fn incidents(&self) -> Result<Vec<Incident>>;

    /// The conditions there are, each until its end was told.
    async fn conditions(&self) -> Result<Vec<Condition>>;

    /// What has happened in minutes that are over, the oldest first: whole groups of a minute, tenant and kind, of `limit` things in
    /// all, or of one group if that has more. The store keeps it with what it tells of, and says by its own clock which minutes are over:
    /// those to which nothing is added any more.
    async fn happened(&self, limit: usize) -> Result<Vec<Happened>>;

    /// Keeps what was told, in one transaction.
    async fn keep_told(&self, told: ToldChanges) -> Result<()>;
}

/// What changes with notices that were told, or are about to be.
#[derive(Clone, Default, Debug)]
pub struct ToldChanges {
    /// Incidents as they are now.
    pub incidents: Vec<Incident>,
    /// Webhooks whose incidents are over.
    pub incidents_over: Vec<WebhookKey>,
    /// Conditions as they are now.
    pub conditions: Vec<Condition>,
    /// Those that are over.
    pub conditions_over: Vec<(TenantKey, String)>,
    /// What has happened and is told.
    pub happened: Vec<HappenedGroup>,
    /// What is to be mailed of it.
    pub mails: Vec<MailLine>,
}

impl ToldChanges {
    /// How many rows that is.
    pub fn len(&self) -> usize {
        let ToldChanges { incidents, incidents_over, conditions, conditions_over, happened, mails } = self;
        incidents.len()
            + incidents_over.len()
            + conditions.len()
            + conditions_over.len()
            + happened.len() * (MOST_SUBJECTS + 1)
            + mails.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A webhook that is failing, or was disabled for it, until it has recovered and a while after.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Incident {
    /// The webhook.
    pub webhook: WebhookKey,
    /// Whose it is.
    pub tenant: TenantKey,
    /// When it began; its notices are named by this.
    pub since: Timestamp,
    /// What was told of it last.
    pub told: Told,
    /// When that was told.
    pub told_at: Timestamp,
}

/// What was told of an incident last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Told {
    /// Nothing yet.
    Nothing,
    /// That the webhook is failing.
    Failing,
    /// That it was disabled for it.
    Disabled,
    /// That it has recovered.
    Recovered,
}

/// What is so for a tenant, until it is so no more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// For whom.
    pub tenant: TenantKey,
    /// What it is, like `quota.near/webhooks`.
    pub subject: String,
    /// Since when; its notices are named by this.
    pub since: Timestamp,
    /// Whether that was told.
    pub is_told: bool,
}

/// Of one kind, in one minute and for one tenant, so many things are told apart; the others are counted together.
pub const MOST_SUBJECTS: usize = 20;
/// Of a webhook's deliveries that were given up in a minute, so many are told by their ids.
pub const MOST_DELIVERIES: usize = 10;

/// Things of one kind that happened to a tenant in a minute.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct HappenedGroup {
    pub minute: Bucket,
    pub tenant: TenantKey,
    pub kind: HappenedKind,
}

/// Something that happened in a minute.
#[derive(Clone, PartialEq, Debug)]
pub struct Happened {
    pub group: HappenedGroup,
    pub about: About,
    /// How often.
    pub count: u64,
}

/// What it is about.
#[derive(Clone, PartialEq, Debug)]
pub enum About {
    /// A webhook, and the first of its deliveries that were given up.
    Webhook(WebhookKey, Vec<DeliveryId>),
    /// An API key.
    Key(ApiKeyId, KeyTold),
    /// All others of the group together.
    Others,
}

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum HappenedKind {
    /// Deliveries of a webhook were given up.
    GivenUp,
    /// An API key was made.
    KeyMade,
    /// An API key was revoked.
    KeyRevoked,
}

/// What is told of an API key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeyTold {
    pub name: String,
    /// Its first characters.
    pub hint: String,
    /// Who made or revoked it, as logs say it.
    pub by: String,
}
