//! The receivers in other languages, in `receivers/`, asked about the vectors and about hostile requests and secrets.
//!
//! Each is put beside the driver of its language in `tests/examples/`, which reads one request a line: secret, time, body
//! and each `name:value` of the headers, in base64 with tabs between, and writes `ok` or `refused` a line. Python and
//! JavaScript must be there; the others are left out where they are not, and the test says so.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use crate::secrets::{SECRETS, STAND_INS};
use crate::vectors::{body, text, vectors};

/// A request and what is to be said of it, if that is certain.
struct Asked {
    name: String,
    secret: String,
    now: String,
    body: Vec<u8>,
    headers: Vec<(String, String)>,
    expect: &'static str,
}

/// A file of `receivers/`.
pub(crate) fn receiver(file: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/receivers");
    fs::read_to_string(Path::new(folder).join(file)).unwrap()
}

/// Those of the vectors that an example can be asked about: with one shared secret.
fn from_vectors(dialect: &str) -> Vec<Asked> {
    let asked = |case: &Value| -> Option<Asked> {
        let [secret] = case["verify_with"].as_array()?.as_slice() else { return None };
        let fits = text(case, "dialect") == dialect
            && !secret.as_str()?.starts_with("whpk_")
            && case.get("lenient").is_none()
            && case.get("algorithm").is_none_or(|algorithm| algorithm == "sha256");
        fits.then(|| Asked {
            name: text(case, "name").to_owned(),
            secret: secret.as_str().unwrap().to_owned(),
            now: case["now"].to_string(),
            body: body(case),
            headers: headers(&case["headers"]),
            expect: if text(case, "expect") == "ok" { "ok" } else { "refused" },
        })
    };
    vectors("cases").iter().filter_map(asked).collect()
}

fn headers(headers: &Value) -> Vec<(String, String)> {
    let headers = headers.as_object().unwrap().iter();
    headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

/// Headers that no sender writes, around a good request: nothing but a refusal may come of them.
fn hostile() -> Vec<Asked> {
    let good = || from_vectors("standard").into_iter().find(|asked| asked.name == "one secret").unwrap();
    let with = |header: &str, value: String| {
        let mut asked = good();
        asked.name = format!("{header}: {}", value.chars().take(40).collect::<String>());
        asked.headers.iter_mut().find(|(name, _)| name == header).unwrap().1 = value;
        asked.expect = "refused";
        asked
    };
    let times = [
        "",
        " ",
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "1e400",
        "-1",
        "0x1",
        "1700000000.5",
        "１７００００００００",
        "9_9",
    ];
    let long = ["9".repeat(400), format!("-{}", "9".repeat(400)), "9223372036854775807".to_owned()];
    let times = times.map(str::to_owned).into_iter().chain(long).map(|time| with("webhook-timestamp", time));
    let ids = ["", "é", "evt_1.1700000000", "../../etc"].map(|id| with("webhook-id", id.to_owned()));
    let signatures = [
        String::new(),
        " ".repeat(5_000),
        "v1,".to_owned(),
        "v1,é".to_owned(),
        "v1,\u{1F600}".repeat(2_000),
        "v1,AAAA ".repeat(5_000),
        "v1".repeat(20_000),
    ];
    times.chain(ids).chain(signatures.map(|signature| with("webhook-signature", signature))).collect()
}

/// Compares what a program says of each request with what is to be said.
fn check(mut program: Command, asked: &[Asked]) {
    assert!(asked.len() > 10 && asked.iter().any(|asked| asked.expect == "ok"));
    let mut lines = String::new();
    for asked in asked {
        let headers = asked.headers.iter().map(|(name, value)| format!("{name}:{value}"));
        let fields = [asked.secret.clone().into_bytes(), asked.now.clone().into_bytes(), asked.body.clone()];
        let fields = fields.into_iter().chain(headers.map(String::into_bytes)).map(|field| STANDARD.encode(field));
        lines.push_str(&fields.collect::<Vec<_>>().join("\t"));
        lines.push('\n');
    }
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program:?}: {errors}");
    writer.join().unwrap().unwrap();

    let answers = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<&str> = answers.lines().collect();
    assert_eq!(answers.len(), asked.len(), "{errors}");
    for (asked, answer) in asked.iter().zip(answers) {
        assert_eq!(answer, asked.expect, "{}", asked.name);
    }
}

