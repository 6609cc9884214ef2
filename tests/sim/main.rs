//! Seeded simulation of the lanes: thousands of small worlds, in each of which the promises must hold at every step.
//!
//! `SIM_SEEDS=100000` runs more worlds; `SIM_SEED=17` replays one and tells what happens in it.

mod bench;
mod core_facts;
mod facts;
mod fairness;
mod gate_facts;
mod invariants;
mod plan;
mod receivers;
mod store;
mod verdicts;
mod world;

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use rand::{SeedableRng, rngs::StdRng};

use self::{plan::Plan, world::World};

const SEEDS: u64 = 2_500;

/// Returns how many deliveries the largest request carried.
fn run(seed: u64, trace: bool) -> usize {
    let plan = Plan::random(&mut StdRng::seed_from_u64(seed));
    World::new(plan, seed, trace).run()
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number, not `{text}`")))
}

#[test]
fn every_world_keeps_the_promises() {
    if let Some(seed) = number("SIM_SEED") {
        run(seed, true);
        return;
    }
    let (next, last) = (AtomicU64::new(0), number("SIM_SEEDS").unwrap_or(SEEDS));
    let batches = AtomicU64::new(0);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= last {
                return;
            }
            match catch_unwind(AssertUnwindSafe(|| run(seed, false))) {
                Ok(largest) => drop(batches.fetch_add(u64::from(largest > 1), Ordering::Relaxed)),
                Err(panic) => {
                    eprintln!(
                        "seed {seed} failed; replay it with SIM_SEED={seed} cargo test --test sim -- --nocapture"
                    );
                    next.store(last, Ordering::Relaxed);
                    resume_unwind(panic);
                }
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, |count| count.get());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let batches = batches.into_inner();
    assert!(batches >= last / 20, "only {batches} of {last} worlds sent several events in a request");
}
