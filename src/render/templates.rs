//! What a webhook's template writes for an event. Templates are kept compiled.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use lanehook_template::{Context, Escape, RenderLimits, Template, TemplateError, check_json};
use serde_json::Value;

use super::{
    content::read,
    failure::{NoPayload, cannot, without_credentials},
    names::{Facts, Names, SummaryNames},
};
use crate::{
    catalogue::{KnownMeanings, Meanings},
    model::{Event, Failure, FailureKind, TenantKey},
    platform::{Alerts, Platform},
    template::{self, Compiled},
    webhook::{LONGEST_CODE, Payload, TemplateFormat, TemplateNames, Webhook},
    work::{Cost, Slice},
};

// What settings may hold can be compiled.
const _: () = assert!(LONGEST_CODE <= lanehook_template::MAX_SOURCE && LONGEST_CODE <= lanehook_script::MAX_SOURCE);

/// Compiling a byte of a template's source.
const OF_SOURCE_BYTE: Cost = 200;
/// Bytes of the sources of templates that are kept compiled.
const MOST_COMPILED: usize = 4 << 20;

/// What templates are compiled to, and what they are given.
pub(super) struct Templates {
    /// Webhooks' own, by source and whether they write JSON.
    compiled: Compiled<(Arc<str>, bool), Template>,
    /// Platforms' own, by source: there are not many.
    of_platforms: Mutex<HashMap<String, Template>>,
    /// What events mean.
    pub known: KnownMeanings,
}

/// That know nothing of event types.
impl Default for Templates {
    fn default() -> Templates {
        Templates::knowing(Arc::new(|_, _| Meanings::default()))
    }
}

impl Templates {
    /// None yet.
    pub fn knowing(known: KnownMeanings) -> Templates {
        Templates { compiled: Compiled::of_bytes(MOST_COMPILED), of_platforms: Mutex::default(), known }
    }

    /// A template of this tenant's, compiled now if it is not kept.
    ///
    /// # Errors
    /// As of [`compile`], or it takes longer than the slice allows.
    fn compiled(
        &self,
        tenant: TenantKey,
        source: &str,
        format: TemplateFormat,
        slice: &mut Slice,
    ) -> Result<Template, NoPayload> {
        let key = (Arc::from(source), escape(format) == Escape::Json);
        if let Some(known) = self.compiled.get(tenant, &key) {
            return Ok(known);
        }
        if !slice.affords(OF_SOURCE_BYTE * source.len() as Cost) {
            return Err(NoPayload::NotNow);
        }
        let compiled = compile(source, format)?;
        self.compiled.keep(tenant, key, compiled.clone(), template::room_for(source));
        Ok(compiled)
    }

    fn of_preset(&self, source: &str) -> Result<Template, NoPayload> {
        let locked = || self.of_platforms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = locked().get(source) {
            return Ok(known.clone());
        }
        let compiled = compile(source, TemplateFormat::Json)?;
        locked().insert(source.to_owned(), compiled.clone());
        Ok(compiled)
    }

    /// What a webhook's own template writes for an event.
    pub fn text(
        &self,
        source: &str,
        format: TemplateFormat,
        webhook: &Webhook,
        event: &Event,
        slice: &mut Slice,
    ) -> Result<String, NoPayload> {
        let template = self.compiled(webhook.tenant, source, format, slice)?;
        self.write(&template, webhook, event, Facts::of(event, &self.known)?, slice)
    }

    /// What a template writes for a whole batch.
    pub fn summary(
        &self,
        source: &str,
        webhook: &Webhook,
        names: &SummaryNames<'_, Value>,
        slice: &mut Slice,
    ) -> Result<Value, NoPayload> {
        let template = self.compiled(webhook.tenant, source, TemplateFormat::Json, slice)?;
        json_of(webhook, written(&template, webhook, &Context::new(names), slice)?)
    }

    fn write(
        &self,
        template: &Template,
        webhook: &Webhook,
        event: &Event,
        Facts { data, card }: Facts,
        slice: &mut Slice,
    ) -> Result<String, NoPayload> {
        let how = match &webhook.settings.payload {
            Some(Payload::Template { names, .. }) => *names,
            _ => TemplateNames::Qualified,
        };
        let names = Names::of(webhook, event, &data).named(how).with_card(card);
        written(template, webhook, &Context::new(&names), slice)
    }

    /// The same, of a template that writes JSON.
    pub fn json(
        &self,
        source: &str,
        format: TemplateFormat,
        webhook: &Webhook,
        event: &Event,
        slice: &mut Slice,
    ) -> Result<Value, NoPayload> {
        json_of(webhook, self.text(source, format, webhook, event, slice)?)
    }

    /// What a platform's own template writes, and the key of the alert that is ended by it, where another request does that than
    /// the one that opens it.
    pub fn of_platform(
        &self,
        platform: &Platform,
        source: &str,
        webhook: &Webhook,
        event: &Event,
        slice: &mut Slice,
    ) -> Result<(Value, Option<String>), NoPayload> {
        let facts = Facts::of(event, &self.known)?;
        let (is_over, key) = (facts.card["resolved"] == true, facts.card["dedup"].as_str());
        if is_over && platform.alerts.is_some() && key.is_none() {
            let message = Alerts::ENDS_NOTHING.into();
            return Err(Failure { kind: FailureKind::Skipped, message, retry_after: None }.into());
        }
        let end = platform.alert_end().filter(|_| is_over);
        let ended = end.and(key).map(str::to_owned);
        let source = end.map_or(source, |end| &end.template);
        let template = self.of_preset(source)?;
        Ok((json_of(webhook, self.write(&template, webhook, event, facts, slice)?)?, ended))
    }
}

/// # Errors
/// The template cannot be compiled: where, why, and how to mend it.
pub(super) fn compile(source: &str, format: TemplateFormat) -> Result<Template, Failure> {
    template::engine().template(source, escape(format)).map_err(|error| cannot(format!("the template: {error}")))
}

fn escape(format: TemplateFormat) -> Escape {
    if format == TemplateFormat::Text { Escape::None } else { Escape::Json }
}

fn written(template: &Template, webhook: &Webhook, context: &Context, slice: &mut Slice) -> Result<String, NoPayload> {
    let allowed = slice.allows();
    let mut left = allowed;
    let rendered = template.render_within(context, &RenderLimits::default(), &mut left);
    slice.spend(allowed - left);
    Ok(rendered.ok_or(NoPayload::NotNow)?.map_err(|error| failed(webhook, &error))?)
}

fn json_of(webhook: &Webhook, text: String) -> Result<Value, NoPayload> {
    let value = read(text.as_bytes()).map_err(|failure| match check_json(&text) {
        Err(error) => failed(webhook, &error),
        Ok(()) => failure,
    });
    Ok(value?)
}

/// A template that could not be rendered, or wrote no JSON.
pub(super) fn failed(webhook: &Webhook, error: &TemplateError) -> Failure {
    without_credentials(webhook, format!("the template: {error}"))
}
