//! Jobs are held by channels, so nothing here depends on how fast the machine is.

use std::{sync::mpsc, thread};

use futures_util::FutureExt as _;

use super::*;

const A: TenantKey = TenantKey(1);
const B: TenantKey = TenantKey(2);
const LONG: Cost = 1_000_000_000;

fn thread_name() -> Option<String> {
    thread::current().name().map(str::to_owned)
}

trait HeldJob: FnMut(&mut Slice) -> Poll<Option<String>> + Send + 'static {}
impl<J: FnMut(&mut Slice) -> Poll<Option<String>> + Send + 'static> HeldJob for J {}

/// A job that goes to the pool and stays there until it is let go. The other end hears when it has begun.
fn held() -> (impl HeldJob, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let ((begin, begun), (go, gone)) = (mpsc::channel(), mpsc::channel());
    let job = move |slice: &mut Slice| match slice.affords(LONG) {
        true => {
            begin.send(()).unwrap();
            let _ = gone.recv();
            Poll::Ready(thread_name())
        }
        false => Poll::Pending,
    };
    (job, begun, go)
}

#[tokio::test]
async fn what_is_short_is_done_in_place_and_what_is_long_is_not() {
    let work = Work::on(1).unwrap();
    let here = thread_name();
    assert_eq!(work.run(A, |_| Poll::Ready(thread_name())).await, here);
    assert_eq!(work.ask_once(A, 1_000, thread_name).await, Ok(here));
    assert_eq!(work.ask_once(A, LONG, thread_name).await, Ok(Some("lanehook-work".into())));
}

#[tokio::test]
async fn the_callers_thread_goes_on_while_a_job_is_held() {
    // The only thread of this runtime lets the job go: if the job held it, this would not end.
    let work = Work::on(1).unwrap();
    let (job, begun, go) = held();
    let running = tokio::spawn({
        let work = work.clone();
        async move { work.run(A, job).await }
    });
    while begun.try_recv().is_err() {
        tokio::task::yield_now().await;
    }
    go.send(()).unwrap();
    assert_eq!(running.await.unwrap().as_deref(), Some("lanehook-work"));
}

#[tokio::test]
async fn a_job_is_done_in_slices_between_which_others_have_their_turn() {
    let work = Work::on(1).unwrap();
    let (gate, begun, go) = held();
    let mut gate = Box::pin(work.run(TenantKey(9), gate));
    assert!((&mut gate).now_or_never().is_none());
    begun.recv().unwrap();

    let (say, said) = mpsc::channel();
    let pieces = |name: &'static str, count: usize| {
        let (say, mut done) = (say.clone(), 0);
        move |slice: &mut Slice| {
            while done < count {
                if slice.is_over() || !slice.affords(LONG) {
                    return Poll::Pending;
                }
                say.send(name).unwrap();
                done += 1;
            }
            Poll::Ready(())
        }
    };
    let mut both = Box::pin(async { tokio::join!(work.run(A, pieces("a", 3)), work.run(B, pieces("b", 1))) });
    assert!((&mut both).now_or_never().is_none());
    go.send(()).unwrap();
    both.await;
    let order: Vec<_> = said.try_iter().collect();
    assert_eq!(order.iter().position(|name| *name == "b"), Some(1), "{order:?}");
    assert_eq!(order.len(), 4);
}

#[tokio::test]
async fn a_tenants_requests_are_refused_when_many_wait_and_nobody_elses() {
    let work = Work::on(2).unwrap();
    let (gate, begun, go) = held();
    let mut gate = Box::pin(work.ask(A, gate));
    assert!((&mut gate).now_or_never().is_none());
    begun.recv().unwrap();
    let mut waiting: Vec<_> = (1..MOST_ASKED).map(|_| Box::pin(work.ask_once(A, LONG, || ()))).collect();
    assert!(waiting.iter_mut().all(|one| one.now_or_never().is_none()));

    assert_eq!(work.ask_once(A, LONG, || ()).await, Err(TooMuchWork));
    assert_eq!(work.ask_once(A, 1, || ()).await, Ok(()), "what is short waits for nothing");
    assert_eq!(work.ask_once(B, LONG, || 5).await, Ok(5));
    let mut owed = Box::pin(work.run(A, |slice| if slice.affords(LONG) { Poll::Ready(()) } else { Poll::Pending }));
    assert!((&mut owed).now_or_never().is_none(), "a lane waits");

    go.send(()).unwrap();
    gate.await.unwrap();
    for one in waiting {
        one.await.unwrap();
    }
    owed.await;
    while !work.0.asked().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(work.ask_once(A, LONG, || 7).await, Ok(7));
}

