//! What README shows is what is built and run: its programs are the files of `examples/`.

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
