//! Who may know whom: the rooms of `src/`, the files in them, and the crates.
//!
//! The table lists the rooms from the ground up, each with the rooms below it that it imports. An edge that nobody uses any
//! more is as wrong as one that is not listed, so the table is the architecture and not a wish.

mod modules;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use self::modules::{Module, Modules};

/// Each room with what it knows, in an order in which each knows only rooms above it in this list.
const KNOWS: &[(&str, &[&str])] = &[
    // the ground: nouns, time, chance
    ("model", &[]),
    ("clock", &["model"]),
    ("budget", &["model"]),
    ("random", &[]),
    ("failure", &[]),
    ("log", &[]),
    ("metrics", &[]),
    ("merge_patch", &[]),
    ("exact", &[]),
    ("varint", &[]),
    ("turns", &["model"]),
    ("work", &["failure", "model", "turns"]),
    // what users set
    ("catalogue", &["model"]),
    ("platform", &["model"]),
    ("webhook", &["merge_patch", "model", "platform"]),
    ("text", &["platform"]),
    ("template", &["model"]),
    // what is counted, and what is kept
    ("observe", &["budget", "model", "varint", "webhook"]),
    ("inspect", &["budget", "clock", "model", "observe", "webhook"]),
    (
        "store",
        &[
            "budget",
            "catalogue",
            "clock",
            "failure",
            "metrics",
            "model",
            "observe",
            "platform",
            "random",
            "turns",
            "varint",
            "webhook",
            "work",
        ],
    ),
    ("access", &["model", "random", "store", "template"]),
    // the stages; none knows another, but that a lane has a door (`Courier`) for those behind it
    (
        "publish",
        &["access", "catalogue", "clock", "exact", "model", "platform", "store", "template", "webhook", "work"],
    ),
    ("lane", &["budget", "clock", "metrics", "model", "observe", "store", "webhook"]),
    ("render", &["budget", "catalogue", "exact", "model", "platform", "template", "text", "webhook", "work"]),
    ("deliver", &["budget", "clock", "inspect", "model", "platform", "webhook", "work"]),
    // who puts stages together
    ("courier", &["budget", "clock", "deliver", "lane", "metrics", "model", "render", "webhook", "work"]),
    (
        "manage",
        &[
            "access",
            "catalogue",
            "clock",
            "courier",
            "deliver",
            "lane",
            "merge_patch",
            "model",
            "observe",
            "random",
            "store",
            "webhook",
            "work",
        ],
    ),
    ("notice", &["access", "model", "observe", "publish", "store", "webhook"]),
    ("mail", &["metrics", "model", "notice", "store"]),
    ("replay", &["clock", "model", "publish", "store", "webhook", "work"]),
    (
        "upkeep",
        &[
            "access", "clock", "courier", "lane", "mail", "model", "notice", "observe", "publish", "replay", "store",
            "turns", "webhook",
        ],
    ),
    // the edge
    ("dashboard", &[]),
    (
        "api",
        &[
            "access",
            "budget",
            "catalogue",
            "clock",
            "courier",
            "dashboard",
            "deliver",
            "inspect",
            "lane",
            "mail",
            "manage",
            "merge_patch",
            "metrics",
            "model",
            "observe",
            "platform",
            "publish",
            "random",
            "render",
            "replay",
            "store",
            "upkeep",
            "webhook",
            "work",
        ],
    ),
    ("config", &["access", "api", "lane", "mail", "model", "publish"]),
    (
        "serve",
        &[
            "access",
            "api",
            "budget",
            "catalogue",
            "clock",
            "config",
            "courier",
            "deliver",
            "inspect",
            "lane",
            "log",
            "mail",
            "manage",
            "metrics",
            "model",
            "notice",
            "observe",
            "publish",
            "random",
            "render",
            "replay",
            "store",
            "upkeep",
            "work",
        ],
    ),
    ("cli", &["access", "catalogue", "clock", "config", "courier", "log", "model", "random", "serve", "store"]),
];

/// Which of our crates a crate is built on; none knows the server.
const BUILT_ON: &[(&str, &[&str])] = &[
    ("bench", &["signature"]),
    ("egress", &[]),
    ("filter", &[]),
    ("schema", &[]),
    ("script", &[]),
    ("signature", &[]),
    ("template", &[]),
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

fn crates() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates");
    let mut crates: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    crates.sort();
    crates
}

fn root_of(a_crate: &Path) -> PathBuf {
    let library = a_crate.join("src/lib.rs");
    if library.exists() { library } else { a_crate.join("src/main.rs") }
}

/// Each room with those that its files import from.
fn rooms(modules: &Modules) -> BTreeMap<String, BTreeSet<String>> {
    let mut rooms: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (module, used) in modules.uses() {
        let Some(own) = module.first() else { continue };
        let others = used.iter().filter_map(|used| used.first()).filter(|other| *other != own);
        rooms.entry(own.clone()).or_default().extend(others.cloned());
    }
    rooms
}

