//! What a run found, as tables for people and as JSON for machines.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets::UTF8_BORDERS_ONLY};
use serde::{Serialize, Serializer};

use crate::subject::Kind;

/// Everything of one run.
#[derive(Debug, Serialize)]
pub struct Report {
    pub version: &'static str,
    pub cores: usize,
    pub duration_seconds: f64,
    pub payload_bytes: usize,
    pub database: String,
    /// What kind of file system the data was on; unknown of a server that was not started here.
    pub file_system: Option<String>,
    pub scenarios: Vec<ScenarioReport>,
}

/// What one scenario found.
#[derive(Debug, Default, Serialize)]
pub struct ScenarioReport {
    pub name: String,
    pub rows: Vec<Row>,
    pub ceiling_cost: Option<Cost>,
    pub cost: Option<Cost>,
    /// What makes the run worthless: events lost or doubled, requests refused, no server.
    pub problems: Vec<String>,
}

impl ScenarioReport {
    /// Takes in what a subject cost and what was wrong with it.
    pub fn take(&mut self, kind: Kind, found: Option<(Cost, Vec<String>)>) {
        let Some((cost, problems)) = found else { return };
        match kind {
            Kind::Passthrough => {
                self.ceiling_cost = Some(cost);
                self.problems.extend(problems.into_iter().map(|problem| format!("pass-through: {problem}")));
            }
            Kind::Lanehook => {
                self.cost = Some(cost);
                self.problems.extend(problems);
            }
        }
    }
}

/// One number, beside that of the ceiling.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub what: &'static str,
    pub unit: &'static str,
    pub ceiling: Option<f64>,
    pub lanehook: Option<f64>,
    /// lanehook / ceiling.
    pub ratio: Option<f64>,
    pub aim: Option<Aim>,
    /// Whether the aim is reached.
    pub met: Option<bool>,
}

impl Row {
    /// A number without an aim.
    pub fn new(what: &'static str, unit: &'static str, ceiling: Option<f64>, lanehook: Option<f64>) -> Row {
        let ratio =
            lanehook.zip(ceiling).filter(|(_, ceiling)| *ceiling > 0.0).map(|(lanehook, ceiling)| lanehook / ceiling);
        Row { what, unit, ceiling, lanehook, ratio, aim: None, met: None }
    }

    /// The same without a ratio, where one would say nothing.
    pub fn incomparable(self) -> Row {
        Row { ratio: None, ..self }
    }

    /// The same with an aim.
    pub fn aim(mut self, aim: Option<Aim>) -> Row {
        self.met = match aim {
            Some(Aim::AtLeast(bound)) => self.lanehook.map(|value| value >= bound),
            Some(Aim::AtMost(bound)) => self.lanehook.map(|value| value <= bound),
            Some(Aim::RatioAtLeast(bound)) => self.ratio.map(|ratio| ratio >= bound),
            None => None,
        };
        self.aim = aim;
        self
    }
}

/// What a number should be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Aim {
    AtLeast(f64),
    AtMost(f64),
    RatioAtLeast(f64),
}

impl std::fmt::Display for Aim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Aim::AtLeast(bound) => write!(f, "≥ {bound}"),
            Aim::AtMost(bound) => write!(f, "≤ {bound}"),
            Aim::RatioAtLeast(bound) => write!(f, "ratio ≥ {bound}"),
        }
    }
}

impl Serialize for Aim {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What the events of a scenario cost.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cost {
    pub events: u64,
    #[serde(rename = "payload_bytes")]
    pub payload: usize,
    /// Processor time of the server, user and kernel, all threads.
    pub cpu_us_per_event: Option<f64>,
    /// Processor time of load generator and receiver together.
    pub generator_cpu_us_per_event: Option<f64>,
    /// Processors that were busy meanwhile with anything else; far above zero, the numbers are those of a shared machine.
    pub others_cores: Option<f64>,
    pub resident_bytes: Option<u64>,
    pub peak_resident_bytes: Option<u64>,
    /// All files of the data folder after the server has ended.
    pub disk_bytes_per_event: Option<f64>,
}

impl Report {
    /// What makes the run worthless, each with its scenario.
    pub fn problems(&self) -> Vec<String> {
        let of = |scenario: &ScenarioReport| {
            scenario.problems.iter().map(|problem| format!("{}: {problem}", scenario.name)).collect::<Vec<_>>()
        };
        self.scenarios.iter().flat_map(of).collect()
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = format!(
            "lanehook {}, {} cores, {} B payload, {} s a measurement, database {}{}\n",
            self.version,
            self.cores,
            self.payload_bytes,
            self.duration_seconds,
            self.database,
            self.file_system.as_ref().map(|kind| format!(" on {kind}")).unwrap_or_default(),
        );
        if self.file_system.as_deref() == Some("tmpfs") {
            text.push_str("The data was on tmpfs, where nothing is durable: choose a disk with --scratch.\n");
        }
        let _ = write!(text, "{}\n{}\n", self.numbers(), self.costs());
        text
    }

