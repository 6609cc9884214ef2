use lanehook_signature::{Algorithm, Dialect, Message, Secret, sign};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secret = Secret::parse("It's a Secret to Everybody")?;
    secret.suits(&Dialect::Hub)?; // ask once, when the webhook is saved
    let message = Message::new("evt_1", 1_700_000_000, b"Hello, World!");
    let headers = sign(&Dialect::Hub, Algorithm::Sha256, &[secret], &message)?;
    let expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(headers, [("x-hub-signature-256".to_owned(), expected.to_owned())]);
    Ok(())
}
