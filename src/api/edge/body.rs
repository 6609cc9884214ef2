//! A request's body, read as it comes: no memory is held for bytes that did not come yet, and none at all beyond what its
//! tenant may hold.

use std::{
    ops::Deref,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use bytes::{Buf as _, Bytes};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;

use super::{
    encoding::Coding,
    problem::{Code, Problem},
    room::{LEAST_HELD, no_room, of_tree, too_large},
};
use crate::{
    access::Caller,
    api::app::App,
    budget::{Budget, Held},
    clock::Clock,
    model::{TenantKey, Timestamp},
    work::{Cost, Slice, Work},
};

/// Bytes of an answer from which on it is counted.
const LARGE_ANSWER: usize = 64 << 10;
/// How long any body may take to come.
const SLOWEST_BODY: Duration = Duration::from_secs(30);
/// A body that has taken longer than this has to come so fast.
const SLOW_START: Duration = Duration::from_secs(5);
const LEAST_BYTES_PER_SECOND: u64 = 4 << 10;

/// A body that was read. What it takes up is held until it is dropped.
#[derive(Debug)]
pub struct ReadBody {
    bytes: Bytes,
    held: Held<TenantKey>,
}

impl ReadBody {
    /// The bytes; what they take up is held as long as the body itself is there.
    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// What is made of it is held with it: a tree of the whole text.
    ///
    /// # Errors
    /// There is no room.
    pub fn takes_tree(&mut self) -> Result<(), Problem> {
        self.takes_more(of_tree(&self.bytes))
    }

    /// The same of these parts, of which there is a tree of one at a time.
    ///
    /// # Errors
    /// There is no room, or much work of the tenant is waiting.
    pub async fn takes_largest_tree(&mut self, work: &Work, parts: Vec<Bytes>) -> Result<(), Problem> {
        let cost = parts.iter().map(|part| part.len() as Cost).sum();
        let largest = move || parts.iter().map(|part| of_tree(part)).max().unwrap_or_default();
        self.takes_more(work.ask_once(self.tenant(), cost, largest).await?)
    }

    fn takes_more(&mut self, bytes: usize) -> Result<(), Problem> {
        self.held.grow_to(self.bytes.len() + bytes).map_err(no_room)
    }

    /// Whose request it is.
    pub fn tenant(&self) -> TenantKey {
        self.held.key()
    }
}

impl Deref for ReadBody {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// What some editors write before a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The whole body of a request, decoded and without a byte order mark, if it has at most `limit` bytes and they come neither too
/// slowly nor when there is no room.
pub async fn read(app: &App, request: Request, limit: usize) -> Result<ReadBody, Problem> {
    let caller = request.extensions().get::<Caller>();
    let tenant = caller.map_or(TenantKey::ALL, Caller::concerned_tenant);
    let coding = Coding::of(request.headers())?;
    let mut body = Reading::new(&app.bodies, tenant, &app.clock, limit).whole(request.into_body()).await?;
    if let Some(coding) = coding {
        let mut held = app.bodies.nothing(tenant);
        let decode = move || coding.decode(&body, limit, &mut held).map(|bytes| ReadBody { bytes: bytes.into(), held });
        body = app.work.ask_once(tenant, Slice::UNKNOWN, decode).await??;
    }
    if body.bytes.starts_with(BYTE_ORDER_MARK) {
        body.bytes.advance(BYTE_ORDER_MARK.len());
    }
    Ok(body)
}

/// The whole body of a request that shows no key, as it comes: the same bounds, and nothing is decoded.
pub async fn read_as_it_is(app: &App, request: Request, limit: usize) -> Result<ReadBody, Problem> {
    Reading::new(&app.bodies, TenantKey::ALL, &app.clock, limit).whole(request.into_body()).await
}

/// A body on its way in.
struct Reading<'a> {
    clock: &'a Clock,
    limit: usize,
    began: Timestamp,
    held: Held<TenantKey>,
    bytes: Vec<u8>,
}

impl<'a> Reading<'a> {
    fn new(budget: &Budget<TenantKey>, tenant: TenantKey, clock: &'a Clock, limit: usize) -> Reading<'a> {
        Reading { clock, limit, began: clock.now(), held: budget.nothing(tenant), bytes: Vec::new() }
    }

    async fn whole(mut self, mut body: axum::body::Body) -> Result<ReadBody, Problem> {
        let announced = body.size_hint().exact().map_or(self.limit, |bytes| bytes as usize);
        self.make_room(0, announced)?;
        loop {
            let frame = tokio::select! {
                biased;
                frame = body.frame() => frame,
                () = self.clock.sleep_until(self.deadline()) => return Err(self.too_slow()),
            };
            let Some(frame) = frame else { break };
            let broken = |_| Problem::new(Code::InvalidBody, "the body broke off before its end");
            let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
            self.make_room(data.len(), announced)?;
            if self.bytes.is_empty() && body.is_end_stream() {
                // Mostly it comes at once.
                return Ok(ReadBody { bytes: data, held: self.held });
            }
            self.append(&data);
        }
        Ok(ReadBody { bytes: self.bytes.into(), held: self.held })
    }

    /// Holds room for so many more bytes, which is doubled each time, but no more than is announced or needed.
    fn make_room(&mut self, more: usize, announced: usize) -> Result<(), Problem> {
        let needed = self.bytes.len() + more;
        if needed > self.limit || announced > self.limit {
            return Err(too_large(self.limit));
        }
        if needed > self.held.amount() || self.held.amount() == 0 {
            let doubled = (2 * self.held.amount()).min(announced);
            self.held.grow_to(doubled.max(needed).max(LEAST_HELD)).map_err(no_room)?;
        }
        Ok(())
    }

    /// Parts can be many and small, and each would keep the connection's whole buffer: they are copied together.
    fn append(&mut self, data: &[u8]) {
        if self.bytes.capacity() < self.bytes.len() + data.len() {
            self.bytes.reserve_exact(self.held.amount() - self.bytes.len());
        }
        self.bytes.extend_from_slice(data);
    }

    fn deadline(&self) -> Timestamp {
        let paid = Duration::from_secs(self.bytes.len() as u64 / LEAST_BYTES_PER_SECOND);
        self.began + (SLOW_START + paid).min(SLOWEST_BODY)
    }

    fn too_slow(&self) -> Problem {
        let detail = format!(
            "of the body {} bytes came within {} s; at least {LEAST_BYTES_PER_SECOND} a second are needed, and all within {} s",
            self.bytes.len(),
            self.clock.now().since(self.began).as_secs(),
            SLOWEST_BODY.as_secs()
        );
        Problem::new(Code::BodyTimeout, detail)
    }
}

/// Marks an answer for which nothing was changed or sent: it need not be given if there is no room for it.
#[derive(Clone, Copy, Debug)]
pub struct NothingChanged;

/// A large answer takes up memory until its caller has taken it. One for which nothing was changed, and so any to GET, is not
/// given if it finds no room. Any other says what was done, and is given all the same: it is counted, and its tenant finds less
/// room for what it asks next.
pub fn hold(budget: &Budget<TenantKey>, tenant: TenantKey, is_get: bool, answer: Response) -> Response {
    let size = answer.body().size_hint().exact().unwrap_or_default() as usize;
    if size < LARGE_ANSWER {
        return answer;
    }
    let mut held = budget.nothing(tenant);
    if is_get || answer.extensions().get::<NothingChanged>().is_some() {
        if let Err(exhausted) = held.grow_to(size) {
            return no_room(exhausted).into_response();
        }
    } else {
        held.grow_anyway(size);
    }
    answer.map(|body| axum::body::Body::new(HeldAnswer { body, held: Arc::new(held) }))
}

/// An answer's body. Each part of it holds the room: the body itself is gone as soon as its last part is to be written, and
/// that part stays until the caller has taken it.
struct HeldAnswer {
    body: axum::body::Body,
    held: Arc<Held<TenantKey>>,
}

/// A part of an answer, with the room for all of it.
struct HeldPart {
    bytes: Bytes,
    _held: Arc<Held<TenantKey>>,
}

impl AsRef<[u8]> for HeldPart {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl http_body::Body for HeldAnswer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let held = |bytes| Bytes::from_owner(HeldPart { bytes, _held: self.held.clone() });
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(held))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use futures_util::{FutureExt as _, StreamExt as _, stream};

    use super::*;

    const OWN: TenantKey = TenantKey(1);

    fn clock() -> Clock {
        Clock::manual(Timestamp::from_millis(1_800_000_000_000))
    }

    /// These parts, and then nothing for ever.
    fn unfinished(parts: &[&'static [u8]]) -> Body {
        let parts: Vec<_> = parts.iter().map(|&part| Ok::<_, std::io::Error>(Bytes::from_static(part))).collect();
        Body::from_stream(stream::iter(parts).chain(stream::pending()))
    }

    async fn read(budget: &Budget<TenantKey>, body: Body, limit: usize) -> Result<ReadBody, Problem> {
        Reading::new(budget, OWN, &clock(), limit).whole(body).await
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused() {
        let budget = Budget::new(1 << 20);
        let parted = |parts: [&'static str; 2]| Body::from_stream(stream::iter(parts.map(Ok::<_, std::io::Error>)));
        assert_eq!(*read(&budget, Body::from("12345"), 5).await.unwrap(), *b"12345");
        assert_eq!(*read(&budget, parted(["12", "345"]), 5).await.unwrap(), *b"12345");
        for body in [Body::from("123456"), parted(["123", "456"])] {
            assert_eq!(read(&budget, body, 5).await.unwrap_err().code(), Code::BodyTooLarge);
        }
        assert_eq!(budget.taken(), 0);
    }

    #[tokio::test]
    async fn room_is_held_for_what_came_and_not_for_what_is_announced() {
        let (budget, clock) = (Budget::new(1 << 20), clock());
        static PART: [u8; 20_000] = [0; 20_000];
        let mut reading =
            Box::pin(Reading::new(&budget, OWN, &clock, 500_000).whole(unfinished(&[&PART, &PART, b"x"])));
        assert!((&mut reading).now_or_never().is_none());
        assert_eq!(budget.taken(), 65_536, "16 KiB, doubled twice");
        drop(reading);
        assert_eq!(budget.taken(), 0);
        let done = read(&budget, Body::from(vec![0; 100_000]), 500_000).await.unwrap();
        assert_eq!((done.len(), budget.taken()), (100_000, 100_000), "as long as it is used");
    }

    #[tokio::test]
    async fn unfinished_bodies_of_one_tenant_leave_room_for_others() {
        let (budget, clock) = (Budget::new(1 << 20), clock());
        let mut reading: Vec<_> = Vec::new();
        let refused = loop {
            let mut next = Box::pin(Reading::new(&budget, OWN, &clock, 8 << 20).whole(unfinished(&[b"x"])));
            match (&mut next).now_or_never() {
                None => reading.push(next),
                Some(ended) => break ended.unwrap_err(),
            }
        };
        assert_eq!((reading.len(), refused.code()), (32, Code::TooManyRequests), "half of it, 16 KiB each");
        assert!(Reading::new(&budget, TenantKey(2), &clock, 99).whole(Body::from("1")).await.is_ok());
        let all = budget.take(TenantKey(3), 256 << 10).unwrap();
        let last = (4..40).map_while(|tenant| budget.take(TenantKey(tenant), 16 << 10).ok()).collect::<Vec<_>>();
        let busy = Reading::new(&budget, TenantKey(2), &clock, 99).whole(Body::from("1")).await.unwrap_err();
        assert_eq!(busy.code(), Code::Busy, "with {} others", last.len());
        drop((all, last, reading));
        assert_eq!(budget.taken(), 0);
    }

    #[tokio::test]
    async fn a_body_that_comes_slowly_is_cut() {
        let (budget, clock) = (Budget::new(1 << 20), clock());
        static PART: [u8; 40_960] = [0; 40_960];
        for (part, seconds) in [(&b"x"[..], 5), (&PART[..], 15)] {
            let mut reading = Box::pin(Reading::new(&budget, OWN, &clock, 1 << 20).whole(unfinished(&[part])));
            clock.advance(Duration::from_secs(seconds) - Duration::from_millis(1));
            assert!((&mut reading).now_or_never().is_none(), "the rest may come within {seconds} s");
            clock.advance(Duration::from_millis(1));
            assert_eq!(reading.await.unwrap_err().code(), Code::BodyTimeout);
        }
    }

    #[tokio::test]
    async fn an_answer_is_held_until_its_last_byte_is_taken() {
        let budget = Budget::new(1 << 20);
        let answer = hold(&budget, OWN, true, Response::new(Body::from(vec![7; 200_000])));
        let mut body = answer.into_body();
        let part = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert!(body.frame().await.is_none());
        drop(body);
        assert_eq!((part.len(), budget.taken()), (200_000, 200_000), "the connection has it, and its client has not");
        drop(part);
        assert_eq!(budget.taken(), 0);
    }

    #[test]
    fn an_answer_for_which_something_was_done_is_given_and_counted_and_others_are_refused() {
        let budget = Budget::new(100_000);
        let large = || Response::new(Body::from(vec![7; 80_000]));
        let refused = |is_get, answer: Response| !hold(&budget, OWN, is_get, answer).status().is_success();
        let mut nothing_changed = large();
        nothing_changed.extensions_mut().insert(NothingChanged);
        assert!(refused(true, large()) && refused(false, nothing_changed) && budget.taken() == 0);
        let given = [hold(&budget, OWN, false, large()), hold(&budget, OWN, false, large())];
        assert!(given.iter().all(|answer| answer.status().is_success()) && budget.taken() == 160_000);
        assert!(budget.take(OWN, 1).is_err(), "its tenant finds no room for the next request");
        drop(given);
        assert!(budget.take(OWN, 1).is_ok());
    }
}
