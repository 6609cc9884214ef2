//! An axum extractor: a request that went through [`VerifyLayer`](crate::layer::VerifyLayer) enters, what it says of
//! itself and its body leave. Keeps nothing.

use axum_core::extract::{DefaultBodyLimit, FromRequest, Request};
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;

use crate::received::Received;

/// A verified message: what it [says of itself](Received), and its body as any extractor reads it: `Verified<Bytes>`,
/// `Verified<Json<Alert>>`, `Verified<String>`.
///
/// The signature is checked by the layer, which alone sees both the request and how handling it went. A route without
/// the layer is a mistake: it answers `500` to every request, and lets nothing unverified through.
#[derive(Debug, Clone)]
pub struct Verified<T>(pub Received, pub T);

/// Why a message does not reach its handler.
#[derive(Debug)]
#[non_exhaustive]
pub enum VerifiedRejection<R> {
    /// The route has no [`VerifyLayer`](crate::layer::VerifyLayer).
    NoLayer,
    /// The body is verified, and not what the extractor wants.
    Body(R),
}

/// A request whose body was bounded and is all there: axum's extractors take as much, where they would refuse it from 2 MB on. No
/// more, since something between the layer and the handler may unpack it. A `DefaultBodyLimit` there still counts.
pub(crate) fn limited<B>(mut request: http::Request<B>, limit: usize) -> http::Request<B> {
    DefaultBodyLimit::max(limit).apply(&mut request);
    request
}

impl<T, S> FromRequest<S> for Verified<T>
where
    T: FromRequest<S>,
    S: Send + Sync,
{
    type Rejection = VerifiedRejection<T::Rejection>;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let received = request.extensions_mut().remove::<Received>().ok_or(VerifiedRejection::NoLayer)?;
        let body = T::from_request(request, state).await.map_err(VerifiedRejection::Body)?;
        Ok(Verified(received, body))
    }
}

impl<R: IntoResponse> IntoResponse for VerifiedRejection<R> {
    fn into_response(self) -> Response {
        match self {
            VerifiedRejection::NoLayer => {
                (StatusCode::INTERNAL_SERVER_ERROR, "the route has no VerifyLayer").into_response()
            }
            VerifiedRejection::Body(rejection) => rejection.into_response(),
        }
    }
}