#[tokio::test]
async fn what_is_done_for_somebody_else_takes_every_other_turn_of_a_tenant() {
    let work = Work::on(1).unwrap();
    let (gate, begun, go) = held();
    let mut gate = Box::pin(work.run(A, gate));
    assert!((&mut gate).now_or_never().is_none());
    begun.recv().unwrap();
    let (say, said) = mpsc::channel();
    let job = |name: &'static str| {
        let (say, mut pieces) = (say.clone(), 0);
        move |slice: &mut Slice| {
            if !slice.affords(LONG) {
                return Poll::Pending;
            }
            say.send(name).unwrap();
            pieces += 1;
            if pieces == 2 { Poll::Ready(()) } else { Poll::Pending }
        }
    };
    let others = async { tokio::join!(work.run_for_others(A, job("first")), work.run_for_others(A, job("second"))) };
    let own = async { tokio::join!(work.run(A, job("own")), work.run(A, job("own"))) };
    let mut all = Box::pin(async { tokio::join!(own, others) });
    assert!((&mut all).now_or_never().is_none());
    go.send(()).unwrap();
    gate.await;
    all.await;
    let expected = ["first", "own", "first", "own", "second", "own", "second", "own"];
    assert_eq!(said.try_iter().collect::<Vec<_>>(), expected, "and what came first ends first");
}

#[tokio::test]
async fn who_has_gone_is_not_worked_for() {
    let work = Work::on(1).unwrap();
    let (gate, begun, go) = held();
    let mut gate = Box::pin(work.run(A, gate));
    assert!((&mut gate).now_or_never().is_none());
    begun.recv().unwrap();
    let (say, said) = mpsc::channel();
    let mut given_up = Box::pin(work.ask_once(A, LONG, move || say.send(()).unwrap()));
    assert!((&mut given_up).now_or_never().is_none());
    drop(given_up);
    go.send(()).unwrap();
    gate.await;
    assert_eq!(work.ask_once(A, LONG, || 1).await, Ok(1));
    assert!(said.recv().is_err(), "its job was dropped and never done");
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("on purpose");
    }
}

#[tokio::test]
async fn a_job_that_panics_when_it_is_dropped_ends_no_thread() {
    let work = Work::on(1).unwrap();
    let bomb = Bomb;
    work.0.pool.push(
        A,
        Job {
            act: Box::new(move |_| {
                let _ = &bomb;
                Poll::Ready(())
            }),
            for_others: false,
        },
    );
    assert_eq!(work.ask_once(A, LONG, || 3).await, Ok(3));
    assert_eq!(work.failed().now_or_never(), None);
}

#[tokio::test]
async fn a_thread_that_ends_by_a_panic_is_told_of() {
    let work = Work::on(1).unwrap();
    assert_eq!(work.failed().now_or_never(), None);
    // What a job panics with is dropped by the thread itself.
    work.0.pool.push(A, Job { act: Box::new(|_| std::panic::panic_any(Bomb)), for_others: false });
    assert_eq!(work.failed().await, "a thread for long work ended by a panic");
}

#[tokio::test]
async fn a_panic_is_its_callers_and_the_threads_go_on() {
    let work = Work::on(1).unwrap();
    let panicking = work.ask_once(A, LONG, || panic!("on purpose"));
    assert!(AssertUnwindSafe(panicking).catch_unwind().await.is_err());
    assert_eq!(work.ask_once(A, LONG, || 3).await, Ok(3));
}
