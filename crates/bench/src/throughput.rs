//! Sustained publish → delivered: a closed loop as fast as it goes, counted at the receiver, and checked to the last
//! event afterwards.

use std::time::{Duration, Instant};

use crate::{
    lab::{Lab, Meter, Subject, WARM_UP, drained, problems},
    load::{self, Until},
    receiver::{Manner, Receiver},
    report::{Aim, Cost, Row, ScenarioReport},
    subject::Kind,
    wire::{Shape, Template},
};

const EVENT_TYPE: &str = "price.alert";

/// Room for numbers: more events in a second than these two cores can make.
const EVENTS_PER_SECOND: u64 = 200_000;

/// How a server is loaded.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub connections: usize,
    /// Events in a request that publishes.
    pub batch: usize,
    /// Events in a request that delivers, if several.
    pub delivered_together: Option<usize>,
}

pub struct Saturated {
    pub delivered_per_second: f64,
    acknowledged_per_second: f64,
    /// From the first publish to the last delivery: what is left for a server that acknowledges faster than it
    /// delivers.
    overall_per_second: f64,
    drain: Duration,
    pub cost: Cost,
    pub problems: Vec<String>,
}

/// Measures the ceiling, then lanehook.
pub async fn run(lab: &Lab, load: Load, aim: Option<Aim>) -> anyhow::Result<ScenarioReport> {
    // A pass-through forwards requests, not events, so there is no ceiling for batches.
    let ceiling =
        if load.batch == 1 { Some(saturate(lab, Kind::Passthrough, load, async |_| Ok(())).await?.0) } else { None };
    let lanehook =
        if lab.args.ceiling_only { None } else { Some(saturate(lab, Kind::Lanehook, load, async |_| Ok(())).await?.0) };

    let row = |what, unit, value: fn(&Saturated) -> f64| {
        Row::new(what, unit, ceiling.as_ref().map(value), lanehook.as_ref().map(value))
    };
    let rows = vec![
        row("delivered", "events/s", |run| run.delivered_per_second).aim(aim),
        row("acknowledged", "events/s", |run| run.acknowledged_per_second),
        row("delivered, drain included", "events/s", |run| run.overall_per_second),
        row("drain after the last publish", "s", |run| run.drain.as_secs_f64()).incomparable(),
    ];
    let mut report = ScenarioReport { rows, ..ScenarioReport::default() };
    report.take(Kind::Passthrough, ceiling.map(|run| (run.cost, run.problems)));
    report.take(Kind::Lanehook, lanehook.map(|run| (run.cost, run.problems)));
    Ok(report)
}

/// As fast as it goes, beside what is begun before the load, which is answered, too.
pub async fn saturate<T>(
    lab: &Lab,
    kind: Kind,
    load: Load,
    beside: impl AsyncFnOnce(&Subject) -> anyhow::Result<T>,
) -> anyhow::Result<(Saturated, T)> {
    let duration = lab.args.duration;
    let span = WARM_UP + duration;
    let capacity = (span.as_secs_f64() * EVENTS_PER_SECOND as f64) as u64;
    let receiver = Receiver::start(&lab.receive.handle, Manner::Answers, capacity)?;
    let subject = lab.start_batching(kind, &[(EVENT_TYPE, &receiver)], load.delivered_together).await?;
    let shape = Shape { event_type: EVENT_TYPE, payload: lab.args.payload, batch: load.batch };
    let template = Template::new(subject.addr, lab.key(), shape);

    let beside = beside(&subject).await?;
    let meter = Meter::start(&subject)?;
    let start = Instant::now();
    let until = Until { time: start + span, number: capacity };
    let ledger = load::closed_loop(&lab.load.handle, subject.addr, template, load.connections, until).await?;
    let missing = drained(&ledger, &receiver.arrivals).await;
    let mut cost = meter.read(&subject, receiver.arrivals.received(), lab.args.payload)?;
    let disk = subject.finish().await?;
    cost.disk_bytes_per_event = disk.map(|bytes| bytes as f64 / ledger.events().max(1) as f64);

    let window = start + WARM_UP..until.time;
    let delivered = receiver.arrivals.all().filter(|at| window.contains(at)).count();
    let last = receiver.arrivals.all().max().unwrap_or(start);
    let saturated = Saturated {
        delivered_per_second: delivered as f64 / duration.as_secs_f64(),
        acknowledged_per_second: ledger.events() as f64 / span.as_secs_f64(),
        overall_per_second: receiver.arrivals.received() as f64 / (last - start).as_secs_f64().max(span.as_secs_f64()),
        drain: last.saturating_duration_since(until.time),
        cost,
        problems: problems(&ledger, &receiver.arrivals, missing),
    };
    Ok((saturated, beside))
}
