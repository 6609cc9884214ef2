//! What a release holds, and the files that run it: what of them can be checked without the programs that they are for.

use std::{
    collections::BTreeSet,
    fs,
    path::{Component, Path, PathBuf},
    process::Command,
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What `release.sh` copies into the tarball, by their paths in the repository.
fn released() -> Vec<PathBuf> {
    let script = read("packaging/release.sh");
    let copies = script.lines().find_map(|line| line.strip_prefix("cp -r --parents ")).expect("the line that copies");
    copies.split_whitespace().filter(|word| !word.starts_with('"')).map(PathBuf::from).collect()
}

/// The documents among them.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in released() {
        if root().join(&path).is_dir() {
            let files = fs::read_dir(root().join(&path)).unwrap().map(|file| path.join(file.unwrap().file_name()));
            found.extend(files);
        } else {
            found.push(path);
        }
    }
    found.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    found
}

/// Where a document's links lead that lead to files, from the root of the repository.
fn linked(document: &Path) -> BTreeSet<PathBuf> {
    let text = read(document);
    let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next());
    let files = links.filter(|link| !link.is_empty() && !link.contains(':'));
    let mut found = BTreeSet::new();
    for link in files {
        let mut path = document.parent().unwrap().to_owned();
        for part in Path::new(link).components() {
            match part {
                Component::ParentDir => assert!(path.pop(), "{}: {link}", document.display()),
                Component::Normal(name) => path.push(name),
                _ => {}
            }
        }
        found.insert(path);
    }
    found
}

#[test]
fn what_the_documents_of_a_release_point_at_is_in_it() {
    let (released, documents) = (released(), documents());
    assert!(documents.len() > 5, "{documents:?}");
    for document in &documents {
        for link in linked(document) {
            assert!(root().join(&link).exists(), "{} points at {}", document.display(), link.display());
            let is_released = released.iter().any(|path| link.starts_with(path) || path.starts_with(&link));
            // What is about the source stays with it.
            let is_source =
                ["ARCHITECTURE.md", "CONTRIBUTING.md", "crates/bench"].iter().any(|part| link.starts_with(part));
            assert!(
                is_released || is_source,
                "{} points at {}, which no release has",
                document.display(),
                link.display()
            );
        }
    }
}

/// The instructions of a Dockerfile, each in one line, without comments.
fn instructions(dockerfile: &str) -> Vec<(String, String)> {
    let joined = dockerfile.replace("\\\n", " ");
    let lines = joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let parted = lines.map(|line| line.split_once(' ').unwrap_or_else(|| panic!("no instruction: {line}")));
    parted.map(|(name, rest)| (name.to_owned(), rest.trim().to_owned())).collect()
}

#[test]
fn the_image_is_made_as_its_checkers_want_it() {
    let instructions = instructions(&read("packaging/Dockerfile"));
    let all =
        |name: &str| instructions.iter().filter(|one| one.0 == name).map(|one| one.1.as_str()).collect::<Vec<_>>();
    const KNOWN: [&str; 10] =
        ["FROM", "WORKDIR", "COPY", "RUN", "VOLUME", "ENV", "EXPOSE", "USER", "ENTRYPOINT", "CMD"];
    assert!(instructions.iter().all(|(name, _)| KNOWN.contains(&name.as_str())), "{instructions:?}");
    assert_eq!(instructions[0].0, "FROM");
    // Each base has a version of its own, and what one stage takes of another is a stage's name.
    let bases = all("FROM");
    let stages: Vec<&str> = bases.iter().filter_map(|base| base.split(" AS ").nth(1)).collect();
    for base in &bases {
        let image = base.split_whitespace().next().unwrap();
        assert!(image.rsplit('/').next().unwrap().contains(':') && !image.ends_with(":latest"), "{base}");
    }
    let last = instructions.iter().rposition(|(name, _)| name == "FROM").unwrap();
    for (name, rest) in &instructions[last..] {
        assert!(name != "RUN", "there is no shell: {rest}");
        if name == "COPY" {
            let from = rest.split_whitespace().find_map(|word| word.strip_prefix("--from=")).expect("of the build");
            assert!(stages.contains(&from), "{rest}");
        }
        if ["ENTRYPOINT", "CMD"].contains(&name.as_str()) {
            assert!(serde_json::from_str::<Vec<String>>(rest).is_ok(), "without a shell: {rest}");
        }
        if name == "WORKDIR" {
            assert!(rest.starts_with('/'), "{rest}");
        }
    }
    let user = instructions[last..].iter().rfind(|(name, _)| name == "USER").expect("a user");
    assert!(user.1.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)), "not root: {}", user.1);
    // The toolchain is the one that the crate asks for, and what is copied is what the build makes.
    let version = read("Cargo.toml").lines().find_map(|line| line.strip_prefix("rust-version = ").map(str::to_owned));
    let version = version.expect("the oldest toolchain").trim_matches('"').to_owned();
    assert!(bases[0].starts_with(&format!("rust:{version}")), "{} for {version}", bases[0]);
    assert!(read(".dockerignore").lines().any(|line| line.trim_matches('/') == "target"));
}

/// The program of systemd that checks units, where it is.
fn systemd_analyze(arguments: &[&str]) -> Option<std::process::Output> {
    Command::new("systemd-analyze").args(arguments).current_dir(root()).output().ok()
}

#[test]
fn the_unit_is_one_that_systemd_takes() {
    let unit = read("packaging/lanehook.service");
    let setting = |name: &str| unit.lines().find_map(|line| line.strip_prefix(&format!("{name}=")).map(str::to_owned));
    assert_eq!(setting("DynamicUser").as_deref(), Some("yes"));
    assert_eq!(setting("CapabilityBoundingSet").as_deref(), Some(""));
    // A copy that starts a program which is here: otherwise that alone would be wrong with it.
    let folder = tempfile::tempdir().unwrap();
    let program = setting("ExecStart").unwrap().split(' ').next().unwrap().to_owned();
    let path = folder.path().join("lanehook.service");
    fs::write(&path, unit.replace(&program, env!("CARGO_BIN_EXE_lanehook"))).unwrap();
    let path = path.to_str().unwrap();
    let Some(verified) = systemd_analyze(&["verify", "--man=no", path]) else {
        eprintln!("SKIPPED: there is no systemd-analyze; the unit is not verified");
        return;
    };
    let said = String::from_utf8_lossy(&verified.stderr);
    let about_it: Vec<&str> = said.lines().filter(|line| line.contains("lanehook.service")).collect();
    assert!(verified.status.success() && about_it.is_empty(), "{said}");
    // How exposed it is, from 0 to 10: systemd calls it OK up to 4.
    let Some(judged) = systemd_analyze(&["security", "--offline=true", "--threshold=40", "--no-pager", path]) else {
        return;
    };
    let (told, said) = (String::from_utf8_lossy(&judged.stdout), String::from_utf8_lossy(&judged.stderr));
    if said.contains("unrecognized option") || said.contains("unknown option") {
        eprintln!("SKIPPED: this systemd-analyze judges no unit that is not installed");
        return;
    }
    assert!(judged.status.success(), "{told}{said}");
}