/// Requests that are signed, under texts that are no secrets, with the key that a careless receiver makes of them.
fn under_no_secret(of: &str, sign: impl Fn(&str, &mut Asked)) -> Vec<Asked> {
    let texts = [
        "",
        " ",
        "\n",
        "\t\r\n",
        "\u{a0}",
        "whsec_",
        "whsec_AAAA",
        "whsec_!!!!",
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRY=", // 23 bytes
        "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCub",
        "whsk_",
        "\"\"",
        "''",
        "\u{200b}",
        "\u{feff}",
        "null",
        "\"undefined\"",
        "None\n",
        "\"whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=\"",
        "\u{feff}whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
    ];
    signed_under(of, texts.into_iter().chain(STAND_INS), "refused", sign)
}

/// Requests that are signed under these texts, and what is to be said of them.
fn signed_under<'t>(
    of: &str,
    texts: impl IntoIterator<Item = &'t str>,
    expect: &'static str,
    sign: impl Fn(&str, &mut Asked),
) -> Vec<Asked> {
    let asked = texts.into_iter().map(|text| {
        let mut asked = from_vectors(of).into_iter().find(|asked| asked.name.ends_with("one secret")).unwrap();
        asked.name = format!("signed under {text:?}");
        asked.secret = text.to_owned();
        asked.expect = expect;
        sign(text, &mut asked);
        asked
    });
    asked.collect()
}

fn tag(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

fn set(asked: &mut Asked, header: &str, value: String) {
    asked.headers.iter_mut().find(|(name, _)| name == header).unwrap().1 = value;
}

fn standard() -> Vec<Asked> {
    let no_secret = under_no_secret("standard", |text, asked| {
        let encoded = text.split_once('_').map_or(text, |(_, encoded)| encoded);
        let key = STANDARD.decode(encoded).unwrap_or_default();
        let tag = tag(&key, &[format!("evt_1.{}.", asked.now).as_bytes(), &asked.body]);
        set(asked, "webhook-signature", format!("v1,{}", STANDARD.encode(tag)));
    });
    from_vectors("standard").into_iter().chain(hostile()).chain(no_secret).collect()
}

fn plain() -> Vec<Asked> {
    let sign = |text: &str, asked: &mut Asked| {
        let hex: String = tag(text.as_bytes(), &[&asked.body]).iter().map(|byte| format!("{byte:02x}")).collect();
        set(asked, "x-webhook-signature", format!("sha256={hex}"));
    };
    let secrets = signed_under("plain", SECRETS, "ok", sign);
    from_vectors("plain").into_iter().chain(under_no_secret("plain", sign)).chain(secrets).collect()
}

/// The example and its driver as one file, run by one program.
fn check_script(program: &str, file: &str, driver: &str, asked: &[Asked]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file);
    fs::write(&path, format!("{}\n{driver}", receiver(file))).unwrap();
    let mut command = Command::new(program);
    command.arg(&path);
    check(command, asked);
}

pub(crate) fn is_missing(program: &str, argument: &str) -> bool {
    let found = Command::new(program).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let missing = !found.is_ok_and(|status| status.success());
    if missing {
        // Past the test's own output, which nobody sees of a test that passes.
        let _ =
            writeln!(std::io::stderr(), "SKIPPED: the receiver's example that needs `{program}`, which is not here");
    }
    missing
}

const PYTHON: &str = include_str!("../examples/driver.py");
const JAVASCRIPT: &str = include_str!("../examples/driver.mjs");

#[test]
fn the_python_example_is_right() {
    check_script("python3", "verify.py", PYTHON, &standard());
    check_script("python3", "verify_plain.py", PYTHON, &plain());
}

#[test]
fn the_javascript_example_is_right() {
    check_script("node", "verify.mjs", JAVASCRIPT, &standard());
    check_script("node", "verify_plain.mjs", JAVASCRIPT, &plain());
}

#[test]
fn the_php_example_is_right() {
    if !is_missing("php", "--version") {
        check_script("php", "verify.php", include_str!("../examples/driver.php"), &standard());
    }
}

