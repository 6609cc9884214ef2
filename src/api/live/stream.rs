//! The body of a reader's answer. It is asked for more when the client has taken what there was, so a slow client holds nothing but its
//! place.

use std::{convert::Infallible, time::Duration};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::stream;

use super::{
    catch_up::Shown,
    filter::LiveFilter,
    view::{self, LiveEndReason, LiveEndView, LiveMissedView},
};
use crate::{
    access::Caller,
    api::app::Shared,
    model::{TenantKey, Timestamp},
    observe::LiveReader,
};

/// Things that are taken out of the log in one go.
const AT_ONCE: usize = 256;
/// Things that are looked at for one part, though few of them are wanted: others have their turn in between.
const MOST_LOOKED_AT: usize = 4_096;
/// Bytes that are handed on in one go, but for the last message of them.
const PART: usize = 32 << 10;
/// How often a quiet stream says that it is alive. Proxies end what is silent for a minute.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long what happens is gathered, where the client has taken all that there was: a hundred readers that each wake for each of
/// thousands of commits would take the time that the commits need. Nothing is decided by it, so it is the machine's own time.
const GATHERS: Duration = Duration::from_millis(20);

/// A stream on its way.
pub struct Streaming {
    pub app: Shared,
    pub caller: Caller,
    pub tenant: TenantKey,
    pub filter: LiveFilter,
    pub reader: LiveReader,
    /// What the client gets first.
    pub opening: Bytes,
    /// What of that may be told again.
    pub shown: Shown,
    pub heartbeat_at: Timestamp,
    pub state: State,
}

/// What it does next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Opens,
    Looks,
    /// It has just told all that there was.
    Gathers,
    Ended,
}

/// When a stream that tells nothing says next that it is alive.
pub fn next_heartbeat(now: Timestamp) -> Timestamp {
    now + HEARTBEAT
}

impl Streaming {
    /// As the body of an answer.
    pub fn into_body(self) -> Body {
        Body::from_stream(stream::unfold(self, |mut streaming| async move {
            let part = streaming.next().await?;
            Some((Ok::<_, Infallible>(part), streaming))
        }))
    }

    async fn next(&mut self) -> Option<Bytes> {
        match self.state {
            State::Opens => {
                self.state = State::Looks;
                return Some(std::mem::take(&mut self.opening));
            }
            State::Looks => {}
            State::Gathers => tokio::time::sleep(GATHERS).await,
            State::Ended => return None,
        }
        loop {
            if let Some(reason) = self.ends() {
                self.state = State::Ended;
                return Some(view::notice("end", &LiveEndView { reason }));
            }
            let (part, is_all, looked_at) = self.take();
            self.state = if is_all { State::Gathers } else { State::Looks };
            if !part.is_empty() {
                self.heartbeat_at = next_heartbeat(self.app.clock.now());
                return Some(part);
            }
            if !is_all {
                // Much that is not wanted; others have their turn in between.
                tokio::task::yield_now().await;
            } else if self.waits().await {
                return Some(view::still_here(&self.reader.place(), "still here"));
            } else if looked_at > 0 {
                // It wants little of what happens, so it is in no hurry.
                tokio::time::sleep(GATHERS).await;
            }
        }
    }

    /// Waits until there may be something to tell. Returns whether it is time to say that the stream is alive.
    async fn waits(&mut self) -> bool {
        let until = self.caller.key().expires_at.map_or(self.heartbeat_at, |expires| expires.min(self.heartbeat_at));
        tokio::select! {
            () = self.reader.wakes() => return false,
            () = self.app.clock.sleep_until(until) => {}
        }
        let now = self.app.clock.now();
        let is_time = now >= self.heartbeat_at;
        if is_time {
            self.shown.forget();
            self.heartbeat_at = next_heartbeat(now);
        }
        is_time
    }

    /// Why nothing more is to be told, if it is so.
    fn ends(&self) -> Option<LiveEndReason> {
        if self.reader.is_closed() {
            return Some(LiveEndReason::Stopping);
        }
        let is_admitted = self.app.access.still_admits(&self.caller, self.app.clock.now());
        (!is_admitted).then_some(LiveEndReason::KeyRevoked)
    }

    /// The next messages, whether they are all that there is, and how many things were looked at for them.
    fn take(&mut self) -> (Bytes, bool, usize) {
        let (mut part, mut looked_at) = (BytesMut::new(), 0);
        loop {
            let taken = self.reader.take(AT_ONCE);
            looked_at += taken.items.len();
            if taken.missed > 0 {
                let message = "the stream was taken too slowly; read what you show again";
                let missed = LiveMissedView { count: Some(taken.missed), since: None, message };
                part.extend_from_slice(&view::notice("missed", &missed));
            }
            let is_all = taken.items.len() < AT_ONCE;
            for item in taken.items {
                let happening = &item.told.happening;
                if self.filter.wants(happening) && !self.shown.takes(item.told.about(), happening) {
                    let to_all = self.tenant == TenantKey::ALL;
                    let show = || view::message(&item.place, happening, &self.app.access, to_all);
                    part.extend_from_slice(&item.told.shown(to_all, show));
                }
            }
            if is_all || part.len() >= PART || part.is_empty() || looked_at >= MOST_LOOKED_AT {
                return (part.freeze(), is_all, looked_at);
            }
        }
    }
}
