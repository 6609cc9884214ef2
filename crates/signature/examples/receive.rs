use lanehook_signature::{Dialect, Secret, Verifier, VerifyError, testing::Sender};

/// Called with what your framework hands out: the headers, and the body's bytes as they came, before any parser.
fn accept(verifier: &Verifier, headers: &http::HeaderMap, body: &[u8]) -> Result<(), VerifyError> {
    let message = verifier.verify_http(headers, body)?; // a failure is answered 401
    println!("{:?}, to be handled once: {}", message.id, message.key);
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Once, at start.
    let secret = "It's a Secret to Everybody";
    let verifier = Verifier::from_text(Dialect::GitHub, secret).map_err(|error| format!("the secret: {error}"))?;

    // In tests: what GitHub would send.
    let github = Sender::new(Dialect::GitHub, &Secret::parse(secret)?)?;
    let request: http::Request<Vec<u8>> = github.request("/webhooks", r#"{"zen":"Design for failure."}"#);
    accept(&verifier, request.headers(), request.body())?;
    assert!(accept(&verifier, request.headers(), b"{}").is_err());
    Ok(())
}
