#![doc = include_str!("../README.md")]
//!
//! # How it is kept safe
//!
//! ```text
//! source → scan, tokens (parts and tags) → rewrite (places, blocks) → guard (expressions) → minijinja → output
//! ```
//!
//! A template sees no clock, no dice, no files and no other templates. What it may make and visit is bounded by one number
//! of bytes, from which minijinja's fuel follows (see [`RenderLimits`]); and each `{{ … }}` of a template that writes JSON is
//! written for the place where it stands (see [`Escape::Json`]), so that values cannot change the shape of what is written.
//! Pure: what a template writes depends on nothing but the source, the fields, the limits and the filters that were added.

mod engine;
mod error;
mod graphemes;
mod guard;
mod helpers;
mod names;
mod print;
mod rewrite;
mod scan;
mod tokens;

use std::sync::Arc;

use minijinja::{Environment, Error, ErrorKind};
use serde::Serialize;

pub use engine::Engine;
pub use error::{TemplateError, check_json};

/// Bytes of a template's source.
pub const MAX_SOURCE: usize = 64 * 1024;
/// Bytes of an expression's source.
pub const MAX_EXPRESSION: usize = 4 * 1024;

/// The one template of its environment.
const NAME: &str = "template";
/// What an expression's value is kept as, to be read after its run.
const RESULT: &str = "result_of_expression";

/// What is done to values that are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Escape {
    /// The template writes JSON: values are escaped for their place in it.
    ///
    /// Between quotes, a text is written as the inside of a JSON string; numbers, `true` and `false` as they are; `null`
    /// as nothing; lists and maps as compact JSON, escaped. Outside of quotes each value is written as JSON: a text gets its
    /// quotes. Within `{% set x %}…{% endset %}` and `{% filter f %}…{% endfilter %}` there is plain text, which is escaped
    /// where it is printed. So nothing needs to be escaped by hand, and nothing can be left out.
    Json,
    /// The template writes text: texts as they are, `null` as nothing, lists and maps as JSON.
    None,
}

/// What one rendering may use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RenderLimits {
    /// Bytes of memory. A bound on time as well: steps are paid for in bytes.
    pub memory: usize,
    /// Bytes of output.
    pub output: usize,
}

impl Default for RenderLimits {
    fn default() -> RenderLimits {
        RenderLimits { memory: 16 << 20, output: 1 << 20 }
    }
}

impl RenderLimits {
    /// Measured: what a template makes takes at most this many times the bytes it is charged for, because buffers
    /// double and are copied.
    const HELD_PER_CHARGED: usize = 4;

    fn fuel(&self) -> u64 {
        (self.memory / Self::HELD_PER_CHARGED) as u64 / print::BYTES_PER_FUEL
    }
}

/// The values that templates and expressions can name; made once for all that are given the same. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Context(minijinja::Value);

impl Context {
    /// The fields of a map or struct become the names. Maps are kept sorted by their keys.
    pub fn new(fields: &impl Serialize) -> Context {
        Context(minijinja::value::Serde(fields).into())
    }
}

/// A template that an [`Engine`] has compiled. Cheap to clone; equal if source and escaping are.
#[derive(Clone)]
pub struct Template(Arc<Compiled>);

struct Compiled {
    source: String,
    escape: Escape,
    env: Environment<'static>,
}

impl Template {
    pub(crate) fn compile(engine: &Engine, source: &str, escape: Escape) -> Result<Template, TemplateError> {
        if source.len() > MAX_SOURCE {
            return Err(TemplateError::new(format!(
                "a template has at most {MAX_SOURCE} bytes, this has {}",
                source.len()
            )));
        }
        let env = compile(engine, rewrite::rewrite(source, escape, &engine.names)?)?;
        Ok(Template(Arc::new(Compiled { source: source.to_owned(), escape, env })))
    }

    /// Writes the template out. The output of [`Escape::Json`] may still be no JSON (a comma can be missing); see
    /// [`check_json`].
    ///
    /// # Errors
    /// A value that is not there or does not fit, or a limit that was reached.
    pub fn render(&self, context: &Context, limits: &RenderLimits) -> Result<String, TemplateError> {
        run(&self.0.env, context, limits).map(|(output, _)| output)
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

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Template").field("source", &self.0.source).field("escape", &self.0.escape).finish()
    }
}

/// An expression like `data.price * data.quantity`, whose value is wanted and not its text. Cheap to clone; equal if the
/// sources are.
#[derive(Clone)]
pub struct Expression(Arc<Compiled>);

impl Expression {
    pub(crate) fn compile(engine: &Engine, source: &str) -> Result<Expression, TemplateError> {
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
        let guarded = guard::expression(&tag.tokens, &engine.names)?;
        let env = compile(engine, format!("{{% set {RESULT} = ({guarded})|{} %}}", names::GUARD))?;
        Ok(Expression(Arc::new(Compiled { source: source.to_owned(), escape: Escape::None, env })))
    }

    /// The value, of which the JSON is no longer than the limit on the output.
    ///
    /// # Errors
    /// A value that is not there or does not fit, or a limit that was reached.
    pub fn evaluate(&self, context: &Context, limits: &RenderLimits) -> Result<serde_json::Value, TemplateError> {
        let (_, value) = run(&self.0.env, context, limits)?;
        let value = value.unwrap_or_default();
        if value.is_undefined() {
            return Err(TemplateError::new("what it stands for is not there"));
        }
        // Measured first: a list of a list of a list is small in memory and large when written out.
        print::to_json(&value, limits.output).map_err(|error| match error {
            Some(error) => TemplateError::from(error),
            None => too_long(limits),
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

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Expression").field(&self.0.source).finish()
    }
}

fn compile(engine: &Engine, rewritten: String) -> Result<Environment<'static>, TemplateError> {
    let mut env = engine.environment.clone();
    env.add_template_owned(NAME, rewritten)?;
    Ok(env)
}

/// The output, and an expression's value.
fn run(
    env: &Environment<'static>,
    context: &Context,
    limits: &RenderLimits,
) -> Result<(String, Option<minijinja::Value>), TemplateError> {
    let mut env = env.clone();
    env.set_fuel(Some(limits.fuel()));
    let mut output = print::Bounded { bytes: Vec::new(), most: limits.output };
    let template = env.get_template(NAME)?;
    let done = template.render_captured_to(context.0.clone(), &mut output);
    let value = done.map(|state| state.state().lookup(RESULT)).map_err(|error| failure(error, limits))?;
    let text = String::from_utf8(output.bytes).map_err(|_| TemplateError::new("the output is not text"))?;
    Ok((text, value))
}

fn failure(error: Error, limits: &RenderLimits) -> TemplateError {
    match error.kind() {
        ErrorKind::WriteFailure => TemplateError { line: error.line(), ..too_long(limits) },
        _ => TemplateError::from(error),
    }
}

fn too_long(limits: &RenderLimits) -> TemplateError {
    let most = limits.output;
    TemplateError::new(format!("the output is longer than its limit of {most} bytes; shorten texts with |truncate(…)"))
}

#[cfg(test)]
mod tests;
