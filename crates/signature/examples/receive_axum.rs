use axum::{Json, Router, routing::post};
use lanehook_signature::{Dialect, Verified, Verifier, VerifyLayer};

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
    let router = Router::new().route("/webhooks", post(alert)).layer(layer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, router).await?)
}
