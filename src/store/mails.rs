//! What is still to be mailed.

use async_trait::async_trait;

use super::Result;
use crate::model::{TenantKey, Timestamp};

/// Lines that one mail has; of what comes beside them, it tells how many.
pub const MOST_LINES: usize = 20;
/// Characters of a line.
pub const LONGEST_LINE: usize = 300;

/// Notices that wait to be mailed, those of a tenant together. They are kept with what was told
/// ([`Notices::keep_told`](super::Notices::keep_told)).
#[async_trait]
pub trait Mails: Send + Sync + 'static {
    /// What is due by now, the longest waiting first, so many at most; and for how many tenants anything waits.
    async fn due_mails(&self, now: Timestamp, limit: usize) -> Result<(Vec<DueMail>, u64)>;

    /// So many lines and notices of a tenant's are done with. What came since waits for a minute.
    async fn mail_done(&self, tenant: TenantKey, lines: usize, count: u64, now: Timestamp) -> Result<()>;

    /// It was tried, and is due again at this time.
    async fn mail_put_off(&self, tenant: TenantKey, due_at: Timestamp) -> Result<()>;
}

/// A line that is to be mailed to a tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MailLine {
    pub tenant: TenantKey,
    pub line: String,
}

impl MailLine {
    /// One line, and no longer than lines are.
    pub fn new(tenant: TenantKey, text: &str) -> MailLine {
        let line = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_LINE).collect();
        MailLine { tenant, line }
    }
}

/// Notices of a tenant that are due to be mailed.
#[derive(Clone, PartialEq, Debug)]
pub struct DueMail {
    pub tenant: TenantKey,
    /// The first of them.
    pub lines: Vec<String>,
    /// How many they are.
    pub count: u64,
    /// How often they were tried.
    pub tries: u32,
    /// When the first of them was told.
    pub since: Timestamp,
}
