//! Serials are made by the store that gives them out, and taken apart by nobody else.

use std::{fs, path::Path};

/// Every source file that is neither a test nor where the numbers are at home, without its tests.
fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_str().unwrap().to_owned();
        let at_home = name.ends_with("src/model/id.rs") || name.ends_with("src/store/sqlite");
        match path.is_dir() {
            _ if at_home || name.ends_with("/tests") || name.ends_with("/tests.rs") => {}
            true => sources(&path, found),
            false => {
                let text = fs::read_to_string(&path).unwrap();
                // Tests come last, whoever may use what they make.
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                let code = code.split("#[cfg(test)]\npub(crate) mod tests {").next().unwrap_or_default();
                found.push((name, code.to_owned()));
            }
        }
    }
}

#[test]
fn no_code_outside_the_store_makes_serials_of_numbers() {
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 100, "the sources are found: {}", found.len());
    for (name, code) in found {
        for forbidden in ["Serial::nth(", "Serial::from_number(", ".number()"] {
            assert!(!code.contains(forbidden), "{name} has `{forbidden}`");
        }
    }
}
