//! A mountain of owed deliveries: what it weighs in memory and on disk, and how soon a restarted server sends again.

use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::{
    lab::Lab,
    load::{self, Ledger, Until},
    receiver::{Arrivals, Manner, Receiver},
    report::{Aim, Cost, Row, ScenarioReport},
    subject::Kind,
    subject::Process,
    usage::{self, Usage},
    wire::{SMALLEST, Shape, Template},
};

const EVENT_TYPE: &str = "price.alert";
const BATCH: usize = 1000;
const CONNECTIONS: usize = 4;
/// How long publishing may take, and how long the first delivery.
const PUBLISHING: Duration = Duration::from_secs(900);
const FIRST_SEND: Duration = Duration::from_secs(120);

/// Publishes to a paused webhook, stops the server, starts it again and lets the webhook go on.
pub async fn run(lab: &Lab) -> anyhow::Result<ScenarioReport> {
    let owed = lab.args.backlog.next_multiple_of(BATCH as u64);
    let receiver = Receiver::start(&lab.receive.handle, Manner::Answers, owed)?;
    let data = lab.new_folder("backlog")?;

    let server = lab.serve(&data).await?;
    let api = lab.api(server.addr)?;
    let webhook = api.create_webhook(&receiver.url(), EVENT_TYPE, None).await?;
    api.set_status(&webhook, "paused").await?;
    let before = server.usage()?;
    let start = Instant::now();
    let ledger = publish(lab, &server, owed).await?;
    let publishing = start.elapsed();
    let full = server.usage()?;
    ensure!(receiver.arrivals.received() == 0, "a paused webhook was sent to");
    server.stop().await?;
    let disk = lab.keeps_data().then(|| usage::disk(&data));

    let server = lab.serve(&data).await?;
    let ready = server.usage()?;
    let resumed = Instant::now();
    lab.api(server.addr)?.set_status(&webhook, "active").await?;
    let first = first_arrival(&receiver.arrivals).await?;
    let sending = server.usage()?;
    tokio::time::sleep(lab.args.duration).await;
    let drained = receiver.arrivals.received();
    let drain_time = first.elapsed();
    let end = server.usage()?;

    let ready_after = server.ready_after;
    if !lab.keeps_data() {
        lab.api(server.addr)?.delete_webhook(&webhook).await?;
    }
    server.stop().await?;
    std::fs::remove_dir_all(&data).ok();

    let mut report =
        ScenarioReport { rows: memory_rows(&ledger, publishing, [full, ready, sending, end]), ..Default::default() };
    let to_first = first.saturating_duration_since(resumed);
    report.rows.extend(restart_rows(ready_after, to_first, drained as f64 / drain_time.as_secs_f64()));
    // Of the publishing half, which is the same for every run; how much is drained depends on the time given to it.
    let cost = Cost {
        events: ledger.events(),
        payload: SMALLEST,
        cpu_us_per_event: Some((full.cpu - before.cpu).as_secs_f64() * 1e6 / ledger.events().max(1) as f64),
        generator_cpu_us_per_event: None,
        others_cores: None,
        resident_bytes: Some(end.resident),
        peak_resident_bytes: Some(full.peak.max(end.peak)),
        disk_bytes_per_event: disk.map(|bytes| bytes as f64 / ledger.events().max(1) as f64),
    };
    let mut problems = ledger.problems();
    problems.extend(receiver.arrivals.problems());
    report.take(Kind::Lanehook, Some((cost, problems)));
    Ok(report)
}

async fn publish(lab: &Lab, server: &Process, owed: u64) -> anyhow::Result<Ledger> {
    let shape = Shape { event_type: EVENT_TYPE, payload: SMALLEST, batch: BATCH };
    let template = Template::new(server.addr, lab.key(), shape);
    let until = Until { time: Instant::now() + PUBLISHING, number: owed };
    let ledger = load::closed_loop(&lab.load.handle, server.addr, template, CONNECTIONS, until).await?;
    let problems = ledger.problems().join("; ");
    ensure!(ledger.events() == owed, "only {} of {owed} events were acknowledged: {problems}", ledger.events());
    Ok(ledger)
}

async fn first_arrival(arrivals: &Arrivals) -> anyhow::Result<Instant> {
    let start = Instant::now();
    while arrivals.received() == 0 {
        ensure!(start.elapsed() < FIRST_SEND, "nothing was sent within {FIRST_SEND:?} of the webhook's resumption");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(arrivals.all().min().unwrap_or(start))
}

fn memory_rows(ledger: &Ledger, publishing: Duration, [full, ready, sending, end]: [Usage; 4]) -> Vec<Row> {
    let megabytes =
        |what, bytes: u64| Row::new(what, "MB", None, Some(bytes as f64 / 1e6)).aim(Some(Aim::AtMost(200.0)));
    let rate = ledger.events() as f64 / publishing.as_secs_f64();
    vec![
        Row::new("owed deliveries", "events", None, Some(ledger.events() as f64)),
        Row::new("published, 1,000 a request", "events/s", None, Some(rate)),
        megabytes("resident, all owed", full.resident),
        megabytes("resident, restarted", ready.resident),
        megabytes("resident, at the first send", sending.resident),
        megabytes("resident, draining", end.resident),
    ]
}

fn restart_rows(ready_after: Duration, to_first: Duration, drain_rate: f64) -> Vec<Row> {
    let seconds = |what, span: Duration| Row::new(what, "s", None, Some(span.as_secs_f64()));
    vec![
        seconds("start of the process → ready", ready_after),
        seconds("webhook resumed → first request", to_first),
        seconds("both: restart to first send", ready_after + to_first).aim(Some(Aim::AtMost(1.0))),
        Row::new("drained since", "events/s", None, Some(drain_rate)),
    ]
}