/// The files that import one another, directly or by way of others.
fn circles(modules: &Modules) -> Vec<Vec<String>> {
    let uses = modules.uses();
    let reached = |from: &Module| {
        let (mut seen, mut ahead) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(next) = ahead.pop() {
            for used in uses.get(&next).into_iter().flatten() {
                if seen.insert(used.clone()) {
                    ahead.push(used.clone());
                }
            }
        }
        seen
    };
    let reach: BTreeMap<Module, BTreeSet<Module>> = uses.keys().map(|&from| (from.clone(), reached(from))).collect();
    let in_circles = reach.iter().filter(|(module, reached)| reached.contains(*module));
    let circle = |(module, reached): (&Module, &BTreeSet<Module>)| {
        let back = reached.iter().filter(|other| reach[*other].contains(module));
        back.map(|module| module.join("::")).collect::<Vec<_>>()
    };
    in_circles.map(circle).collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn names_are_followed_to_the_file_that_defines_them() {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in [
        ("lib.rs", "mod a; mod b; mod c; #[cfg(test)] mod tests;"),
        ("a.rs", "use crate::b::Passed; fn f() { crate::c::g(); }"),
        ("b/mod.rs", "mod inner; pub use self::inner::Passed; #[cfg(test)] use crate::a::f;"),
        ("b/inner.rs", "pub struct Passed; use super::super::c::{self as see, T};"),
        ("c.rs", "pub struct T; pub fn g() {}"),
    ] {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let modules = Modules::read(&folder.path().join("lib.rs"));
    let uses = modules.uses();
    let of = |module: &[&str]| -> Vec<String> {
        let module: Module = module.iter().map(|&name| name.to_owned()).collect();
        uses[&module].iter().map(|used| used.join("::")).collect()
    };
    assert_eq!(of(&["a"]), ["b::inner", "c"]);
    assert_eq!(of(&["b"]), Vec::<String>::new());
    assert_eq!(of(&["b", "inner"]), ["c"]);
    assert_eq!(circles(&modules), Vec::<Vec<String>>::new());
}

#[test]
fn files_that_import_each_other_are_found() {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in [("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::B;"), ("b.rs", "struct B; use super::a;")]
    {
        fs::write(folder.path().join(file), text).unwrap();
    }
    assert_eq!(circles(&Modules::read(&folder.path().join("lib.rs"))), [["a", "b"]]);
}

#[test]
fn each_room_knows_what_the_table_says_and_nothing_else() {
    let real = rooms(&Modules::read(&source().join("lib.rs")));
    let listed: BTreeMap<String, BTreeSet<String>> = KNOWS
        .iter()
        .map(|(room, knows)| ((*room).to_owned(), knows.iter().map(|&other| other.to_owned()).collect()))
        .collect();
    assert_eq!(real, listed);
}

#[test]
fn the_table_goes_one_way() {
    for (place, (room, knows)) in KNOWS.iter().enumerate() {
        let before: Vec<&str> = KNOWS[..place].iter().map(|(room, _)| *room).collect();
        let above: Vec<&&str> = knows.iter().filter(|other| !before.contains(other)).collect();
        assert!(above.is_empty(), "`{room}` knows {above:?}, which stand behind it");
    }
}

#[test]
fn no_two_files_import_each_other() {
    let roots = crates().iter().map(|a_crate| root_of(a_crate)).chain([source().join("lib.rs")]).collect::<Vec<_>>();
    let found: Vec<_> = roots.iter().map(|root| (root, circles(&Modules::read(root)))).collect();
    let found: Vec<_> = found.iter().filter(|(_, circles)| !circles.is_empty()).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn crates_know_nothing_of_the_server() {
    let mut built_on = Vec::new();
    for a_crate in crates() {
        let text = fs::read_to_string(a_crate.join("Cargo.toml")).unwrap();
        let manifest: toml::Table = text.parse().unwrap();
        let names = ["dependencies", "dev-dependencies", "build-dependencies"]
            .into_iter()
            .filter_map(|kind| manifest.get(kind)?.as_table().map(|table| table.keys().cloned().collect::<Vec<_>>()));
        let ours = names.flatten().filter(|name| name.starts_with("lanehook"));
        let ours: Vec<String> = ours.map(|name| name.trim_start_matches("lanehook-").to_owned()).collect();
        built_on.push((a_crate.file_name().unwrap().to_str().unwrap().to_owned(), ours));
    }
    let listed: Vec<(String, Vec<String>)> = BUILT_ON
        .iter()
        .map(|(name, on)| ((*name).to_owned(), on.iter().map(|&other| other.to_owned()).collect()))
        .collect();
    assert_eq!(built_on, listed);
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
        if !matches!(own.as_str(), "api" | "dashboard" | "serve" | "cli") {
            assert!(!code.contains("axum::"), "{}", file.display());
        }
    }
}
