//! Finds out which commit a release is built from. Only for releases: a development build would be made anew for each commit.

use std::{env, path::Path, process::Command};

/// What a release is made of: when it changes, the commit alone does not say what was built.
const SOURCES: [&str; 9] =
    ["build.rs", "Cargo.toml", "Cargo.lock", "src", "crates", "catalogue", "migrations", "platforms", "web/dist"];

fn main() {
    println!("cargo::rerun-if-changed=web/dist");
    if !Path::new("web/dist/index.html").exists() {
        panic!(
            "web/dist is missing: it is part of the repository (`git checkout web/dist`), and `make web` builds it anew"
        );
    }
    println!("cargo::rerun-if-changed=build.rs");
    let version = env!("CARGO_PKG_VERSION");
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    match is_release.then(commit).flatten() {
        Some(commit) => {
            println!("cargo::rustc-env=VERSION_AND_COMMIT={version} ({commit})");
            println!("cargo::rustc-env=COMMIT={commit}");
        }
        None => println!("cargo::rustc-env=VERSION_AND_COMMIT={version}"),
    }
}

/// As git describes it; nothing without a repository of this project's own, as in a tarball.
fn commit() -> Option<String> {
    let folder = env::var("CARGO_MANIFEST_DIR").ok()?;
    let top = git(&["rev-parse", "--show-toplevel"])?;
    if Path::new(&top).canonicalize().ok()? != Path::new(&folder).canonicalize().ok()? {
        return None;
    }
    // What a commit or a change of branches writes; a file that is not there would count as changed each time.
    let moves = ["HEAD", "logs/HEAD"].into_iter().filter_map(|file| git(&["rev-parse", "--git-path", file]));
    for file in moves.chain(SOURCES.map(str::to_owned)).filter(|file| Path::new(file).exists()) {
        println!("cargo::rerun-if-changed={file}");
    }
    git(&["describe", "--tags", "--always", "--dirty"])
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned()).filter(|text| !text.is_empty())
}
