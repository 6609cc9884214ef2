//! Up to where a reader was told.

use std::fmt;

use crate::model::{EventKey, Serial};

/// Up to where a reader was told: everything before `number` in that log; and of what was made, everything up to a serial, by which
/// the store can be asked where the log is gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LivePlace {
    /// The log's name; 0: none, only the serial counts.
    pub(super) log: u64,
    pub(super) number: u64,
    /// Up to which serial.
    pub upto: Serial,
}

const EVENT: &str = "evt_";

impl LivePlace {
    /// In no log.
    pub fn upto(upto: Serial) -> LivePlace {
        LivePlace { log: 0, number: 0, upto }
    }

    /// Reads what [`fmt::Display`] has written.
    pub fn parse(text: &str) -> Option<LivePlace> {
        let (log, rest) = text.split_once('-')?;
        let (number, upto) = rest.split_once('-')?;
        let hex = |text: &str| u64::from_str_radix(text, 16).ok().filter(|_| !text.starts_with('+'));
        Some(LivePlace { log: hex(log)?, number: hex(number)?, upto: EventKey::parse(&format!("{EVENT}{upto}"))?.0 })
    }
}

impl fmt::Display for LivePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let upto = EventKey(self.upto).to_string();
        write!(f, "{:x}-{:x}-{}", self.log, self.number, upto.trim_start_matches(EVENT))
    }
}
