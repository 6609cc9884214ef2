//! The import direction of DESIGN.md, section 3: `model, clock ← store ← stages ← api ← serve ← cli`.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each module, with what it may know.
const MAY_KNOW: &[(&str, &[&str])] = &[
    // Three of them only for the sake of imports that still name the model.
    ("model", &["catalogue", "platform", "webhook"]),
    ("catalogue", &["model"]),
    ("platform", &["model"]),
    ("webhook", &["model", "platform", "merge_patch"]),
    ("merge_patch", &[]),
    ("clock", &["model"]),
    ("random", &[]),
    ("text", &["model", "platform"]),
    ("template", &["model"]),
    ("store", &["model", "clock", "random", "catalogue", "platform", "webhook", "metrics"]),
    // The stages: what there is to do, each asks the store.
    ("access", &["model", "random", "template", "store"]),
    ("publish", &["model", "webhook", "clock", "catalogue", "template", "store", "access"]),
    ("lane", &["model", "clock", "webhook", "store"]),
    ("render", &["model", "platform", "webhook", "clock", "text", "template", "store"]),
    ("deliver", &["model", "platform", "webhook", "clock", "store"]),
    ("courier", &["model", "webhook", "clock", "lane", "render", "deliver"]),
    ("metrics", &[]),
    ("upkeep", &["model", "webhook", "clock", "publish", "store", "deliver", "courier"]),
    (
        "api",
        &[
            "model",
            "catalogue",
            "platform",
            "webhook",
            "merge_patch",
            "clock",
            "random",
            "template",
            "store",
            "access",
            "publish",
            "lane",
            "render",
            "deliver",
            "courier",
            "metrics",
            "upkeep",
        ],
    ),
    ("config", &["model", "access", "publish", "lane"]),
    (
        "serve",
        &[
            "model", "clock", "random", "store", "access", "publish", "lane", "render", "deliver", "courier", "api",
            "config", "metrics", "upkeep",
        ],
    ),
    (
        "cli",
        &[
            "model",
            "catalogue",
            "clock",
            "random",
            "template",
            "store",
            "access",
            "publish",
            "lane",
            "render",
            "deliver",
            "api",
            "config",
            "serve",
        ],
    ),
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false if path.extension().is_some_and(|kind| kind == "rs") => found.push(path),
            false => {}
        }
    }
    found
}

/// The module of the first level that a file belongs to.
fn module(file: &Path) -> String {
    let inside = file.strip_prefix(source()).unwrap();
    inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// What a file says without its comments.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The modules of the first level that a text names: `crate::a::b`, and each branch of `crate::{a::b, c}`.
fn known(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for rest in text.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => names.insert(first_name(rest)),
            Some(group) => {
                let mut depth = 0;
                let mut start = true;
                for (place, c) in group.char_indices() {
                    match c {
                        '}' if depth == 0 => break,
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if start && !c.is_whitespace() => {
                            names.insert(first_name(&group[place..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
                true
            }
        };
    }
    names
}

fn first_name(path: &str) -> String {
    path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn names_are_found_in_every_form_of_use() {
    let text =
        "use crate::a::b;\nuse crate::{c::{d, e::f}, g,\n    h::i};\nfn x() -> crate::j::K {}\npub(crate) fn y() {}";
    assert_eq!(known(text).into_iter().collect::<Vec<_>>(), ["a", "c", "g", "h", "j"]);
}

#[test]
fn modules_import_in_one_direction_only() {
    let modules: BTreeSet<&str> = MAY_KNOW.iter().map(|(name, _)| *name).collect();
    let mut wrong = Vec::new();
    for file in files(&source()) {
        let own = module(&file);
        if matches!(own.as_str(), "lib" | "main") {
            continue;
        }
        let (_, allowed) = MAY_KNOW
            .iter()
            .find(|(name, _)| *name == own)
            .unwrap_or_else(|| panic!("`{own}` is a new module: say in this file what it may know"));
        for name in known(&code(&file)) {
            if name != own && modules.contains(name.as_str()) && !allowed.contains(&name.as_str()) {
                wrong.push(format!("{} knows `{name}`; `{own}` may know {allowed:?}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn there_is_no_sql_outside_the_store() {
    let signs = ["rusqlite", "refinery", "SELECT ", "INSERT INTO", "UPDATE deliveries", "DELETE FROM", "PRAGMA "];
    for file in files(&source()) {
        if module(&file) != "store" {
            let code = code(&file);
            let found: Vec<_> = signs.iter().filter(|sign| code.contains(**sign)).collect();
            assert!(found.is_empty(), "{} has {found:?}", file.display());
        }
    }
}

#[test]
fn the_store_knows_nothing_of_http_and_the_domain_nothing_of_axum() {
    for file in files(&source()) {
        let (own, code) = (module(&file), code(&file));
        if own == "store" {
            assert!(!code.contains("http::") && !code.contains("StatusCode"), "{}", file.display());
        }
        if !matches!(own.as_str(), "api" | "serve" | "cli") {
            assert!(!code.contains("axum::"), "{}", file.display());
        }
    }
}
