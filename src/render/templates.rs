//! What a webhook's template writes for an event. Templates are kept compiled.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use lanehook_template::{Context, Escape, RenderLimits, Template, TemplateError, check_json};
use serde_json::Value;

use super::{
    card,
    content::read,
    failure::{cannot, without_credentials},
    names::{Names, data_of},
};
use crate::{
    model::{Event, Failure},
    template,
    webhook::{LONGEST_CODE, TemplateFormat, Webhook},
};

// What settings may hold can be compiled.
const _: () = assert!(LONGEST_CODE <= lanehook_template::MAX_SOURCE && LONGEST_CODE <= lanehook_script::MAX_SOURCE);

/// Templates that are kept compiled.
const MOST_COMPILED: usize = 2_000;

/// Compiled templates, by source and whether they write JSON.
#[derive(Default)]
pub(super) struct Templates(Mutex<HashMap<(Arc<str>, bool), Template>>);

impl Templates {
    /// # Errors
    /// The template cannot be compiled: where, why, and how to mend it.
    pub fn compiled(&self, source: &str, format: TemplateFormat) -> Result<Template, Failure> {
        let escape = if format == TemplateFormat::Text { Escape::None } else { Escape::Json };
        let key = (Arc::from(source), escape == Escape::Json);
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(known.clone());
        }
        let compiled = template::engine().template(source, escape);
        let compiled = compiled.map_err(|error| cannot(format!("the template: {error}")))?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_COMPILED {
            // Compiling takes microseconds: which of them go matters less than how fast.
            known.clear();
        }
        known.insert(key, compiled.clone());
        Ok(compiled)
    }

    /// What the template writes for an event.
    pub fn text(
        &self,
        source: &str,
        format: TemplateFormat,
        webhook: &Webhook,
        event: &Event,
    ) -> Result<String, Failure> {
        let template = self.compiled(source, format)?;
        let data = data_of(event)?;
        let card = card::card(event.event_type.as_str(), &data);
        let names = Names::of(webhook, event, &data).with_card(card);
        template.render(&Context::new(&names), &RenderLimits::default()).map_err(|error| failed(webhook, &error))
    }

    /// The same, of a template that writes JSON.
    pub fn json(
        &self,
        source: &str,
        format: TemplateFormat,
        webhook: &Webhook,
        event: &Event,
    ) -> Result<Value, Failure> {
        let text = self.text(source, format, webhook, event)?;
        read(text.as_bytes()).map_err(|failure| match check_json(&text) {
            Err(error) => failed(webhook, &error),
            Ok(()) => failure,
        })
    }
}

/// A template that could not be rendered, or wrote no JSON.
pub(super) fn failed(webhook: &Webhook, error: &TemplateError) -> Failure {
    without_credentials(webhook, format!("the template: {error}"))
}
