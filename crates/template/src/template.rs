//! A compiled template: a source enters, what it writes for the values of a context leaves.

use std::{fmt, sync::Arc};

use minijinja::Environment;

use crate::{
    error::TemplateError,
    escape::Escape,
    limits::{MAX_SOURCE, RenderLimits, STEPS_PER_FUEL},
    names::{self, Names},
    rewrite,
    run::{self, Context},
};

/// A template that an [`Engine`](crate::Engine) has compiled. Cheap to clone; equal if source and escaping are.
#[derive(Clone)]
pub struct Template(Arc<Compiled>);

struct Compiled {
    source: String,
    escape: Escape,
    env: Environment<'static>,
}

impl Template {
    pub(crate) fn compile(
        environment: &Environment<'static>,
        names: &Names,
        source: &str,
        escape: Escape,
    ) -> Result<Template, TemplateError> {
        if source.len() > MAX_SOURCE {
            return Err(TemplateError::new(format!(
                "a template has at most {MAX_SOURCE} bytes, this has {}",
                source.len()
            )));
        }
        let env = run::compile(environment, rewrite::rewrite(source, escape, names)?)?;
        Ok(Template(Arc::new(Compiled { source: source.to_owned(), escape, env })))
    }

    /// Whether every name that it takes from its context is one of these. `members_of` names the value whose members people write
    /// alone by mistake: with `data`, the error for `symbol` asks whether `data.symbol` was meant.
    ///
    /// # Errors
    /// The first name that stands for nothing, in which line, and what was probably meant.
    pub fn check_names(&self, known: &[&str], members_of: &str) -> Result<(), TemplateError> {
        names::check_taken(&self.0.env, &self.0.source, known, members_of)
    }

    /// Writes the template out. The output of [`Escape::Json`] may still be no JSON (a comma can be missing); see
    /// [`check_json`](crate::check_json).
    ///
    /// # Errors
    /// A value that is not there or does not fit, or a limit that was reached.
    pub fn render(&self, context: &Context, limits: &RenderLimits) -> Result<String, TemplateError> {
        run::run(&self.0.env, context, limits).map(|done| done.output)
    }

    /// The same, if it takes no more than `steps`, of about a nanosecond each. What it took is taken off of them. `None` if they
    /// were too few to tell what comes of it: then it was begun in vain, and nothing is kept for the next time. A rendering that
    /// fails costs as much as the limits allow.
    pub fn render_within(
        &self,
        context: &Context,
        limits: &RenderLimits,
        steps: &mut u64,
    ) -> Option<Result<String, TemplateError>> {
        let (most, fuel) = (limits.fuel(), *steps / STEPS_PER_FUEL);
        match run::run_with(&self.0.env, context, limits, fuel.min(most)) {
            Ok(done) => {
                *steps = steps.saturating_sub(done.fuel * STEPS_PER_FUEL);
                Some(Ok(done.output))
            }
            Err(error) => {
                *steps = steps.saturating_sub(most * STEPS_PER_FUEL);
                (fuel >= most).then_some(Err(error))
            }
        }
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// How it escapes.
    pub fn escape(&self) -> Escape {
        self.0.escape
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Template) -> bool {
        self.0.source == other.0.source && self.0.escape == other.0.escape
    }
}

impl Eq for Template {}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template").field("source", &self.0.source).field("escape", &self.0.escape).finish()
    }
}
