//! Webhooks: finding, making, changing and deleting them.

use std::{future::Future, sync::Arc};

use super::{
    approval::{approved, checked},
    error::ManageError,
    expected::Expected,
    listing::{self, Listed, WebhookQuery},
    sought::Sought,
};
use crate::{
    access::{AccessError, Caller},
    clock::Clock,
    courier::HttpCourier,
    model::{FieldError, Scope, Serial, TenantKey, WebhookId, WebhookKey},
    observe::{Board, Health},
    random,
    store::{Counted, NewWebhook, SetAside, StoreError, Webhooks},
    webhook::{Counters, Draft, Rotation, Webhook, WebhookInput, WebhookSettings},
    work::{Slice, Work},
};

/// How often a change is made again because someone else was faster.
const TRIES: usize = 8;

/// The webhooks there are, and every change to them. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct WebhookService {
    pub(super) store: Arc<dyn Webhooks>,
    courier: HttpCourier,
    clock: Clock,
    pub(super) work: Work,
    pub(super) board: Board,
}

/// A webhook under an id that its caller chose.
#[derive(Clone, Debug)]
pub enum Saved {
    /// It is new.
    Created(Arc<Webhook>),
    /// There was one before.
    Replaced(Arc<Webhook>),
}

impl WebhookService {
    /// Those of this store. Receivers are asked by way of `courier`; `work` does what takes long; `board` tells how webhooks do.
    pub fn new(
        store: Arc<dyn Webhooks>,
        courier: HttpCourier,
        clock: Clock,
        work: Work,
        board: Board,
    ) -> WebhookService {
        WebhookService { store, courier, clock, work, board }
    }

    /// A tenant's webhook. Someone else's is not there.
    pub fn find(&self, tenant: TenantKey, id: &str) -> Result<Arc<Webhook>, ManageError> {
        let id = WebhookId::parse(id).map_err(|_| NO_WEBHOOK)?;
        self.known(tenant, &id)?.ok_or(NO_WEBHOOK)
    }

    /// A tenant's webhook by its id, if the caller may change it, test it, and know its secret.
    pub fn changeable(&self, tenant: TenantKey, id: &str, by: &Caller) -> Result<Arc<Webhook>, ManageError> {
        let webhook = self.find(tenant, id)?;
        may_change(by, &webhook)?;
        Ok(webhook)
    }

    /// Some of a tenant's webhooks, each with what happened to it.
    pub async fn list(&self, tenant: TenantKey, query: WebhookQuery) -> Result<Vec<Listed>, ManageError> {
        let in_trouble = self.board.in_trouble();
        let found = match &query.id {
            Some(id) => {
                let one = self.known(tenant, id)?.into_iter();
                one.filter(|webhook| query.wants(webhook, &in_trouble)).collect()
            }
            None => {
                let mut search = listing::search(self.store.clone(), tenant, query, in_trouble.clone());
                self.work.ask(tenant, move |slice| search.go_on(slice)).await?
            }
        };
        let counters = self.store.counters(found.iter().map(|webhook| webhook.key).collect()).await?;
        // How each does when it was found, so that its place is the one it was found at.
        let listed = |(webhook, counters): (Arc<Webhook>, Counters)| {
            let health = in_trouble.of(webhook.key);
            Listed { webhook, counters, health }
        };
        Ok(found.into_iter().zip(counters).map(listed).collect())
    }

    /// How many of a tenant's webhooks the query asks for, on all pages.
    pub async fn count(&self, tenant: TenantKey, query: WebhookQuery) -> Result<Counted, ManageError> {
        let in_trouble = self.board.in_trouble();
        if let Some(id) = &query.id {
            let one = self.known(tenant, id)?.filter(|webhook| query.wants(webhook, &in_trouble));
            return Ok(Counted::of(usize::from(one.is_some())));
        }
        let mut count = listing::count(self.store.clone(), tenant, query, in_trouble);
        Ok(self.work.ask(tenant, move |slice| count.go_on(slice)).await?)
    }

    /// How a webhook does, as it was found out last.
    pub fn health(&self, webhook: &Webhook) -> Health {
        self.board.of(webhook.key)
    }

