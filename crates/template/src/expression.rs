//! A compiled expression: a source enters, its value for the values of a context leaves, as JSON.

use std::{fmt, sync::Arc};

use minijinja::Environment;

use crate::{
    error::TemplateError,
    guard,
    limits::{MAX_EXPRESSION, RenderLimits},
    names::{self, GUARD, Names},
    print,
    run::{self, Context, RESULT},
    tokens,
};

/// An expression like `data.price * data.quantity`, whose value is wanted and not its text. Cheap to clone; equal if the
/// sources are.
#[derive(Clone)]
pub struct Expression(Arc<Compiled>);

struct Compiled {
    source: String,
    env: Environment<'static>,
}

impl Expression {
    pub(crate) fn compile(
        environment: &Environment<'static>,
        names: &Names,
        source: &str,
    ) -> Result<Expression, TemplateError> {
        if source.len() > MAX_EXPRESSION {
            return Err(TemplateError::new(format!(
                "an expression has at most {MAX_EXPRESSION} bytes, this has {}",
                source.len()
            )));
        }
        let tag = tokens::read(source, "", 0, 1, "")?;
        if tag.tokens.is_empty() {
            return Err(TemplateError::new("the expression is empty"));
        }
        let guarded = guard::expression(&tag.tokens, names)?;
        let env = run::compile(environment, format!("{{% set {RESULT} = ({guarded})|{GUARD} %}}"))?;
        Ok(Expression(Arc::new(Compiled { source: source.to_owned(), env })))
    }

    /// Whether every name that it takes from its context is known, as [`Template::check_names`](crate::Template::check_names) tells.
    ///
    /// # Errors
    /// The first name that stands for nothing, and what was meant.
    pub fn check_names(&self, known: &[&str], members_of: &str) -> Result<(), TemplateError> {
        names::check_taken(&self.0.env, &self.0.source, known, members_of)
    }

    /// The value, of which the JSON is no longer than the limit on the output.
    ///
    /// # Errors
    /// A value that is not there or does not fit, or a limit that was reached.
    pub fn evaluate(&self, context: &Context, limits: &RenderLimits) -> Result<serde_json::Value, TemplateError> {
        let value = run::run(&self.0.env, context, limits)?.value.unwrap_or_default();
        if value.is_undefined() {
            return Err(TemplateError::new("what it stands for is not there"));
        }
        // Measured first: a list of a list of a list is small in memory and large when written out.
        print::to_json(&value, limits.output).map_err(|error| match error {
            Some(error) => TemplateError::from(error),
            None => run::too_long(limits),
        })?;
        serde_json::to_value(print::Tree(&value, 0)).map_err(|error| TemplateError::new(error.to_string()))
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.0.source
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Expression) -> bool {
        self.0.source == other.0.source
    }
}

impl Eq for Expression {}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.0.source).finish()
    }
}
