//! What subcommands say, to whoever may have stopped listening: `println!` would panic, and wait for ever.

use std::{
    fmt::Display,
    io::{self, Write as _},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, channel, sync_channel},
    thread,
    time::Duration,
};

/// Lines that wait to be read.
const MOST_WAITING: usize = 1024;
/// How long the last words of a program may take to be read.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Standard output could not be written.
#[derive(Debug, thiserror::Error)]
#[error("standard output cannot be written: {0}")]
pub struct Unheard(io::Error);

impl Unheard {
    /// Whoever read it has closed it, and wants no more: that is no problem to tell of.
    pub fn is_closed(&self) -> bool {
        self.0.kind() == io::ErrorKind::BrokenPipe
    }
}

/// Writes a line to standard output. Waits until it is taken.
pub fn say(line: impl Display) -> Result<(), Unheard> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(Unheard)
}

/// Writes a line to standard error, if that can be written.
pub fn note(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Writes a program's last line to standard error. If nobody reads there, it is not waited for.
pub fn last_words(line: String) {
    let (done, wait) = channel::<()>();
    let writing = thread::Builder::new().spawn(move || {
        note(line);
        drop(done);
    });
    if writing.is_ok() {
        let _ = wait.recv_timeout(LAST_WORDS);
    }
}

/// An error with its causes, each said once: many say their own causes, too.
pub fn sentence(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        said if said.contains(&cause) => said.to_owned(),
        said => format!("{said}: {cause}"),
    })
}

/// Writes lines to standard output while others work, who do not wait for it: if nobody reads, lines are left out.
pub struct Speaker {
    lines: Option<SyncSender<String>>,
    ended: Receiver<Unheard>,
}

impl Speaker {
    /// # Errors
    /// There can be no thread for it.
    pub fn start() -> io::Result<Speaker> {
        let (lines, heard) = sync_channel::<String>(MOST_WAITING);
        let (end, ended) = channel();
        thread::Builder::new().spawn(move || {
            if let Some(error) = heard.iter().find_map(|line| say(line).err()) {
                let _ = end.send(error);
            }
        })?;
        Ok(Speaker { lines: Some(lines), ended })
    }

    /// # Errors
    /// An earlier line could not be written.
    pub fn say(&self, line: impl Display) -> Result<(), Unheard> {
        match self.lines.as_ref().map(|lines| lines.try_send(line.to_string())) {
            Some(Err(TrySendError::Disconnected(_))) => {
                Err(self.ended.recv().unwrap_or_else(|_| Unheard(io::ErrorKind::BrokenPipe.into())))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        drop(self.lines.take());
        // What waits is still written, if somebody reads it.
        let _: Result<Unheard, RecvTimeoutError> = self.ended.recv_timeout(LAST_WORDS);
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn what_an_error_says_already_is_not_said_again() {
        let refused = || anyhow::anyhow!("refused (os error 111)");
        let told = refused().context("no answer: refused (os error 111)").context("line 4");
        assert_eq!(sentence(&told), "line 4: no answer: refused (os error 111)");
        let untold: anyhow::Result<()> = Err(refused()).context("no answer");
        assert_eq!(sentence(&untold.unwrap_err()), "no answer: refused (os error 111)");
    }
}
