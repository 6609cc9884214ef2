//! What one tenant's key can do to everybody else: a neighbour's steady events, alone and beside each attack.
//!
//! Each attack has a server of its own, so that nothing is left of the one before; at the end all of them have one. The neighbour publishes 20 events a
//! second to a receiver that is well. Told are the delays it sees, how long `/healthz` took at the worst, and the most memory
//! that the server held. An attack that is refused at the door does what it still may.

mod attacks;
mod health;
mod tenants;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::builder::RangedU64ValueParser;
use comfy_table::Table;
use tokio::task::JoinSet;

use self::{
    attacks::{ATTACKS, Attack},
    health::Health,
    tenants::{Attacker, Neighbour},
};
use crate::{
    lab::{Lab, WARM_UP},
    pace::{self, Paced, Stream},
    receiver::{Manner, Receiver},
    stats::{Latency, Schedule},
    subject::Process,
    wire::{Shape, Template},
};

/// Events a second of the neighbour.
const RATE: u32 = 20;
/// How long the neighbour's last events may take to arrive.
const LAST: Duration = Duration::from_secs(10);

/// Attack a server with a tenant's key, and see what a neighbour notices.
#[derive(clap::Args, Clone, Debug)]
pub struct HostileArgs {
    /// The lanehook to attack [default: the one beside this program]
    #[arg(long, value_name = "PROGRAM")]
    pub server: Option<PathBuf>,
    /// Which attacks, separated by commas [default: all]
    #[arg(long, value_delimiter = ',', value_parser = attacks::names())]
    pub attack: Vec<String>,
    /// How long the neighbour is watched, alone and beside each attack
    #[arg(long, default_value_t = 30, value_parser = RangedU64ValueParser::<u64>::new().range(2..=600))]
    pub seconds: u64,
}

/// What the neighbour saw, and who looks after the server.
struct Seen {
    acknowledged: Option<Latency>,
    received: Option<Latency>,
    /// Of its events: published in vain, or never received.
    lost: u64,
    slowest_health: Duration,
    peak_resident: u64,
}

/// Runs the attacks one after another and prints a line for each.
///
/// # Errors
/// The server could not be started. What an attack does to it is no error.
pub async fn run(args: HostileArgs) -> anyhow::Result<()> {
    let lab = Lab::of_server(args.server.clone()).await?;
    let span = Duration::from_secs(args.seconds);
    let mut table = Table::new();
    table.set_header(["attack", "202 p99", "received p99", "lost", "/healthz worst", "memory peak", "what it did"]);
    let chosen = |attack: &&Attack| args.attack.is_empty() || args.attack.iter().any(|name| name == attack.name);
    let attacks: Vec<&Attack> = ATTACKS.iter().filter(chosen).collect();
    let mut rounds = vec![("(alone)", "nothing", Vec::new())];
    rounds.extend(attacks.iter().map(|attack| (attack.name, attack.says, vec![*attack])));
    if attacks.len() > 1 {
        rounds.push(("(together)", "all of these at one time, each with a tenant of its own", attacks));
    }
    for (name, says, attacks) in rounds {
        eprintln!("{name} …");
        let (seen, ended) = beside(&lab, &attacks, span).await?;
        let millis =
            |latency: Option<Latency>| latency.map_or("–".into(), |latency| format!("{:.1} ms", latency.p99));
        table.add_row([
            name.to_owned(),
            millis(seen.acknowledged),
            millis(seen.received),
            seen.lost.to_string(),
            format!("{:.0} ms", seen.slowest_health.as_secs_f64() * 1e3),
            format!("{} MiB", seen.peak_resident >> 20),
            ended.unwrap_or_else(|| says.to_owned()),
        ]);
    }
    println!("{table}");
    Ok(())
}

/// Watches the neighbour beside attacks. Also why one of them ended early, if it did.
async fn beside(lab: &Lab, attacks: &[&Attack], span: Duration) -> anyhow::Result<(Seen, Option<String>)> {
    let process = lab.serve(&lab.new_folder("hostile")?).await?;
    let count = Schedule::new(Instant::now(), RATE).within(WARM_UP + span);
    let receiver = Receiver::start(&lab.receive.handle, Manner::Answers, count)?;
    let neighbour = Neighbour::settle(lab, process.addr, &receiver.url()).await?;
    let mut attacking = JoinSet::new();
    for attack in attacks {
        let attacker = Attacker::settle(lab, process.addr, attack.name).await?;
        attacking.spawn_on((attack.act)(attacker), &lab.attack.handle);
    }
    let seen = watch(&process, &receiver, neighbour, count).await;
    let ended = attacking.try_join_next().map(|ended| match ended {
        Ok(Ok(())) => "it ended early".to_owned(),
        Ok(Err(error)) => format!("{error:#}"),
        Err(error) => error.to_string(),
    });
    attacking.abort_all();
    // Killed: it may have hours of work left.
    drop(process);
    Ok((seen?, ended))
}

async fn watch(process: &Process, receiver: &Receiver, neighbour: Neighbour, count: u64) -> anyhow::Result<Seen> {
    let shape = Shape { event_type: Neighbour::EVENT_TYPE, payload: 1024, batch: 1 };
    let stream = Stream {
        addr: process.addr,
        template: Template::new(process.addr, &neighbour.key, shape),
        schedule: Schedule::new(Instant::now() + Duration::from_millis(300), RATE),
        first: 0,
        count,
        connections: 64,
    };
    let health = Health::watch(process.addr)?;
    let running = stream.clone();
    let paced = tokio::task::spawn_blocking(move || pace::run(&running)).await.context("an open loop panicked")??;
    let arrived = |paced: &Paced| paced.ledger.events().saturating_sub(paced.ledger.missing(&receiver.arrivals));
    let until = Instant::now() + LAST;
    while arrived(&paced) < count && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let slowest_health = health.slowest();
    let received = (stream.schedule.within(WARM_UP)..count)
        .filter_map(|index| Some(receiver.arrivals.at(index)?.saturating_duration_since(stream.schedule.due(index))));
    Ok(Seen {
        lost: count - arrived(&paced),
        received: Latency::of(received.collect()),
        acknowledged: Latency::of(paced.acknowledged),
        slowest_health,
        peak_resident: process.usage()?.peak,
    })
}