    fn numbers(&self) -> Table {
        let mut table = new_table(["scenario", "what", "ceiling", "lanehook", "", "ratio", "aim", ""], 2..6);
        for scenario in &self.scenarios {
            for row in &scenario.rows {
                let met = row.met.map(|met| if met { "reached" } else { "missed" });
                table.add_row([
                    scenario.name.clone(),
                    row.what.into(),
                    shown(row.ceiling),
                    shown(row.lanehook),
                    row.unit.into(),
                    row.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
                    row.aim.map(|aim| aim.to_string()).unwrap_or_default(),
                    met.unwrap_or_default().into(),
                ]);
            }
        }
        table
    }

    fn costs(&self) -> Table {
        let header = [
            "scenario",
            "server",
            "events",
            "CPU µs/event",
            "generator",
            "others, cores",
            "resident MB",
            "peak MB",
            "disk B/event",
            "× payload",
        ];
        let mut table = new_table(header, 2..10);
        for scenario in &self.scenarios {
            for (server, cost) in [("pass-through", scenario.ceiling_cost), ("lanehook", scenario.cost)] {
                let Some(cost) = cost else { continue };
                let megabytes = |bytes: Option<u64>| shown(bytes.map(|bytes| bytes as f64 / 1e6));
                table.add_row([
                    scenario.name.clone(),
                    server.into(),
                    cost.events.to_string(),
                    shown(cost.cpu_us_per_event),
                    shown(cost.generator_cpu_us_per_event),
                    shown(cost.others_cores),
                    megabytes(cost.resident_bytes),
                    megabytes(cost.peak_resident_bytes),
                    shown(cost.disk_bytes_per_event),
                    shown(cost.disk_bytes_per_event.map(|bytes| bytes / cost.payload as f64)),
                ]);
            }
        }
        table
    }
}

fn new_table<const N: usize>(header: [&str; N], numeric: std::ops::Range<usize>) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header(header);
    for index in numeric {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Three digits that matter.
fn shown(value: Option<f64>) -> String {
    match value {
        None => "–".into(),
        Some(value) if value >= 100.0 => format!("{value:.0}"),
        Some(value) if value >= 10.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let rows = vec![
            Row::new("delivered", "events/s", Some(30_000.0), Some(15_000.0)).aim(Some(Aim::RatioAtLeast(0.48))),
            Row::new("p99", "ms", None, Some(2.5)).aim(Some(Aim::AtMost(2.0))),
        ];
        let problems = vec!["3 deliveries arrived twice".to_owned()];
        let scenario = ScenarioReport { name: "throughput-64".into(), rows, problems, ..Default::default() };
        Report {
            version: "0.0.0",
            cores: 2,
            duration_seconds: 10.0,
            payload_bytes: 1024,
            database: "sqlite".into(),
            file_system: Some("ext4".into()),
            scenarios: vec![scenario],
        }
    }

    #[test]
    fn an_aim_is_judged_by_value_or_ratio() {
        let [delivered, p99] = &report().scenarios[0].rows[..] else { panic!("two rows") };
        assert_eq!((delivered.ratio, delivered.met), (Some(0.5), Some(true)));
        assert_eq!((p99.ratio, p99.met), (None, Some(false)));
        let unmeasured = Row::new("p99", "ms", Some(1.0), None).aim(Some(Aim::AtMost(2.0)));
        assert_eq!((unmeasured.ratio, unmeasured.met), (None, None));
    }

    #[test]
    fn problems_name_their_scenario() {
        assert_eq!(report().problems(), ["throughput-64: 3 deliveries arrived twice"]);
    }

    #[test]
    fn the_text_holds_the_numbers() {
        let text = report().text();
        for part in ["15000", "30000", "0.50", "ratio ≥ 0.48", "reached", "missed", "sqlite on ext4"] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn machines_read_the_same() {
        let value = serde_json::to_value(report()).unwrap();
        assert_eq!(value["scenarios"][0]["rows"][0]["ratio"], 0.5);
        assert_eq!(value["scenarios"][0]["rows"][1]["aim"], "≤ 2");
    }
}
