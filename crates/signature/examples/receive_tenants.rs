use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, RwLock};

use axum::{Router, body::Bytes, http::request::Parts, routing::post};
use lanehook_signature::layer::{FindVerifier, Found, VerifyLayer};
use lanehook_signature::{Dialect, SetupError, Verified, Verifier};

/// Each tenant's verifier. A secret that is changed counts from the next request on.
#[derive(Clone, Default)]
struct Tenants(Arc<RwLock<HashMap<String, Arc<Verifier>>>>);

impl Tenants {
    fn set(&self, tenant: &str, secret: &str) -> Result<(), SetupError> {
        let verifier = Arc::new(Verifier::from_text(Dialect::Standard, secret)?);
        self.0.write().expect("no thread panicked while it read").insert(tenant.to_owned(), verifier);
        Ok(())
    }
}

impl FindVerifier for Tenants {
    type Error = Infallible; // of a look-up in a database, its error: the request is answered 503 then

    async fn find(&self, request: &Parts) -> Result<Option<Found>, Infallible> {
        let Some(tenant) = request.uri.path().strip_prefix("/webhooks/") else { return Ok(None) };
        let tenants = self.0.read().expect("no thread panicked while it wrote");
        Ok(tenants.get(tenant).map(|verifier| Found::new(Arc::clone(verifier)).namespace(tenant)))
    }
}

async fn receive(Verified(message, body): Verified<Bytes>) {
    println!("{:?}: {} bytes", message.id, body.len());
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tenants = Tenants::default();
    tenants.set("acme", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").map_err(|error| error.to_string())?;
    let layer = VerifyLayer::with(tenants.clone());
    let router = Router::new().route("/webhooks/{tenant}", post(receive)).route_layer(layer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, router).await?)
}
