//! One request's way through the layer: read, verify, ask the store, handle, tell the store.

use std::error::Error;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{BufMut as _, Bytes};
use http::request::Parts;
use http::{HeaderMap, Request, Response, header};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tower_service::Service;

use super::answer::{Outcome, Problem, handled_before};
use super::body::{Answer, VerifiedBody};
use super::claim::{Claims, Held, claim, hold};
use super::find::{Always, FindVerifier};
use super::settings::Settings;
use crate::received::Received;
use crate::seen::{InMemory, SeenIds};
use crate::verify::Verifier;

type BoxError = Box<dyn Error + Send + Sync>;

/// A service that lets verified, new messages through to another one, which finds a [`Received`] in the request's
/// extensions and the whole body in the request.
pub struct VerifyService<S, I = InMemory, V = Always> {
    inner: S,
    settings: Arc<Settings<I, V>>,
}

impl<S, I, V> VerifyService<S, I, V> {
    pub(super) fn new(inner: S, settings: Arc<Settings<I, V>>) -> Self {
        VerifyService { inner, settings }
    }
}

impl<S, I, V, RequestBody, ResponseBody> Service<Request<RequestBody>> for VerifyService<S, I, V>
where
    S: Service<Request<VerifiedBody>, Response = Response<ResponseBody>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    I: SeenIds,
    V: FindVerifier,
    RequestBody: Body + Send + 'static,
    RequestBody::Data: Send,
    RequestBody::Error: Into<BoxError>,
    ResponseBody: Send,
{
    type Response = Response<Answer<ResponseBody>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        // The one that was asked whether it is ready is the one to call; its clone was not asked.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        let settings = Arc::clone(&self.settings);
        Box::pin(async move {
            let (mut head, body) = request.into_parts();
            match enter(&settings, &head, body).await {
                Ok(Entered::HandledBefore(received)) => {
                    settings.common.tell(&head, &Outcome::HandledBefore(&received));
                    Ok(handled_before())
                }
                Ok(Entered::New { received, claims, body }) => {
                    settings.common.tell(&head, &Outcome::New(&received));
                    let kept = settings.common.observer.is_some().then(|| head.clone());
                    hold(&mut head, &*settings.seen, &claims);
                    head.extensions.insert(received);
                    let request = Request::from_parts(head, VerifiedBody::new(body));
                    #[cfg(feature = "axum")]
                    let request = crate::extract::limited(request, settings.common.body_limit);
                    handle(&settings, inner, request, claims, kept).await
                }
                Err(Stopped { problem, told }) => {
                    settings.common.tell(&head, &Outcome::Problem(&problem));
                    Ok(told.as_ref().unwrap_or(&problem).answer(settings.common.tell_reason))
                }
            }
        })
    }
}

enum Entered<C> {
    New { received: Received, claims: Claims<C>, body: Bytes },
    HandledBefore(Received),
}

/// Why a request goes no further, and what is told whoever sent it, where that is something else.
struct Stopped {
    problem: Problem,
    told: Option<Problem>,
}

impl<P: Into<Problem>> From<P> for Stopped {
    fn from(problem: P) -> Stopped {
        Stopped { problem: problem.into(), told: None }
    }
}

async fn enter<I: SeenIds, V: FindVerifier, B>(
    settings: &Settings<I, V>,
    head: &Parts,
    body: B,
) -> Result<Entered<I::Claim>, Stopped>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let common = &settings.common;
    common.check_method(&head.method)?;
    let Some(found) = settings.find(head).await? else { return Err(refuse(settings, head, body).await) };
    common.check_head(&found.verifier, head)?;
    let body = read(&head.headers, body, common.body_limit).await?;
    let now = common.now();
    let message = common.accept(&found, head, &body, now)?;
    let held = Held::of(head, &*settings.seen);
    let (seen, keep_until) = (&*settings.seen, common.keep_until(&found.verifier, now));
    let claims = seen.for_one_message(claim(seen, &held, &message, now, keep_until)).await?;
    let received = message.received;
    Ok(match claims {
        Some(claims) => Entered::New { received, claims, body },
        None => Entered::HandledBefore(received),
    })
}