    /// A tenant's webhooks for whoever remembers something of them: those whose ids begin with this text, by id, then those
    /// with it somewhere in their name or in the host of their URL, in any case, or whose receivers are where it says, newest first. At most
    /// `limit`, each once.
    pub async fn search(&self, tenant: TenantKey, text: &str, limit: usize) -> Result<Vec<Arc<Webhook>>, ManageError> {
        let start = WebhookId::parse(text).ok();
        let by_id = start.map(|start| self.store.webhooks().beginning(tenant, &start, limit)).unwrap_or_default();
        let (sought, known) = (Sought::of(text), by_id.clone());
        let wants = move |webhook: &Webhook| !known.iter().any(|one| one.key == webhook.key) && sought.is(webhook);
        let mut search = listing::search_texts(self.store.clone(), tenant, limit, wants);
        let mut found = by_id;
        found.extend(self.work.ask(tenant, move |slice| search.go_on(slice)).await?);
        found.truncate(limit);
        Ok(found)
    }

    /// What happened to a webhook so far.
    pub async fn counters(&self, webhook: &Webhook) -> Result<Counters, ManageError> {
        Ok(self.store.counters(vec![webhook.key]).await?.into_iter().next().unwrap_or_default())
    }

    /// Makes a webhook under an id that is generated.
    pub async fn create(
        &self,
        tenant: TenantKey,
        input: WebhookInput,
        by: &Caller,
    ) -> Result<Arc<Webhook>, ManageError> {
        self.make(tenant, None, &Arc::new(input), by).await
    }

    /// Makes a webhook under this id, or replaces the one there is.
    pub async fn put(
        &self,
        tenant: TenantKey,
        id: &WebhookId,
        input: WebhookInput,
        expected: &Expected,
        by: &Caller,
    ) -> Result<Saved, ManageError> {
        let input = &Arc::new(input);
        let attempt = || async {
            let before = self.known(tenant, id)?;
            expected.check(before.as_ref().map(|before| (before.key, before.version)))?;
            Ok(match before {
                Some(before) => {
                    let (input, old) = (input.clone(), before.clone());
                    let draft = self.drafted(tenant, move || input.replace(&old)).await?;
                    Saved::Replaced(self.save(&before, draft, by).await?)
                }
                None => Saved::Created(self.make(tenant, Some(id.clone()), input, by).await?),
            })
        };
        again(attempt).await
    }

    /// Changes the settings that the input names.
    pub async fn change(
        &self,
        tenant: TenantKey,
        id: &str,
        patch: WebhookInput,
        expected: &Expected,
        by: &Caller,
    ) -> Result<Arc<Webhook>, ManageError> {
        let patch = &Arc::new(patch);
        let attempt = || async {
            let before = self.find(tenant, id)?;
            expected.check(Some((before.key, before.version)))?;
            let (input, old) = (patch.clone(), before.clone());
            let saved = async {
                let draft = self.drafted(tenant, move || input.patch(&old)).await?;
                self.save(&before, draft, by).await
            };
            saved.await.map_err(|error| match error {
                ManageError::Invalid(errors) => patch.told_what_stays(&before, errors).into(),
                error => error,
            })
        };
        again(attempt).await
    }

    /// Replaces a webhook's secret.
    pub async fn rotate(
        &self,
        tenant: TenantKey,
        id: &str,
        rotation: &Rotation,
        by: &Caller,
    ) -> Result<Arc<Webhook>, ManageError> {
        let attempt = || async {
            let before = self.find(tenant, id)?;
            self.save(&before, rotation.of(&before, random::bytes(), self.clock.now())?, by).await
        };
        again(attempt).await
    }

    /// Deletes a webhook, also one that cannot be read. What it was owed is cancelled.
    pub async fn delete(
        &self,
        tenant: TenantKey,
        id: &str,
        expected: &Expected,
        by: &Caller,
    ) -> Result<(), ManageError> {
        let attempt = || async {
            let set_aside =
                self.store.set_aside().into_iter().find(|one| one.tenant == tenant && one.id.as_str() == id);
            let (key, version) = match set_aside {
                Some(one) => (one.key, one.version),
                None => self.changeable(tenant, id, by).map(|webhook| (webhook.key, webhook.version))?,
            };
            expected.check(Some((key, version)))?;
            let version = expected.names_versions().then_some(version);
            match self.store.delete_webhook(key, version, &by.actor()).await {
                // Whichever version it had, it is gone.
                Err(StoreError::Conflict) if version.is_none() => Err(NO_WEBHOOK),
                deleted => Ok(deleted?),
            }
        };
        again(attempt).await
    }

    /// A webhook to look at, which is not kept.
    pub async fn draft(&self, tenant: TenantKey, input: WebhookInput) -> Result<Webhook, ManageError> {
        let draft = self.drafted(tenant, move || input.draft(random::bytes())).await?;
        let draft = checked(&self.courier, &self.clock, tenant, draft, None).await?;
        let now = self.clock.now();
        Ok(Webhook {
            key: WebhookKey(Serial::FIRST),
            tenant,
            id: WebhookId::parse("draft").map_err(ManageError::Defect)?,
            settings: draft.settings,
            secrets: draft.secrets,
            disabled: None,
            status_since: None,
            version: 0,
            created_at: now,
            updated_at: now,
        })
    }

