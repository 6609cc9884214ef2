//! What README shows is what is built and run: its programs are the files of `examples/`.

#[cfg(feature = "axum")]
use std::process::Command;

/// The fenced blocks of Rust.
fn programs(readme: &str) -> Vec<&str> {
    let blocks = readme.split("```rust").skip(1);
    blocks.map(|block| block.split_once('\n').unwrap().1.split_once("```").unwrap().0).collect()
}

#[test]
fn the_readmes_programs_are_the_examples() {
    let examples = [
        include_str!("../../examples/receive_axum.rs"),
        include_str!("../../examples/receive.rs"),
        include_str!("../../examples/send.rs"),
    ];
    assert_eq!(programs(include_str!("../../README.md")), examples);
    let receivers = &examples[..1];
    assert!(receivers.iter().all(|program| program.contains("TimeoutLayer")), "a stranger may send a body for ever");
}

/// Whoever pastes a program is told before what to add for it.
#[test]
fn before_each_program_stands_what_to_add() {
    let readme = include_str!("../../README.md");
    for (number, before) in readme.split("```rust").enumerate().take(programs(readme).len()) {
        let before = before.rsplit_once("\n## ").map_or(before, |(_, last)| last);
        assert!(before.contains("cargo add lanehook-signature"), "program {number}");
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
