//! A script: its source enters and is checked, and an input enters at each run; what `transform` returns leaves.

use std::{fmt, sync::Arc};

use crate::{
    error::ScriptError,
    run::{Input, RunLimits, Transformed},
    sandbox,
};

/// Bytes of a script's source.
pub const MAX_SOURCE: usize = 64 * 1024;

/// A script that defines a function `transform`. Cheap to clone; equal if the sources are.
#[derive(Clone, PartialEq, Eq)]
pub struct Script(Arc<str>);

impl Script {
    /// Checks that the source can be read, that what stands outside of functions runs, and that it defines a function
    /// `transform`, which is neither async, nor a generator, nor a class. What stands outside of functions is the
    /// script's own code: for scripts of strangers there is [`Workers::compile`](crate::Workers::compile).
    ///
    /// # Errors
    /// What is wrong, where, and how to mend it.
    pub fn compile(code: &str) -> Result<Script, ScriptError> {
        let script = Script::unchecked(code);
        script.check_length()?;
        sandbox::check(code, &RunLimits::default())?;
        Ok(script)
    }

    /// A script that was compiled before.
    pub fn unchecked(code: &str) -> Script {
        Script(code.into())
    }

    pub(crate) fn check_length(&self) -> Result<(), ScriptError> {
        let len = self.0.len();
        match len > MAX_SOURCE {
            true => Err(ScriptError::new(format!("a script has at most {MAX_SOURCE} bytes, this has {len}"))),
            false => Ok(()),
        }
    }

    /// Runs `transform` in this process, in an engine of its own. Blocks for up to the time limit, and needs the limit on
    /// the stack and 256 KiB more of the thread's.
    ///
    /// # Errors
    /// What the script threw, what is wrong with what it returned, or a limit that it ran into.
    pub fn run(&self, input: &Input<'_>, limits: &RunLimits) -> Result<Transformed, ScriptError> {
        sandbox::run(&self.0, input, limits)
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Script").field(&self.source()).finish()
    }
}
