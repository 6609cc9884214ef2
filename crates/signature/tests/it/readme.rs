//! What README shows is what is built: its programs are the files of `examples/`, and its function one that is tried here.

#[cfg(feature = "axum")]
use std::process::Command;

/// The fenced blocks of Rust.
fn programs(readme: &str) -> Vec<&str> {
    let blocks = readme.split("```rust").skip(1);
    blocks.map(|block| block.split_once('\n').unwrap().1.split_once("```").unwrap().0).collect()
}

#[test]
fn the_readmes_programs_are_files_that_are_built() {
    let examples = [
        include_str!("../../examples/receive_axum.rs"),
        include_str!("../../examples/receive.rs"),
        include_str!("../snippets/only_header.rs"),
        include_str!("../../examples/send.rs"),
    ];
    assert_eq!(programs(include_str!("../../README.md")), examples);
    let receivers = &examples[..1];
    assert!(receivers.iter().all(|program| program.contains("TimeoutLayer")), "a stranger may send a body for ever");
}

/// Whoever pastes a program is told before, in its section, which crates to add for it, and with which features.
#[test]
fn before_each_program_stands_what_to_add() {
    let readme = include_str!("../../README.md");
    let mut at = 0;
    for program in programs(readme) {
        at += readme[at..].find(program).unwrap();
        let section = readme[..at].rsplit_once("\n## ").unwrap().1;
        let added: Vec<&str> = section.lines().filter_map(|line| line.strip_prefix("cargo add ")).collect();
        let is_added = |name: &str| added.iter().any(|line| line.split([' ', ',', '/']).any(|word| word == name));
        for name in crates(program) {
            assert!(is_added(&name.replace('_', "-")), "{name} in {added:?} before {program}");
        }
        for (used, feature) in [
            ("Verified", "axum"),
            ("Layer::new", "axum"),
            ("testing::", "testing"),
            ("verify_http(", "http"),
            ("derive(serde", "derive"),
            ("#[tokio::main]", "full"),
            ("timeout::", "timeout"),
        ] {
            assert!(!program.contains(used) || is_added(feature), "{feature} in {added:?} before {program}");
        }
    }
}

/// The crates that a program names: the first part of what it uses, and of its other paths.
fn crates(program: &str) -> impl Iterator<Item = &str> {
    let is_of_a_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
    let paths = program.lines().flat_map(move |line| {
        let used = line.strip_prefix("use ");
        // Behind the first, what stands in braces is inside of it.
        let count = if used.is_some() { 1 } else { usize::MAX };
        used.unwrap_or(line).split(move |c: char| !is_of_a_path(c)).take(count)
    });
    let roots = paths.filter_map(|path| path.split_once("::")).map(|(root, _)| root);
    roots.filter(|root| root.starts_with(|c: char| c.is_ascii_lowercase()) && *root != "std")
}

mod snippets {
    include!("../snippets/only_header.rs");

    use http::{HeaderMap, HeaderName, HeaderValue};
    use lanehook_signature::{Dialect, Message, Secret, Verifier, VerifyError};

    /// A header that comes twice is no header of the request: neither a signature nor an id.
    #[test]
    fn the_closure_takes_none_of_two_headers() {
        let secret = Secret::parse("any text").unwrap();
        let verifier = Verifier::new(Dialect::GitHub, &secret).unwrap();
        let signed = crate::sign(&Dialect::GitHub, Default::default(), &[secret], &Message::new("one", 0, b"{}"));
        let accept = |twice: &str| {
            let mut headers = HeaderMap::new();
            for (name, value) in &signed {
                let name: HeaderName = name.parse().unwrap();
                headers.append(&name, HeaderValue::from_str(value).unwrap());
                if name.as_str() == twice {
                    headers.append(&name, HeaderValue::from_static("two"));
                }
            }
            verifier.accept(|name| only(&headers, name), b"{}", 0)
        };
        let received = accept("").unwrap();
        assert_eq!(received.id.as_deref(), Some("one"));
        let twice = accept("x-github-delivery").unwrap();
        assert_eq!((twice.id, twice.key), (None, received.content));
        let refused = accept("x-hub-signature-256").unwrap_err();
        assert_eq!(refused, VerifyError::MissingHeader { name: "x-hub-signature-256".to_owned() });
    }
}

#[cfg(feature = "axum")]
mod receive_axum {
    include!("../../examples/receive_axum.rs");

    pub(super) fn run() -> Result<(), Box<dyn std::error::Error>> {
        main()
    }
}

/// README's program, whose error is shown as Rust shows that of `main`.
#[cfg(feature = "axum")]
#[test]
#[ignore = "run by the test below, with an environment of its own"]
fn the_program() {
    eprintln!("Error: {:?}", receive_axum::run().unwrap_err());
}

#[cfg(feature = "axum")]
#[test]
fn a_wrong_secret_is_told_in_words_at_start() {
    let said = |secret: Option<&str>| {
        let mut program = Command::new(std::env::current_exe().unwrap());
        program.args(["--exact", "readme::the_program", "--ignored", "--nocapture"]).env_remove("WEBHOOK_SECRET");
        let output = program.envs(secret.map(|secret| ("WEBHOOK_SECRET", secret))).output().unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for (secret, words) in [
        (None, "WEBHOOK_SECRET is not set"),
        (Some(""), "WEBHOOK_SECRET: the secret is empty"),
        (Some("geheim"), "WEBHOOK_SECRET: the secret needs to be base64 of 16 to 1024 bytes"),
        (Some("\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\""), "WEBHOOK_SECRET: the secret has quotes"),
    ] {
        let said = said(secret);
        assert!(said.contains(words), "{secret:?}: {said}");
    }
}
