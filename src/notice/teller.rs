//! Tells notices: of each tenant's some in one run, in their order, and tenants beside each other.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::{StreamExt as _, stream};

use super::{recipients::Recipients, told::Notice};
use crate::{
    access::Access,
    model::{TenantId, TenantKey},
    publish::{PublishError, Publisher},
    store::{MailLine, Store, StoreError, ToldChanges},
};

/// Notices of one kind that a tenant is told in one run, at most; others come in the next.
pub(super) const MOST: usize = 500;
/// Tenants that are told at one time.
const TENANTS: usize = 64;

/// What everybody needs who tells something. Cheap to clone.
#[derive(Clone)]
pub(super) struct Teller {
    pub store: Arc<dyn Store>,
    pub access: Access,
    publisher: Publisher,
    recipients: Recipients,
}

/// Something that is told with a notice, or done without a word.
pub(super) struct Due<T> {
    pub what: T,
    pub notice: Option<Notice>,
}

/// By tenant, in order, with how many notices these are.
pub(super) struct ToTell<T>(BTreeMap<TenantKey, (Vec<Due<T>>, usize)>);

impl<T> Default for ToTell<T> {
    fn default() -> ToTell<T> {
        ToTell(BTreeMap::new())
    }
}

impl<T> ToTell<T> {
    /// To this tenant, if there is room in this run. What is done without a word takes none.
    pub fn add(&mut self, tenant: TenantKey, what: T, notice: Option<Notice>) {
        let (of_tenant, notices) = self.0.entry(tenant).or_insert_with(|| (Vec::new(), 0));
        if notice.is_none() || *notices < MOST {
            *notices += usize::from(notice.is_some());
            of_tenant.push(Due { what, notice });
        }
    }
}

impl Teller {
    pub fn new(store: Arc<dyn Store>, publisher: Publisher, access: Access, recipients: Recipients) -> Teller {
        Teller { store, access, publisher, recipients }
    }

    /// What is to be mailed of it, if the tenant has mail.
    pub fn mail(&self, tenant: TenantKey, notice: Option<&Notice>) -> Option<MailLine> {
        let notice = notice.filter(|notice| notice.is_mailed && !self.recipients.of(tenant).is_empty())?;
        Some(MailLine::new(tenant, &notice.line))
    }

    /// Those that could be told, of each tenant in their order.
    pub async fn tell<T: Send>(&self, due: ToTell<T>) -> Vec<Due<T>> {
        let told = due.0.into_iter().map(|(tenant, (due, _))| self.tell_tenant(tenant, due));
        let told: Vec<Vec<Due<T>>> = stream::iter(told).buffer_unordered(TENANTS).collect().await;
        told.into_iter().flatten().collect()
    }

    async fn tell_tenant<T: Send>(&self, tenant: TenantKey, due: Vec<Due<T>>) -> Vec<Due<T>> {
        let mut told = Vec::with_capacity(due.len());
        for one in due {
            if let Some(notice) = &one.notice
                && !self.tell_one(tenant, notice).await
            {
                break;
            }
            told.push(one);
        }
        told
    }

    /// Whether it could be told.
    pub async fn tell_one(&self, tenant: TenantKey, notice: &Notice) -> bool {
        match self.publisher.notify(tenant, notice.event.clone()).await {
            // That it was told before says a conflict, too: what is told has numbers in it that grow. Only notices have such ids.
            Ok(()) | Err(PublishError::Conflict(_)) => true,
            // It would be told for nothing again and again: what follows from so many notices has taken all the room there is for them.
            Err(PublishError::Store(StoreError::Full(reached))) => {
                let tenant = self.access.tenant_name(tenant).map(|id| id.to_string());
                let (quota, notice) = (reached.kind.as_str(), &notice.line);
                tracing::warn!(tenant, quota, notice, "a notice is not kept: its tenant keeps as much as it may");
                true
            }
            // Too much is under way, or the disk is nearly full. The next run tries again.
            Err(error) => {
                tracing::debug!(%error, "a notice waits");
                false
            }
        }
    }

    /// Keeps what was told, so much in one transaction; what is mailed first, so that a crash in between has it mailed twice at worst.
    pub async fn keep(&self, changes: ToldChanges) -> Result<(), StoreError> {
        let mut part = ToldChanges::default();
        let ToldChanges { incidents, incidents_over, conditions, conditions_over, happened, mails } = changes;
        macro_rules! keep_all {
            ($($list:ident),*) => { $(
                for one in $list {
                    part.$list.push(one);
                    if part.len() >= MOST {
                        self.store.keep_told(std::mem::take(&mut part)).await?;
                    }
                }
            )* };
        }
        keep_all!(mails, incidents, incidents_over, conditions, conditions_over, happened);
        if part.is_empty() { Ok(()) } else { self.store.keep_told(part).await }
    }

    /// Whom operators' notices are told to.
    pub fn operator(&self) -> Option<TenantKey> {
        self.access.find_tenant(TenantId::DEFAULT).map(|tenant| tenant.key)
    }
}
