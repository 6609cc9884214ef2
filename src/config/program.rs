//! Which program runs webhooks' scripts: this one.

use std::path::PathBuf;

/// This program, also when its file was replaced by a newer one while it runs.
pub(super) fn this_program() -> PathBuf {
    match cfg!(target_os = "linux") {
        true => "/proc/self/exe".into(),
        false => std::env::current_exe().unwrap_or_else(|_| "lanehook".into()),
    }
}
