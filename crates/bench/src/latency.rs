//! Publish → received under a steady, open-loop load; and the same of one webhook while another one hangs.

use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::{
    lab::{Lab, Meter, Subject, WARM_UP, drained, problems},
    pace::{self, Paced, Stream},
    receiver::{Arrivals, Manner, Receiver},
    report::{Aim, Cost, Row, ScenarioReport},
    stats::{Latency, Schedule},
    subject::Kind,
    wire::{Shape, Template},
};

const EVENT_TYPE: &str = "price.alert";
const HANGING_TYPE: &str = "price.hanging";
const HEALTHY_RATE: u32 = 160;
const HANGING_RATE: u32 = 40;

/// A steady load, measured.
struct Steady {
    received: Latency,
    late: Latency,
    acknowledged: Latency,
    problems: Vec<String>,
}

/// Measures the ceiling's latency, then lanehook's.
pub async fn run(lab: &Lab, per_second: u32) -> anyhow::Result<ScenarioReport> {
    let ceiling = alone(lab, Kind::Passthrough, per_second).await?;
    let lanehook = if lab.args.ceiling_only { None } else { Some(alone(lab, Kind::Lanehook, per_second).await?) };

    let row = |what, value: fn(&Steady) -> f64| {
        Row::new(what, "ms", Some(value(&ceiling.0)), lanehook.as_ref().map(|run| value(&run.0)))
    };
    let rows = vec![
        row("publish → received, p50", |run| run.received.p50).aim(Some(Aim::AtMost(0.6))),
        row("publish → received, p90", |run| run.received.p90),
        row("publish → received, p99", |run| run.received.p99).aim(Some(Aim::AtMost(2.0))),
        row("publish → received, p99.9", |run| run.received.p999),
        row("publish → received, max", |run| run.received.max),
        row("publish → 202, p50", |run| run.acknowledged.p50),
        row("publish → 202, p99", |run| run.acknowledged.p99),
        row("of which the generator was late, p50", |run| run.late.p50).incomparable(),
        row("of which the generator was late, p99", |run| run.late.p99).incomparable(),
    ];
    let mut report = ScenarioReport { rows, ..ScenarioReport::default() };
    report.take(Kind::Passthrough, Some((ceiling.1, ceiling.0.problems)));
    report.take(Kind::Lanehook, lanehook.map(|(run, cost)| (cost, run.problems)));
    Ok(report)
}

async fn alone(lab: &Lab, kind: Kind, per_second: u32) -> anyhow::Result<(Steady, Cost)> {
    let count = events(lab, per_second);
    let receiver = Receiver::start(&lab.receive.handle, Manner::Answers, count)?;
    let subject = lab.start(kind, &[(EVENT_TYPE, &receiver)]).await?;
    let meter = Meter::start(&subject)?;
    let stream = stream(lab, &subject, EVENT_TYPE, per_second, 0);
    let paced = pace_all(vec![stream.clone()]).await?.remove(0);
    let steady = measure(&stream, paced, &receiver.arrivals).await?;
    let mut cost = meter.read(&subject, receiver.arrivals.received(), lab.args.payload)?;
    let disk = subject.finish().await?;
    cost.disk_bytes_per_event = disk.map(|bytes| bytes as f64 / count as f64);
    Ok((steady, cost))
}

/// A healthy webhook alone, then beside one whose receiver takes requests and never answers.
pub async fn isolation(lab: &Lab) -> anyhow::Result<ScenarioReport> {
    let count = events(lab, HEALTHY_RATE);
    let healthy = Receiver::start(&lab.receive.handle, Manner::Answers, 2 * count)?;
    let hanging = Receiver::start(&lab.receive.handle, Manner::Hangs, 1)?;
    let subject = lab.start(Kind::Lanehook, &[(EVENT_TYPE, &healthy), (HANGING_TYPE, &hanging)]).await?;
    let meter = Meter::start(&subject)?;

    let stream_alone = stream(lab, &subject, EVENT_TYPE, HEALTHY_RATE, 0);
    let paced = pace_all(vec![stream_alone.clone()]).await?.remove(0);
    let alone = measure(&stream_alone, paced, &healthy.arrivals).await?;

    let stream_beside = stream(lab, &subject, EVENT_TYPE, HEALTHY_RATE, count);
    let stream_hanging = stream(lab, &subject, HANGING_TYPE, HANGING_RATE, 0);
    let mut both = pace_all(vec![stream_beside.clone(), stream_hanging]).await?;
    let offered = both.remove(1).ledger;
    let beside = measure(&stream_beside, both.remove(0), &healthy.arrivals).await?;

    let cost = meter.read(&subject, healthy.arrivals.received() + offered.events(), lab.args.payload)?;
    subject.finish().await?;
    let row = |what, value| Row::new(what, "ms", None, Some(value));
    let rows = vec![
        row("healthy webhook alone, p50", alone.received.p50),
        row("healthy webhook alone, p99", alone.received.p99),
        row("beside a hanging one, p50", beside.received.p50),
        row("beside a hanging one, p99", beside.received.p99),
        row("beside a hanging one, max", beside.received.max),
        Row::new("p99 beside / p99 alone", "×", None, Some(beside.received.p99 / alone.received.p99))
            .aim(Some(Aim::AtMost(1.2))),
    ];
    let mut report = ScenarioReport { rows, ..ScenarioReport::default() };
    let hanging_problems = offered.problems().into_iter().map(|problem| format!("hanging webhook: {problem}"));
    let all = alone.problems.into_iter().chain(beside.problems).chain(hanging_problems);
    report.take(Kind::Lanehook, Some((cost, all.collect())));
    Ok(report)
}

fn events(lab: &Lab, per_second: u32) -> u64 {
    Schedule::new(Instant::now(), per_second).within(WARM_UP + lab.args.duration)
}

/// A stream that starts in a moment, when its connections are open.
fn stream(lab: &Lab, subject: &Subject, event_type: &str, per_second: u32, first: u64) -> Stream {
    let shape = Shape { event_type, payload: lab.args.payload, batch: 1 };
    Stream {
        addr: subject.addr,
        template: Template::new(subject.addr, lab.key(), shape),
        schedule: Schedule::new(Instant::now() + Duration::from_millis(300), per_second),
        first,
        count: events(lab, per_second),
        connections: lab.args.connections,
    }
}

async fn pace_all(streams: Vec<Stream>) -> anyhow::Result<Vec<Paced>> {
    let running: Vec<_> =
        streams.into_iter().map(|stream| tokio::task::spawn_blocking(move || pace::run(&stream))).collect();
    let mut all = Vec::new();
    for one in running {
        all.push(one.await.context("an open loop panicked")??);
    }
    Ok(all)
}

async fn measure(stream: &Stream, paced: Paced, arrivals: &Arrivals) -> anyhow::Result<Steady> {
    let missing = drained(&paced.ledger, arrivals).await;
    let problems = problems(&paced.ledger, arrivals, missing);
    let measured = stream.schedule.within(WARM_UP)..stream.count;
    let received = measured.filter_map(|index| {
        let at = arrivals.at(stream.first + index)?;
        Some(at.saturating_duration_since(stream.schedule.due(index)))
    });
    let nothing = || format!("nothing was received ({})", problems.join("; "));
    Ok(Steady {
        received: Latency::of(received.collect()).with_context(nothing)?,
        late: Latency::of(paced.late).with_context(nothing)?,
        acknowledged: Latency::of(paced.acknowledged).with_context(nothing)?,
        problems,
    })
}
