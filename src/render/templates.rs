//! What a webhook's template writes for an event. Templates are kept compiled.

use std::sync::Arc;

use lanehook_template::{Context, Escape, RenderLimits, Template, TemplateError, check_json};
use serde_json::Value;

use super::{
    card,
    content::read,
    failure::{NoPayload, cannot, without_credentials},
    names::{Names, data_of},
};
use crate::{
    model::{Event, Failure},
    template::{self, Compiled},
    webhook::{LONGEST_CODE, TemplateFormat, Webhook},
    work::{Cost, Slice},
};

// What settings may hold can be compiled.
const _: () = assert!(LONGEST_CODE <= lanehook_template::MAX_SOURCE && LONGEST_CODE <= lanehook_script::MAX_SOURCE);

/// Compiling a byte of a template's source.
const OF_SOURCE_BYTE: Cost = 200;
/// Bytes of the sources of templates that are kept compiled.
const MOST_COMPILED: usize = 4 << 20;

/// Compiled templates, by source and whether they write JSON.
pub(super) struct Templates(Compiled<(Arc<str>, bool), Template>);

impl Default for Templates {
    fn default() -> Templates {
        Templates(Compiled::of_bytes(MOST_COMPILED))
    }
}

impl Templates {
    /// # Errors
    /// The template cannot be compiled: where, why, and how to mend it. Or it takes longer than the slice allows.
    pub fn compiled(&self, source: &str, format: TemplateFormat, slice: &mut Slice) -> Result<Template, NoPayload> {
        let escape = if format == TemplateFormat::Text { Escape::None } else { Escape::Json };
        let key = (Arc::from(source), escape == Escape::Json);
        if let Some(known) = self.0.get(&key) {
            return Ok(known);
        }
        if !slice.affords(OF_SOURCE_BYTE * source.len() as Cost) {
            return Err(NoPayload::NotNow);
        }
        let compiled = template::engine().template(source, escape);
        let compiled = compiled.map_err(|error| cannot(format!("the template: {error}")))?;
        self.0.keep(key, compiled.clone(), source.len());
        Ok(compiled)
    }

    /// What the template writes for an event.
    pub fn text(
        &self,
        source: &str,
        format: TemplateFormat,
        webhook: &Webhook,
        event: &Event,
        slice: &mut Slice,
    ) -> Result<String, NoPayload> {
        let template = self.compiled(source, format, slice)?;
        let data = data_of(event)?;
        let card = card::card(event.event_type.as_str(), &data);
        let names = Names::of(webhook, event, &data).with_card(card);
        let (context, allowed) = (Context::new(&names), slice.allows());
        let mut left = allowed;
        let rendered = template.render_within(&context, &RenderLimits::default(), &mut left);
        slice.spend(allowed - left);
        Ok(rendered.ok_or(NoPayload::NotNow)?.map_err(|error| failed(webhook, &error))?)
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
        let text = self.text(source, format, webhook, event, slice)?;
        let value = read(text.as_bytes()).map_err(|failure| match check_json(&text) {
            Err(error) => failed(webhook, &error),
            Ok(()) => failure,
        });
        Ok(value?)
    }
}

/// A template that could not be rendered, or wrote no JSON.
pub(super) fn failed(webhook: &Webhook, error: &TemplateError) -> Failure {
    without_credentials(webhook, format!("the template: {error}"))
}
