//! How many files may be open, and for what: connections of callers, requests to receivers, kept connections and look-ups are
//! fitted into what the system permits, with a reserve. So none of them takes the last file from the store, or from whoever
//! would look what is going on.

use std::thread;

use lanehook_egress::{PoolLimits, Resolver};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Of so many connections of callers, one more may be open for a moment while it makes way for another.
const CONNECTIONS_PER_SPARE: usize = 16;
/// Look-ups of names, where files are many.
const MOST_LOOKUPS: usize = 256;
/// A request whose receiver has several addresses may try two of them at a time.
const FILES_PER_SEND: usize = 2;
/// For the store, the listeners, the log, accepting a connection to say that there is no room, and whatever a library opens; and
/// for who is connected to the operator's own listeners.
const RESERVE: usize = 96 + 2 * OPERATORS_CONNECTIONS * (CONNECTIONS_PER_SPARE + 1) / CONNECTIONS_PER_SPARE;
/// Connections to a listener that answers nothing but measurements or health.
pub(super) const OPERATORS_CONNECTIONS: usize = 16;
/// Sockets and handles of script workers; there are four to a processor at work, and as many again that are kept.
const FILES_PER_WORKER: usize = 8;
/// Below this many files there is no point in starting.
const LEAST: usize = 256;

/// How many there should be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Connections of callers.
    pub connections: usize,
    /// Requests to receivers at one time.
    pub in_flight: usize,
}

/// How many there may be of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Files {
    /// Connections of callers.
    pub connections: usize,
    /// Requests to receivers.
    pub in_flight: usize,
    /// Connections to receivers that are kept.
    pub idle: usize,
    /// Look-ups of names.
    pub lookups: usize,
}

/// The system permits too few open files.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "only {0} files may be open, and {LEAST} are the least that is needed; raise the limit (`ulimit -n`, `LimitNOFILE=`)"
)]
pub struct TooFewFiles(usize);

impl Files {
    /// What there is room for, as many as are wanted or fewer, after the limit of open files was
    /// raised as far as the process may. Says so in the log.
    pub fn fitted(wanted: Wanted) -> Result<Files, TooFewFiles> {
        let limit = raised_limit();
        let workers = 4 * thread::available_parallelism().map_or(2, |count| count.get());
        let files = Files::within(limit, RESERVE + FILES_PER_WORKER * workers, wanted)?;
        let Files { connections, in_flight, idle, lookups } = files;
        if in_flight < wanted.in_flight / 2 || connections < wanted.connections / 2 {
            tracing::warn!(
                limit,
                connections,
                of_connections = wanted.connections,
                in_flight,
                of_in_flight = wanted.in_flight,
                "few files may be open, so there are fewer connections and requests at one time; raise the limit (`ulimit -n`)"
            );
        } else {
            tracing::info!(limit, in_flight, connections, idle, lookups, "open files");
        }
        Ok(files)
    }

    /// Where there is not enough, callers get a third of what is left beside the reserve; sending shares the rest in the
    /// proportions that are wanted.
    fn within(limit: usize, reserve: usize, wanted: Wanted) -> Result<Files, TooFewFiles> {
        if limit < LEAST {
            return Err(TooFewFiles(limit));
        }
        let room = limit - reserve.min(limit / 3);
        let idle = PoolLimits::default().idle_total;
        let sending = FILES_PER_SEND * wanted.in_flight + idle + Resolver::FILES * MOST_LOOKUPS;
        let for_callers = room.saturating_sub(sending).max(room / 3);
        let connections = wanted.connections.min(for_callers * CONNECTIONS_PER_SPARE / (CONNECTIONS_PER_SPARE + 1));
        let rest = sending.min(room - for_callers);
        let part = |count: usize| (count * rest / sending).max(1);
        Ok(Files {
            connections,
            in_flight: part(wanted.in_flight),
            idle: part(idle),
            lookups: part(MOST_LOOKUPS).max(2),
        })
    }
}

/// How many files may be open, after it was raised to what an administrator permits.
fn raised_limit() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = current != maximum && setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    let limit = if raised { maximum } else { current };
    limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const USUAL: Wanted = Wanted { connections: 10_000, in_flight: 2048 };

    #[test]
    fn where_files_are_many_there_is_as_much_as_is_wanted() {
        let files = Files::within(1 << 20, 120, USUAL).unwrap();
        assert_eq!(files, Files { connections: 10_000, in_flight: 2048, idle: 2048, lookups: 256 });
    }

    #[test]
    fn of_the_usual_1024_callers_get_a_third_and_sending_the_rest() {
        let files = Files::within(1024, 120, USUAL).unwrap();
        assert_eq!(files, Files { connections: 283, in_flight: 120, idle: 120, lookups: 15 });
    }

    #[test]
    fn with_too_few_it_does_not_start_and_says_what_to_do() {
        let error = Files::within(200, 120, USUAL).unwrap_err().to_string();
        assert!(error.contains("200") && error.contains("ulimit -n"), "{error}");
        let few = Files::within(256, 2000, USUAL).unwrap();
        assert!(few.in_flight >= 16 && few.connections >= 32 && few.lookups >= 2, "with many processors, too: {few:?}");
    }

    proptest! {
        #[test]
        fn all_together_never_needs_more_than_there_is(limit in 400usize..40_000, in_flight in 16usize..65_536) {
            let files = Files::within(limit, 120, Wanted { in_flight, ..USUAL }).unwrap();
            let needed = files.connections * 17 / 16 + FILES_PER_SEND * files.in_flight + files.idle + Resolver::FILES * files.lookups;
            prop_assert!(needed <= limit - 120 + 2 * Resolver::FILES, "{:?}", files);
            prop_assert!(files.in_flight <= in_flight && files.in_flight >= 1);
        }
    }
}
