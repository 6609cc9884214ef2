use std::io::Write as _;
use std::time::Duration;

use axum::{Json, Router, http::StatusCode, routing::post};
use lanehook_signature::{Dialect, Verified, Verifier, VerifyLayer};
use tower_http::timeout::TimeoutLayer;

#[derive(serde::Deserialize)]
struct Alert {
    symbol: String,
}

async fn alert(Verified(message, Json(alert)): Verified<Json<Alert>>) -> Result<StatusCode, StatusCode> {
    // First keep, then answer, then work: what is answered with success does not come again, anything else does.
    enqueue(&message.key.to_string(), &alert).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps what must not be lost, in a table or a queue of yours; here a line stands for it.
async fn enqueue(key: &str, alert: &Alert) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{key}: {}", alert.symbol)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secret = std::env::var("WEBHOOK_SECRET").map_err(|_| "WEBHOOK_SECRET is not set, or no text")?;
    let verifier =
        Verifier::from_text(Dialect::Standard, &secret).map_err(|error| format!("WEBHOOK_SECRET: {error}"))?;
    let layer =
        VerifyLayer::new(verifier).observe(|request, outcome| eprintln!("webhook {}: {outcome}", request.uri.path()));
    let timeout = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(10));
    let router = Router::new().route("/webhooks", post(alert)).route_layer(layer).layer(timeout);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, router).await?)
}
