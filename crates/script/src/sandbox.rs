//! One run of a script in an engine of its own.

use std::{cell::Cell, rc::Rc, time::Duration};

use rquickjs::{
    Array, Context, Ctx, Error, Function, Persistent, Runtime, Value,
    context::{EvalOptions, intrinsic},
};

use crate::{
    error::ScriptError,
    run::{Input, RunLimits, Transformed},
};

/// Run before the script: takes away what would make a run differ from the one before, and what can take forever.
const PRELUDE: &str = include_str!("prelude.js");
/// How the script is called in the engine's traces.
const NAME: &str = "transform.js";
/// Characters of a script's own error message.
const MAX_MESSAGE: usize = 300;

/// What a script finds: no proxies, no typed arrays, no weak references, no timers, no modules.
type Intrinsics = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::MapSet,
    intrinsic::Promise,
);

/// Whether a script defines a `transform`.
pub fn check(code: &str, limits: &RunLimits) -> Result<(), ScriptError> {
    Sandbox::new(limits)?.with(code, |_, _, _, _| Ok(()))
}

/// What this thread has used of the processor: a script is not to blame for what others use.
fn processor_time() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(used.tv_sec.unsigned_abs(), u32::try_from(used.tv_nsec).unwrap_or_default())
}

/// Runs the script's `transform`.
pub fn run(code: &str, input: &Input<'_>, limits: &RunLimits) -> Result<Transformed, ScriptError> {
    Sandbox::new(limits)?.with(code, |ctx, set_clock, transform, failed| {
        let argument = ctx.json_parse(input.json).map_err(|error| failed.because(ctx, &error))?;
        set_clock.call::<_, ()>((input.now as f64,)).map_err(|error| failed.because(ctx, &error))?;
        let result: Value = transform.call((argument,)).map_err(|error| failed.because(ctx, &error))?;
        output(ctx, result, limits, failed)
    })
}

struct Sandbox {
    /// What the prelude returns; dropped before the engine that it belongs to.
    set_clock: Persistent<Function<'static>>,
    judge: Persistent<Function<'static>>,
    context: Context,
    failed: Failed,
}

/// Tells why a run failed.
struct Failed {
    limits: RunLimits,
    interrupted: Rc<Cell<bool>>,
}

impl Sandbox {
    fn new(limits: &RunLimits) -> Result<Sandbox, ScriptError> {
        let engine = |_| ScriptError::new("the script's engine could not be started");
        let runtime = Runtime::new().map_err(engine)?;
        runtime.set_max_stack_size(limits.stack);
        let context = Context::custom::<Intrinsics>(&runtime).map_err(engine)?;
        let (set_clock, judge) = context.with(|ctx| prelude(&ctx)).map_err(engine)?;
        // Only now: an engine that has no memory for its own objects is in no state to say so.
        runtime.set_memory_limit(limits.memory);
        let interrupted = Rc::new(Cell::new(false));
        let deadline = processor_time() + limits.time;
        let flag = Rc::clone(&interrupted);
        runtime.set_interrupt_handler(Some(Box::new(move || {
            let late = processor_time() >= deadline;
            flag.set(flag.get() || late);
            late
        })));
        Ok(Sandbox { set_clock, judge, context, failed: Failed { limits: *limits, interrupted } })
    }

    /// Runs what stands outside of functions, then `then` with the script's `transform`.
    fn with<T>(
        &self,
        code: &str,
        then: impl for<'js> FnOnce(&Ctx<'js>, Function<'js>, Function<'js>, &Failed) -> Result<T, ScriptError>,
    ) -> Result<T, ScriptError> {
        let failed = &self.failed;
        self.context.with(|ctx| {
            if code.contains('\0') {
                return Err(ScriptError::new("a script cannot contain a zero byte"));
            }
            let mut options = EvalOptions::default();
            options.filename = Some(NAME.into());
            ctx.eval_with_options::<(), _>(code, options).map_err(|error| failed.because(&ctx, &error))?;
            let found: Value = ctx.eval(FIND).map_err(|error| failed.because(&ctx, &error))?;
            let judge = self.judge.clone().restore(&ctx).map_err(|error| failed.because(&ctx, &error))?;
            let kind: String = judge.call((found.clone(),)).map_err(|error| failed.because(&ctx, &error))?;
            let transform = match found.into_function().filter(|_| kind == "function") {
                Some(transform) => transform,
                None => return Err(ScriptError::new(no_transform(&kind))),
            };
            let set_clock = self.set_clock.clone().restore(&ctx).map_err(|error| failed.because(&ctx, &error))?;
            let done = then(&ctx, set_clock, transform, failed);
            // A script that swallows the interruption has still used up its time.
            match done {
                Ok(_) if failed.interrupted.get() => Err(failed.too_slow(None)),
                done => done,
            }
        })
    }
}

type Hooks = (Persistent<Function<'static>>, Persistent<Function<'static>>);

