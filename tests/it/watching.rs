//! What operators watch with: each metric is explained, and alert rules and the dashboard ask for metrics that there are.

use std::{collections::BTreeSet, fs, io::Write as _, path::Path};

use serde_json::Value;
use tokio::process::Command;

use crate::server::{OPERATOR, TestServer};

const ALERTS: &str = "packaging/prometheus/alerts.yml";
const DASHBOARD: &str = "packaging/grafana/lanehook.json";
const EXPLAINED: &str = "docs/metrics.md";

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The expressions of the alert rules, each in a line of its own.
fn of_alerts() -> Vec<String> {
    let expressions = file(ALERTS);
    let expressions: Vec<String> =
        expressions.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).map(str::to_owned).collect();
    assert!(expressions.iter().all(|expression| !matches!(expression.as_str(), "|" | ">")), "in one line each");
    assert!(!expressions.is_empty());
    expressions
}

/// Those of the dashboard.
fn of_dashboard() -> Vec<String> {
    fn gather(part: &Value, found: &mut Vec<String>) {
        match part {
            Value::Object(members) => {
                found.extend(members.get("expr").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|member| gather(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| gather(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    gather(&serde_json::from_str(&file(DASHBOARD)).unwrap(), &mut found);
    assert!(!found.is_empty());
    found
}

/// The names of our metrics in a text.
fn names(text: &str) -> BTreeSet<String> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = text.split(|letter| !is_part(letter));
    words.filter(|word| word.starts_with("lanehook_")).map(str::to_owned).collect()
}

/// What `/metrics` prints: the names of metrics, and of them those of the series that they have.
struct Printed {
    metrics: BTreeSet<String>,
    series: BTreeSet<String>,
}

impl Printed {
    async fn by(server: &TestServer) -> Printed {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http.get(format!("{}/metrics", server.base)).bearer_auth(OPERATOR).header("accept", "text/plain");
        let text = request.send().await.unwrap().text().await.unwrap();
        let (mut metrics, mut series) = (BTreeSet::new(), BTreeSet::new());
        for (name, kind) in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')) {
            metrics.insert(name.to_owned());
            let ends: &[&str] = if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
            series.extend(ends.iter().map(|end| format!("{name}{end}")));
        }
        Printed { metrics, series }
    }
}

#[tokio::test]
async fn what_is_watched_is_measured_and_what_is_measured_is_explained() {
    let printed = Printed::by(&TestServer::start().await).await;
    for expression in of_alerts().iter().chain(&of_dashboard()) {
        let unknown: Vec<String> = names(expression).difference(&printed.series).cloned().collect();
        assert!(unknown.is_empty(), "`{expression}` asks for {unknown:?}, which nobody measures");
    }
    let explained = file(EXPLAINED);
    let explained: BTreeSet<String> = explained
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(explained, printed.metrics, "the rows of {EXPLAINED} are the metrics that there are");
}

#[test]
fn the_first_rule_is_how_long_the_oldest_is_due() {
    let first = of_alerts().remove(0);
    assert_eq!(names(&first), BTreeSet::from(["lanehook_oldest_due_seconds".to_owned()]), "{first}");
}

#[tokio::test]
async fn promtool_takes_all_rules_and_expressions() {
    if let Err(error) = Command::new("promtool").arg("--version").output().await {
        // Not by a macro: the test runner keeps what those say of tests that pass.
        let _ = writeln!(std::io::stderr(), "SKIPPED: promtool ({error}); Debian's package `prometheus` has it");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // As rules that record them: a text of JSON is one of YAML.
    let rules: Vec<Value> = of_dashboard()
        .iter()
        .enumerate()
        .map(|(place, expression)| serde_json::json!({"record": format!("panel:{place}"), "expr": expression}))
        .collect();
    let rules = serde_json::json!({"groups": [{"name": "dashboard", "rules": rules}]});
    let of_dashboard = folder.path().join("dashboard.yml");
    fs::write(&of_dashboard, rules.to_string()).unwrap();
    for rules in [Path::new(env!("CARGO_MANIFEST_DIR")).join(ALERTS), of_dashboard] {
        let checked = Command::new("promtool").args(["check", "rules"]).arg(&rules).output().await.unwrap();
        let said = [checked.stdout, checked.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
        assert!(checked.status.success() && said.contains("SUCCESS"), "{}: {said}", rules.display());
    }
}
