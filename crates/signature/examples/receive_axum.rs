use std::time::Duration;

use axum::{Json, Router, http::StatusCode, routing::post};
use lanehook_signature::{Dialect, Verified, Verifier, VerifyLayer};
use tower_http::timeout::TimeoutLayer;

#[derive(serde::Deserialize)]
struct Alert {
    symbol: String,
}

async fn alert(Verified(message, Json(alert)): Verified<Json<Alert>>) {
    println!("{:?}: {}", message.id, alert.symbol);
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let verifier = Verifier::from_text(Dialect::Standard, &std::env::var("WEBHOOK_SECRET")?)?;
    let layer =
        VerifyLayer::new(verifier).observe(|request, outcome| eprintln!("webhook {}: {outcome:?}", request.uri.path()));
    let timeout = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(10));
    let router = Router::new().route("/webhooks", post(alert)).layer(layer).layer(timeout);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, router).await?)
}