#[test]
fn the_ruby_example_is_right() {
    if !is_missing("ruby", "--version") {
        check_script("ruby", "verify.rb", include_str!("../examples/driver.rb"), &standard());
    }
}

#[test]
fn the_go_example_is_right() {
    if is_missing("go", "version") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("verify.go"), receiver("verify.go")).unwrap();
    fs::write(folder.path().join("driver.go"), include_str!("../examples/driver.go")).unwrap();
    run(Command::new("go").args(["build", "-o", "receiver", "verify.go", "driver.go"]), folder.path());
    check(Command::new(folder.path().join("receiver")), &standard());
}

#[test]
fn the_java_example_is_right() {
    if is_missing("javac", "-version") || is_missing("java", "-version") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Webhooks.java"), receiver("Webhooks.java")).unwrap();
    fs::write(folder.path().join("Driver.java"), include_str!("../examples/Driver.java")).unwrap();
    run(Command::new("javac").args(["Webhooks.java", "Driver.java"]), folder.path());
    let mut java = Command::new("java");
    java.arg("-cp").arg(folder.path()).arg("Driver");
    check(java, &standard());
}

/// The ones for a signature within the body, asked in one line of their language.
#[test]
fn a_body_that_is_signed_under_no_secret_is_refused() {
    const PYTHON: &str =
        "import sys\nfor n in range(1, len(sys.argv), 2):\n    print(verify(sys.argv[n], sys.argv[n + 1].encode()))\n";
    const JAVASCRIPT: &str = "for (let n = 2; n < process.argv.length; n += 2)\n  console.log(verify(process.argv[n], Buffer.from(process.argv[n + 1])));\n";
    const PERL: &str = "while (@ARGV) { print verify_body(splice @ARGV, 0, 2) ? \"true\\n\" : \"false\\n\" }\n";
    const JAVA: &str = "class Driver {
    public static void main(String[] given) throws Exception {
        for (int n = 0; n < given.length; n += 2) {
            byte[] body = given[n + 1].getBytes(java.nio.charset.StandardCharsets.UTF_8);
            System.out.println(SignedBody.verify(given[n], body));
        }
    }
}
";
    let given = [("a", true), (" a", true), ("\"a\"", true)].into_iter().chain(SECRETS.map(|text| (text, true)));
    let none = [" ", "\n", "\t\r\n", "\u{a0}", "\"\"", "\u{feff}\u{200b}", "'None'", "\"$SECRET\"", "null\n"];
    let public = "\"whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=\"";
    let given = given.chain(none.map(|text| (text, false))).chain(STAND_INS.map(|text| (text, false)));
    let given: Vec<(&str, bool)> = given.chain([(public, false)]).collect();
    let arguments = given.iter().flat_map(|(secret, _)| {
        let hex: String = tag(secret.as_bytes(), &[b"{\"a\":1}"]).iter().map(|byte| format!("{byte:02x}")).collect();
        [(*secret).to_owned(), format!("{{\"a\":1,\"signature\":\"sha256={hex}\"}}")]
    });
    let arguments: Vec<String> = arguments.collect();
    for (program, version, file, driver) in [
        ("python3", "--version", "verify_body.py", PYTHON),
        ("node", "--version", "verify_body.mjs", JAVASCRIPT),
        ("perl", "--version", "verify_body.pl", PERL),
        ("java", "-version", "SignedBody.java", JAVA),
    ] {
        if is_missing(program, version) {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file);
        // Java runs the first class of a file, and takes imports before all of them.
        let text = match program {
            "java" => {
                receiver(file).replacen("final class SignedBody", &format!("{driver}\nfinal class SignedBody"), 1)
            }
            _ => format!("{}\n{driver}", receiver(file)),
        };
        fs::write(&path, text).unwrap();
        let output = Command::new(program).arg(&path).args(&arguments).env("LC_ALL", "C.UTF-8").output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap().to_lowercase();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said.lines().count(), given.len(), "{file}: {errors}");
        for ((secret, expect), said) in given.iter().zip(said.lines()) {
            assert_eq!(said, expect.to_string(), "{file} {secret:?}: {errors}");
        }
    }
}

pub(crate) fn run(command: &mut Command, folder: &Path) {
    let output = command.current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
