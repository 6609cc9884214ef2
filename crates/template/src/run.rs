//! One run in minijinja: an environment, values and limits enter, the output and an expression's value leave. The run has
//! the fuel that its limits allow, and its output is cut off at theirs.

use std::collections::BTreeSet;

use minijinja::{Environment, Error, ErrorKind};
use serde::Serialize;

use crate::{error::TemplateError, limits::RenderLimits, print};

/// The one template of its environment.
const NAME: &str = "template";
/// What an expression's value is kept as, to be read after its run.
pub(crate) const RESULT: &str = "result_of_expression";

/// The values that templates and expressions can name; made once for all that are given the same. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Context(minijinja::Value);

impl Context {
    /// The fields of a map or struct become the names. Maps are kept sorted by their keys.
    pub fn new(fields: &impl Serialize) -> Context {
        Context(minijinja::value::Serde(fields).into())
    }
}

/// An environment of its own for what was rewritten.
pub(crate) fn compile(
    environment: &Environment<'static>,
    rewritten: String,
) -> Result<Environment<'static>, TemplateError> {
    let mut env = environment.clone();
    env.add_template_owned(NAME, rewritten)?;
    Ok(env)
}

/// The names that a compiled source takes from its context, or from what is built in.
pub(crate) fn taken(env: &Environment<'static>) -> Result<BTreeSet<String>, TemplateError> {
    Ok(env.get_template(NAME)?.undeclared_variables(false).into_iter().collect())
}

/// What a run has made.
pub(crate) struct Done {
    pub output: String,
    /// An expression's.
    pub value: Option<minijinja::Value>,
    /// The fuel that it took.
    pub fuel: u64,
}

/// The output, and an expression's value, with as much fuel as the limits allow.
pub(crate) fn run(env: &Environment<'static>, context: &Context, limits: &RenderLimits) -> Result<Done, TemplateError> {
    run_with(env, context, limits, limits.fuel())
}

/// The same with so much fuel.
pub(crate) fn run_with(
    env: &Environment<'static>,
    context: &Context,
    limits: &RenderLimits,
    fuel: u64,
) -> Result<Done, TemplateError> {
    let mut env = env.clone();
    env.set_fuel(Some(fuel));
    let mut output = print::Bounded { bytes: Vec::new(), most: limits.output };
    let template = env.get_template(NAME)?;
    let done = template.render_captured_to(context.0.clone(), &mut output);
    let done = done.map(|state| (state.state().lookup(RESULT), state.state().fuel_levels()));
    let (value, levels) = done.map_err(|error| failure(error, limits))?;
    let output = String::from_utf8(output.bytes).map_err(|_| TemplateError::new("the output is not text"))?;
    Ok(Done { output, value, fuel: levels.map_or(fuel, |(used, _)| used) })
}

fn failure(error: Error, limits: &RenderLimits) -> TemplateError {
    match error.kind() {
        ErrorKind::WriteFailure => TemplateError { line: error.line(), ..too_long(limits) },
        _ => TemplateError::from(error),
    }
}

pub(crate) fn too_long(limits: &RenderLimits) -> TemplateError {
    let most = limits.output;
    TemplateError::new(format!("the output is longer than its limit of {most} bytes; shorten texts with |truncate(…)"))
}
