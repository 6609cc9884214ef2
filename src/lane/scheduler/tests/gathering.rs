//! What is read of a batch before it is sent, and what is left out of it.

use tokio::sync::mpsc;

use super::{
    super::{
        attempt::{Unsent, make_attempt, read_events},
        *,
    },
    bench::{Bench, Desk},
};
use crate::{
    budget::Budget,
    model::{Cohesion, DeliveryId, EventKey, FailureKind, Serial, TenantKey},
    webhook::Status,
};

/// Which of three deliveries with events of 2 bytes are due, and which cannot be sent. `room`: of a request, in bytes of
/// events. `of_others`: of the memory, what is taken already.
async fn reads_within(
    (memory, of_others): (usize, usize),
    cohesion: Cohesion,
    gone: &[usize],
    room: usize,
) -> std::result::Result<(Vec<usize>, Vec<usize>), Unsent> {
    let bench = Bench::start(|settings| settings.status = Status::Paused).await;
    bench.publish(3).await;
    let pending = bench.store.pending(bench.webhook.key, DeliveryId(Serial::FIRST), None, 3).await.unwrap();
    let mut batch = OwedBatch { owed: pending.deliveries, cohesion };
    gone.iter().for_each(|&place| batch.owed[place].event = EventKey(Serial::nth(1)));
    let memory = Budget::new(memory);
    let _of_others = memory.take(TenantKey(99), of_others).unwrap();
    let desk = Desk { room, memory, ..Desk::new(mpsc::unbounded_channel().0, &bench.clock) };
    let mut room = desk.room(&bench.webhook);
    let (due, gone) = read_events(&*bench.store, &desk, &bench.webhook, &batch, &mut room).await?;
    let place = |id: DeliveryId| batch.owed.iter().position(|owed| owed.id == id).unwrap();
    Ok((due.into_iter().map(|due| place(due.id)).collect(), gone.into_iter().map(place).collect()))
}

async fn reads(cohesion: Cohesion, gone: &[usize], room: usize) -> (Vec<usize>, Vec<usize>) {
    reads_within((1 << 20, 0), cohesion, gone, room).await.unwrap()
}

#[tokio::test]
async fn what_goes_without_an_event_that_is_gone_depends_on_the_cohesion() {
    let any = 1_000_000;
    assert_eq!(reads(Cohesion::Loose, &[0, 2], any).await, (vec![1], vec![0, 2]), "each stands for itself");
    assert_eq!(reads(Cohesion::InOrder, &[1], any).await, (vec![0], vec![]), "what is behind it waits");
    assert_eq!(reads(Cohesion::InOrder, &[0], any).await, (vec![], vec![0]), "nothing is before it");
    assert_eq!(reads(Cohesion::Whole, &[1], any).await, (vec![], vec![0, 1, 2]), "all or none");
}

#[tokio::test]
async fn no_more_events_are_read_than_find_room() {
    for (cohesion, read) in [(Cohesion::Loose, 2), (Cohesion::InOrder, 2), (Cohesion::Whole, 3)] {
        let (due, gone) = reads(cohesion, &[], 3).await;
        assert_eq!((due, gone), ((0..read).collect(), vec![]), "{cohesion:?}");
    }
}

#[tokio::test]
async fn a_batch_that_finds_little_memory_goes_smaller_or_later() {
    // A tenant takes half of what is left, and each event a little over 1 KiB.
    let within =
        async |memory, cohesion| reads_within(memory, cohesion, &[], 1_000_000).await.map(|(due, _)| due.len());
    assert_eq!(within((1 << 20, 0), Cohesion::Whole).await.unwrap(), 3);
    for cohesion in [Cohesion::Loose, Cohesion::InOrder] {
        assert_eq!(within((8400, 4200), cohesion).await.unwrap(), 2, "{cohesion:?}");
        assert!(matches!(within((3000, 1500), cohesion).await, Err(Unsent::Local(_))), "{cohesion:?}");
    }
    assert!(matches!(within((8400, 4200), Cohesion::Whole).await, Err(Unsent::Local(_))));
    // Waiting does not help.
    assert!(matches!(within((4200, 0), Cohesion::Whole).await, Err(Unsent::TooLarge(6))));
}

#[tokio::test]
async fn a_batch_whose_events_never_find_memory_uses_up_its_schedule() {
    let bench = Bench::start(|settings| settings.status = Status::Paused).await;
    bench.publish(3).await;
    let pending = bench.store.pending(bench.webhook.key, DeliveryId(Serial::FIRST), None, 3).await.unwrap();
    let batch = OwedBatch { owed: pending.deliveries, cohesion: Cohesion::Whole };
    let desk = Desk { memory: Budget::new(4200), ..Desk::new(mpsc::unbounded_channel().0, &bench.clock) };
    let made = make_attempt(&*bench.store, &desk, &bench.clock, &bench.webhook, &batch).await;
    let [outcome] = &made.expect("an outcome")[..] else { panic!("one for all") };
    assert_eq!((outcome.attempt, outcome.deliveries.len()), (None, 3));
    let failure = outcome.outcome.result.as_ref().unwrap_err();
    assert_eq!(failure.kind, FailureKind::Render);
    assert!(failure.message.contains("6 bytes"), "{}", failure.message);
}
