//! What the demonstration shows: aligned lines, coloured at a terminal, with the key and the line to paste never far away.

use std::{fmt::Display, io::IsTerminal as _};

use crate::{
    cli::say::{Speaker, Unheard},
    clock::Clock,
};

/// After so many lines the key and the line to paste are shown again: as many as a small terminal has.
const LINES_IN_SIGHT: u32 = 20;

/// Hands a line to whoever watches.
pub(super) type Speak = Box<dyn Fn(String) -> Result<(), Unheard> + Send>;

/// How a line is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tone {
    Event,
    Good,
    Bad,
    Waiting,
}

/// Something to show: who says it, and what.
pub(super) struct Line {
    pub who: &'static str,
    pub tone: Tone,
    pub text: String,
}

/// Where lines are shown.
pub(super) struct Screen {
    speak: Speak,
    clock: Clock,
    coloured: bool,
    /// What stays in sight, and the lines since it was shown.
    reminder: String,
    since: u32,
}

impl Screen {
    /// On standard output.
    ///
    /// # Errors
    /// There can be no thread for it.
    pub fn start(clock: Clock) -> std::io::Result<Screen> {
        let coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let speaker = Speaker::start()?;
        Ok(Screen::of(Box::new(move |line| speaker.say(line)), clock, coloured))
    }

    pub fn of(speak: Speak, clock: Clock, coloured: bool) -> Screen {
        Screen { speak, clock, coloured, reminder: String::new(), since: 0 }
    }

    /// Shows this as it is.
    pub fn say(&self, text: impl Display) -> Result<(), Unheard> {
        (self.speak)(text.to_string())
    }

    /// Keeps this in sight: it is shown now, and again and again.
    pub fn keep_in_sight(&mut self, text: String) -> Result<(), Unheard> {
        self.reminder = text;
        self.remind()
    }

    fn remind(&mut self) -> Result<(), Unheard> {
        self.since = 0;
        (self.speak)(format!("\n{}\n", self.reminder))
    }

    /// Shows a line with the time of day.
    pub fn show(&mut self, line: Line) -> Result<(), Unheard> {
        if self.since >= LINES_IN_SIGHT {
            self.remind()?;
        }
        self.since += 1;
        let now = self.clock.now().to_string();
        // The time of day of 2026-01-31T12:00:00.000Z
        let time = now.get(11..23).unwrap_or(&now);
        (self.speak)(format!("{time}  {}", written(&line, self.coloured)))
    }
}

fn written(line: &Line, coloured: bool) -> String {
    let text = format!("{:<12}  {}", line.who, line.text);
    let colour = match line.tone {
        Tone::Event => return text,
        Tone::Good => 32,
        Tone::Bad => 31,
        Tone::Waiting => 33,
    };
    if coloured { format!("\x1b[{colour}m{text}\x1b[0m") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_aligned_and_coloured_only_where_that_is_seen() {
        let line = |who, tone| Line { who, tone, text: "evt_1".into() };
        let (event, refused) = (line("event", Tone::Event), line("lane flaky", Tone::Bad));
        assert_eq!(written(&event, false).find("evt"), written(&refused, false).find("evt"));
        assert_eq!(written(&refused, true), format!("\x1b[31m{}\x1b[0m", written(&refused, false)));
    }
}
