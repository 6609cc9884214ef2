//! The bodies of requests that were verified and of answers.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The body of a request that was verified: it is all there.
#[derive(Debug, Clone, Default)]
pub struct VerifiedBody(Bytes);

impl VerifiedBody {
    pub(super) fn new(body: Bytes) -> VerifiedBody {
        VerifiedBody(body)
    }

    /// The exact bytes that were signed.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl Body for VerifiedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let whole = std::mem::take(&mut self.0);
        Poll::Ready((!whole.is_empty()).then(|| Ok(Frame::data(whole))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len() as u64)
    }
}

/// The body of an answer: the handler's, or a few words of the layer's. The default is none.
#[derive(Debug)]
pub struct Answer<B>(Whose<B>);

#[derive(Debug)]
enum Whose<B> {
    /// Boxed, so that it can be polled wherever it was moved to.
    Handler(Pin<Box<B>>),
    Layer(VerifiedBody),
}

impl<B> Answer<B> {
    pub(super) fn of_handler(body: B) -> Answer<B> {
        Answer(Whose::Handler(Box::pin(body)))
    }

    pub(super) fn words(words: String) -> Answer<B> {
        Answer(Whose::Layer(VerifiedBody::new(Bytes::from(words))))
    }
}

impl<B> Default for Answer<B> {
    fn default() -> Answer<B> {
        Answer(Whose::Layer(VerifiedBody::default()))
    }
}

impl<B: Body<Data = Bytes>> Body for Answer<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match &mut self.get_mut().0 {
            Whose::Handler(body) => body.as_mut().poll_frame(context),
            Whose::Layer(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Whose::Handler(body) => body.is_end_stream(),
            Whose::Layer(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Whose::Handler(body) => body.size_hint(),
            Whose::Layer(body) => body.size_hint(),
        }
    }
}