    /// The webhook that has this id, if there is one and it can be read. One that cannot has its id taken all the same.
    fn known(&self, tenant: TenantKey, id: &WebhookId) -> Result<Option<Arc<Webhook>>, ManageError> {
        match self.store.webhooks().find(tenant, id) {
            Some(webhook) => Ok(Some(webhook)),
            None => not_set_aside(&*self.store, |one| one.tenant == tenant && one.id == *id).map(|()| None),
        }
    }

    /// Makes a draft where nobody waits for it: patterns take their time to compile.
    async fn drafted(
        &self,
        tenant: TenantKey,
        make: impl FnOnce() -> Result<Draft, Vec<FieldError>> + Send + 'static,
    ) -> Result<Draft, ManageError> {
        Ok(self.work.ask_once(tenant, Slice::UNKNOWN, make).await??)
    }

    async fn make(
        &self,
        tenant: TenantKey,
        id: Option<WebhookId>,
        input: &Arc<WebhookInput>,
        by: &Caller,
    ) -> Result<Arc<Webhook>, ManageError> {
        let input = input.clone();
        let draft = self.drafted(tenant, move || input.create(random::bytes())).await?;
        no_notices_in_portal(by, &draft.settings)?;
        let Draft { settings, secrets, disabled, .. } =
            approved(&self.courier, &self.clock, tenant, draft, None).await?;
        let new = NewWebhook { tenant, id, settings, secrets, disabled };
        Ok(self.store.create_webhook(new, &by.actor()).await?)
    }

    /// Writes a webhook as the draft has it, if that is approved, and if the webhook is still as it was read. Where the draft changes
    /// nothing, nothing is written, and nobody is asked.
    async fn save(&self, before: &Arc<Webhook>, draft: Draft, by: &Caller) -> Result<Arc<Webhook>, ManageError> {
        if !draft.changes(before) {
            return Ok(before.clone());
        }
        may_change(by, before)?;
        no_notices_in_portal(by, &draft.settings)?;
        // Before anything is sent: a receiver that is to be asked gets the credentials with the question.
        if !draft.exposed.is_empty() && by.permits(Scope::Secrets).is_err() {
            return Err(ManageError::Exposed(draft.exposed));
        }
        let draft = approved(&self.courier, &self.clock, before.tenant, draft, Some(before)).await?;
        let webhook = Webhook {
            settings: draft.settings,
            secrets: draft.secrets,
            disabled: draft.disabled,
            version: before.version + 1,
            updated_at: self.clock.now(),
            ..Webhook::clone(before)
        };
        Ok(self.store.update_webhook(webhook, before.version, &by.actor()).await?)
    }
}

/// Customers in the portal look at a webhook that gets our own notices, and leave it alone: whoever moves it, or knows its secret, has the
/// notices.
fn may_change(by: &Caller, webhook: &Webhook) -> Result<(), ManageError> {
    match by.is_portal() && webhook.settings.hears_notices() {
        true => Err(AccessError::NotInPortal.into()),
        false => Ok(()),
    }
}

/// Nor do they ask for notices.
fn no_notices_in_portal(by: &Caller, settings: &WebhookSettings) -> Result<(), ManageError> {
    let place = settings.event_types.iter().position(|pattern| by.is_portal() && pattern.is_reserved());
    let message = "types that begin with `lanehook.` are the server's own notices, which are not part of the portal";
    place.map_or(Ok(()), |place| Err(ManageError::field(format!("/event_types/{place}"), message)))
}

const NO_WEBHOOK: ManageError = ManageError::NotFound("webhook");

/// A webhook that cannot be read is there all the same: it waits for a version that can.
pub(super) fn not_set_aside(store: &dyn Webhooks, is_it: impl Fn(&SetAside) -> bool) -> Result<(), ManageError> {
    match store.set_aside().into_iter().find(is_it) {
        None => Ok(()),
        Some(SetAside { reason, .. }) => Err(ManageError::SetAside { reason }),
    }
}

/// Makes a change again as long as someone else was faster, so that it is made of what they left.
async fn again<T, F>(attempt: impl Fn() -> F) -> Result<T, ManageError>
where
    F: Future<Output = Result<T, ManageError>>,
{
    for _ in 0..TRIES {
        match attempt().await {
            Err(ManageError::Store(StoreError::Conflict | StoreError::Exists(_))) => {}
            ended => return ended,
        }
    }
    Err(StoreError::Conflict.into())
}