/// What is for nobody goes the way of what is signed wrongly, so that the two cannot be told apart.
async fn refuse<I, V: FindVerifier, B>(settings: &Settings<I, V>, head: &Parts, body: B) -> Stopped
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let (common, nobody) = (&settings.common, |told| Stopped { problem: Problem::Nobody, told });
    // Nobody was found yet, and it is not said what anybody would be.
    let Some(stand_in) = settings.stand_in(head) else { return nobody(None) };
    let stand_in: &Verifier = &stand_in;
    if let Err(error) = common.check_head(stand_in, head) {
        return nobody(Some(error.into()));
    }
    match read(&head.headers, body, common.body_limit).await {
        Ok(body) => nobody(Some(common.refuse(stand_in, head, &body, common.now()).into())),
        Err(problem) => nobody(Some(problem)),
    }
}

async fn read<B>(headers: &HeaderMap, body: B, limit: usize) -> Result<Bytes, Problem>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limit)) {
        return Err(Problem::TooLong { limit });
    }
    // Copied together as it comes: a list of frames would cost a stranger's one-byte chunks forty times their size.
    let mut whole = Vec::new();
    let mut body = pin!(Limited::new(body, limit));
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => whole.put(data),
            Ok(Err(_trailers)) => {}
            Err(error) if error.is::<LengthLimitError>() => return Err(Problem::TooLong { limit }),
            Err(error) if is_too_long(error.as_ref()) => return Err(Problem::TooLongBefore),
            Err(error) => return Err(Problem::Unreadable(error.to_string())),
        }
    }
    Ok(Bytes::from(whole))
}

/// Whether a body that is wrapped in another one, by axum for example, was cut by a limit of `tower_http` or its like.
fn is_too_long(error: &(dyn Error + 'static)) -> bool {
    error.is::<LengthLimitError>() || error.source().is_some_and(is_too_long)
}

/// Handles a message and tells the store how it went. If this is dropped half-way, so are the claims.
async fn handle<S, I, V, B>(
    settings: &Settings<I, V>,
    mut inner: S,
    request: Request<VerifiedBody>,
    claims: Claims<I::Claim>,
    head: Option<Parts>,
) -> Result<Response<Answer<B>>, S::Error>
where
    S: Service<Request<VerifiedBody>, Response = Response<B>>,
    I: SeenIds,
{
    let result = inner.call(request).await;
    let is_success = result.as_ref().is_ok_and(|response| response.status().is_success());
    let problem = settings.seen.for_one_message(tell_store(&*settings.seen, claims, is_success)).await;
    if let (Some(problem), Some(head)) = (problem, head) {
        settings.common.tell(&head, &Outcome::Problem(&problem));
    }
    result.map(|response| response.map(Answer::of_handler))
}

/// Tells the store whether a message was handled, and returns what it could not be told.
async fn tell_store<I: SeenIds>(seen: &I, claims: Claims<I::Claim>, is_handled: bool) -> Option<Problem> {
    let mut problem = None;
    for (_, claim) in claims {
        // Where the work is done, to answer with an error now would only bring the message again.
        problem = problem.or(if is_handled {
            seen.complete(claim).await.err().map(|error| Problem::NotRemembered(error.to_string()))
        } else {
            seen.release(claim).await.err().map(|error| Problem::NotReleased(error.to_string()))
        });
    }
    problem
}

impl<S: Clone, I, V> Clone for VerifyService<S, I, V> {
    fn clone(&self) -> Self {
        VerifyService { inner: self.inner.clone(), settings: Arc::clone(&self.settings) }
    }
}

impl<S: fmt::Debug, I, V> fmt::Debug for VerifyService<S, I, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyService").field("inner", &self.inner).finish_non_exhaustive()
    }
}
