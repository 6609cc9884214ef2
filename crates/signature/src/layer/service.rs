//! One request's way through the layer: read, verify, ask the store, handle, tell the store.

use std::error::Error;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{BufMut as _, Bytes};
use http::{HeaderMap, Request, Response, header};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Either, Full, LengthLimitError, Limited};
use tower_service::Service;

use super::answer::{Answer, Problem, handled_before};
use super::settings::Settings;
use crate::received::Received;
use crate::seen::{Begin, InMemory, SeenIds};

type BoxError = Box<dyn Error + Send + Sync>;

/// A service that lets verified, new messages through to another one, which finds a [`Received`] in the request's
/// extensions and the whole body in the request.
pub struct VerifyService<S, I = InMemory> {
    inner: S,
    settings: Arc<Settings<I>>,
}

impl<S, I> VerifyService<S, I> {
    pub(super) fn new(inner: S, settings: Arc<Settings<I>>) -> Self {
        VerifyService { inner, settings }
    }
}

impl<S, I, RequestBody, ResponseBody> Service<Request<RequestBody>> for VerifyService<S, I>
where
    S: Service<Request<Full<Bytes>>, Response = Response<ResponseBody>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    I: SeenIds,
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
            let (mut parts, body) = request.into_parts();
            match enter(&settings, &parts.headers, body).await {
                Ok(Entered::HandledBefore) => Ok(handled_before()),
                Ok(Entered::New { received, claim, body }) => {
                    parts.extensions.insert(received);
                    handle(&settings, inner, Request::from_parts(parts, Full::new(body)), claim).await
                }
                Err(problem) => {
                    settings.report(&problem);
                    Ok(problem.answer(settings.tell_reason))
                }
            }
        })
    }
}

enum Entered<C> {
    New { received: Received, claim: C, body: Bytes },
    HandledBefore,
}

async fn enter<I: SeenIds, B>(
    settings: &Settings<I>,
    headers: &HeaderMap,
    body: B,
) -> Result<Entered<I::Claim>, Problem>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    settings.check_headers(headers)?;
    let body = read(headers, body, settings.body_limit).await?;
    let now = settings.now();
    let received = settings.accept(headers, &body, now)?;
    match settings.seen.begin(received.key, now, settings.keep_until(now)).await {
        Ok(Begin::First(claim)) => Ok(Entered::New { received, claim, body }),
        Ok(Begin::Done) => Ok(Entered::HandledBefore),
        Ok(Begin::UnderWay) => Err(Problem::UnderWay),
        Ok(Begin::Full) => Err(Problem::Full),
        Err(error) => Err(Problem::Store(error.to_string())),
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
            Err(error) => return Err(Problem::Unreadable(error.to_string())),
        }
    }
    Ok(Bytes::from(whole))
}

/// Handles a message and tells the store how it went. If this is dropped half-way, so is the claim.
async fn handle<S, I, B>(
    settings: &Settings<I>,
    mut inner: S,
    request: Request<Full<Bytes>>,
    claim: I::Claim,
) -> Result<Response<Answer<B>>, S::Error>
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>>,
    I: SeenIds,
{
    let result = inner.call(request).await;
    if result.as_ref().is_ok_and(|response| response.status().is_success()) {
        // The work is done: to answer with an error now would only bring the message again.
        if let Err(error) = settings.seen.complete(claim).await {
            settings.report(&Problem::NotRemembered(error.to_string()));
        }
    } else if let Err(error) = settings.seen.release(claim).await {
        settings.report(&Problem::NotReleased(error.to_string()));
    }
    result.map(|response| response.map(Either::Left))
}

impl<S: Clone, I> Clone for VerifyService<S, I> {
    fn clone(&self) -> Self {
        VerifyService { inner: self.inner.clone(), settings: Arc::clone(&self.settings) }
    }
}

impl<S: fmt::Debug, I> fmt::Debug for VerifyService<S, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyService").field("inner", &self.inner).finish_non_exhaustive()
    }
}