fn prelude(ctx: &Ctx<'_>) -> rquickjs::Result<Hooks> {
    let hooks: Array = ctx.eval(PRELUDE)?;
    let (set_clock, judge): (Function, Function) = (hooks.get(0)?, hooks.get(1)?);
    Ok((Persistent::save(ctx, set_clock), Persistent::save(ctx, judge)))
}

/// `transform` may be declared in any way.
const FIND: &str = "typeof transform === 'undefined' ? undefined : transform";

fn no_transform(kind: &str) -> String {
    match kind {
        "undefined" => "the script defines no `transform`; write function transform(input) { … return output }".into(),
        "class" => "`transform` is a class; write function transform(input) { … return output }".into(),
        "async" => "`transform` is async; there is nothing to wait for in a script: leave out `async`".into(),
        "generator" => "`transform` is a generator; leave out the `*`, and return the output".into(),
        other => format!("`transform` is no function but of type {other}"),
    }
}

/// The JSON of what `transform` returned.
fn output<'js>(
    ctx: &Ctx<'js>,
    result: Value<'js>,
    limits: &RunLimits,
    failed: &Failed,
) -> Result<Transformed, ScriptError> {
    if result.is_null() {
        return Ok(Transformed::Null);
    }
    if let Some(what) = no_json(&result) {
        return Err(ScriptError::new(what));
    }
    let text = ctx.json_stringify(result).map_err(|error| failed.because(ctx, &error))?;
    let text =
        text.ok_or_else(|| ScriptError::new("`transform` returned what is no JSON (its toJSON returns nothing)"))?;
    let text = text.to_string().map_err(|error| failed.because(ctx, &error))?;
    match text.len() > limits.output {
        true => Err(ScriptError::new(format!(
            "what `transform` returned has {} bytes, and its limit is {}; leave fields out, or cut texts with slice(0, …)",
            text.len(),
            limits.output
        ))),
        false => Ok(Transformed::Json(text.into())),
    }
}

fn no_json(result: &Value) -> Option<&'static str> {
    match () {
        () if result.is_undefined() => {
            Some("`transform` returned nothing; return a value, or null if there is none to be")
        }
        () if result.is_function() => Some("`transform` returned a function; call it, or return an object"),
        () if result.is_promise() => Some("`transform` returned a promise; there is nothing to wait for in a script"),
        () if result.is_symbol() => Some("`transform` returned a symbol, which is no JSON"),
        () if result.is_big_int() => Some("`transform` returned a BigInt, which is no JSON; convert it with Number(…)"),
        () => None,
    }
}

impl Failed {
    /// The error in words, with the line of the script.
    fn because(&self, ctx: &Ctx, error: &Error) -> ScriptError {
        let thrown = match error {
            Error::Exception => Some(ctx.catch()),
            _ => None,
        };
        let (line, message) = thrown.as_ref().map_or((None, None), describe);
        if self.interrupted.get() {
            return self.too_slow(line);
        }
        let message = match (message, error) {
            (Some(message), _) if message.ends_with("out of memory") => self.too_large(),
            (Some(message), _) if message.ends_with("Maximum call stack size exceeded") => {
                "the script's calls are nested too deeply; is there a recursion without an end?".into()
            }
            (Some(message), _) => message,
            // What is thrown when there is no memory left for an error.
            (None, Error::Exception) if thrown.is_some_and(|thrown| thrown.is_null()) => self.too_large(),
            (None, Error::Exception) => "the script threw something that is no Error; throw new Error(\"…\")".into(),
            (None, Error::Allocation) => self.too_large(),
            (None, _) => "the script's result could not be read".into(),
        };
        ScriptError { line, message, no_worker: false }
    }

    fn too_slow(&self, line: Option<u32>) -> ScriptError {
        let millis = self.limits.time.as_millis();
        ScriptError {
            line,
            message: format!("the script ran longer than {millis} ms; is there a loop without an end?"),
            no_worker: false,
        }
    }

    fn too_large(&self) -> String {
        let mebibytes = self.limits.memory as f64 / f64::from(1 << 20);
        format!("the script needs more memory than {mebibytes:.0} MiB")
    }
}

/// Line and message of what was thrown. Reading them can run the script's code, which is still bounded.
fn describe(thrown: &Value) -> (Option<u32>, Option<String>) {
    if let Some(text) = thrown.as_string() {
        return (None, text.to_string().ok().map(|text| shortened(&text)));
    }
    let Some(error) = thrown.as_exception() else { return (None, None) };
    let line = error.stack().as_deref().and_then(line_in);
    let name: Option<String> = error.get("name").ok();
    let message = error.message().unwrap_or_default();
    let text = match name.as_deref() {
        None | Some("Error") => message,
        Some(name) => format!("{name}: {message}"),
    };
    (line, Some(shortened(&text)))
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_MESSAGE).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// `    at transform (transform.js:3:5)`: the innermost place that is in the script.
fn line_in(stack: &str) -> Option<u32> {
    let (_, rest) = stack.split_once(NAME)?;
    let digits: String = rest.strip_prefix(':')?.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
