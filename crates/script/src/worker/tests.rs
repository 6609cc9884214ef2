//! Workers are processes: here, this test program with the one test that serves.

use super::*;
use crate::run::Transformed;

/// No test, but what a worker's process runs. Without a socket it ends at once.
#[test]
#[ignore = "the process that the other tests start"]
fn serves() {
    let _ = serve();
}

fn workers(count: usize) -> Workers {
    let program = std::env::current_exe().unwrap();
    let path = format!("{}::serves", module_path!().split_once("::").unwrap().1);
    Workers::new(count, move || {
        let mut command = Command::new(&program);
        command.args(["--exact", &path, "--ignored", "--test-threads=1"]);
        command
    })
}

const OWNER: Owner = Owner(1);

async fn run(workers: &Workers, body: &str) -> Result<Transformed, ScriptError> {
    run_for(workers, OWNER, body).await
}

async fn run_for(workers: &Workers, owner: Owner, body: &str) -> Result<Transformed, ScriptError> {
    let code = format!("function transform(event) {{ {body} }}");
    // Generous: a debug build is slow.
    let limits = RunLimits { time: Duration::from_secs(2), ..RunLimits::default() };
    workers.run(owner, &Script::unchecked(&code), Input { json: r#"{"a":[1,"é"]}"#, now: -7 }, &limits).await.made
}

/// What this owner's next script would run in, if that is kept; it stays there.
fn kept(workers: &Workers, owner: Owner) -> Option<u32> {
    let worker = workers.processes.pool.take(owner)?;
    let id = worker.process.id();
    workers.processes.pool.give_back(owner, worker);
    id
}

#[tokio::test]
async fn an_input_that_is_too_long_is_the_callers_and_costs_no_worker() {
    let (workers, script) = (workers(1), Script::unchecked("function transform(text) { return text.length }"));
    let run = async |length: usize| {
        let (json, limits) =
            (format!("\"{}\"", "x".repeat(length - 2)), RunLimits { memory: 64 << 20, ..RunLimits::default() });
        workers.run(OWNER, &script, Input { json: &json, now: 0 }, &limits).await.made
    };
    let error = run(MAX_INPUT + 1).await.unwrap_err();
    assert_eq!((error.no_worker, error.message.contains("its limit is 67108864")), (false, true), "{error}");
    assert_eq!(kept(&workers, OWNER), None, "none was started");
    assert_eq!(run(1 << 20).await, Ok(Transformed::Json("1048574".into())));
}

#[tokio::test]
async fn a_worker_runs_scripts_one_after_the_other() {
    let workers = workers(1);
    for _ in 0..3 {
        let done = run(
            &workers,
            "const seen = globalThis.seen; globalThis.seen = 1; return [event.a, seen ?? 'new', Date.now()]",
        )
        .await;
        assert_eq!(done, Ok(Transformed::Json(r#"[[1,"é"],"new",-7]"#.into())));
    }
    assert_eq!(run(&workers, "return null").await, Ok(Transformed::Null));
    let error = run(&workers, "\n\n throw new Error('no')").await.unwrap_err();
    assert_eq!(error, ScriptError { line: Some(3), message: "no".into(), no_worker: false });
    assert!(workers.compile(OWNER, "function transform(e) { return e }").await.is_ok());
    assert!(workers.compile(OWNER, "let x = 1").await.unwrap_err().message.contains("no `transform`"));
}

#[tokio::test]
async fn a_step_that_never_ends_is_ended_and_the_next_script_runs() {
    let workers = workers(1);
    let hang = Script::unchecked("function transform() { return '' + new Array(4294967295) }");
    let limits = RunLimits { time: Duration::from_millis(20), ..RunLimits::default() };
    let hung = workers.run(OWNER, &hang, Input { json: "{}", now: 0 }, &limits).await;
    let (error, used) = (hung.made.unwrap_err(), hung.used);
    assert!(used >= limits.time, "{used:?}");
    assert!(error.message.contains("longer than 20 ms"), "{error}");
    assert_eq!(run(&workers, "return null").await, Ok(Transformed::Null));
}

#[tokio::test]
async fn a_worker_that_ended_meanwhile_is_replaced() {
    let workers = workers(1);
    run(&workers, "return null").await.unwrap();
    let pool = &workers.processes.pool;
    let mut worker = pool.take(OWNER).unwrap();
    worker.process.kill().await.unwrap();
    pool.give_back(OWNER, worker);
    assert_eq!(run(&workers, "return null").await, Ok(Transformed::Null));
}

#[tokio::test]
async fn a_process_that_ran_a_script_is_for_no_other_owner() {
    let workers = workers(1);
    let mut known = Vec::new();
    for owner in [1, 2, 1, 2].map(Owner) {
        run_for(&workers, owner, "return null").await.unwrap();
        known.push(kept(&workers, owner).unwrap());
    }
    assert_ne!(known[0], known[1]);
    assert_eq!(known[..2], known[2..], "each has its own, and keeps it");
    // Of three owners one is not kept: the one that has waited longest.
    run_for(&workers, Owner(3), "return null").await.unwrap();
    assert_ne!(kept(&workers, Owner(3)), kept(&workers, Owner(2)));
    run_for(&workers, Owner(1), "return null").await.unwrap();
    assert!(!known.contains(&kept(&workers, Owner(1)).unwrap()));
}

#[tokio::test]
async fn a_process_that_has_worked_for_long_is_not_kept() {
    let workers = workers(1);
    run(&workers, "return null").await.unwrap();
    let pool = &workers.processes.pool;
    let mut worker = pool.take(OWNER).unwrap();
    let worked = worker.process.id();
    worker.used = Duration::from_secs(31);
    pool.give_back(OWNER, worker);
    assert_ne!(kept(&workers, OWNER), worked);
}

#[tokio::test]
async fn a_process_that_is_ready_has_run_nothing_and_is_used_first() {
    let workers = workers(1);
    assert!(workers.confinement().is_none());
    workers.start_one().await.unwrap();
    assert!(workers.confinement().is_some());
    let worker = workers.processes.pool.take(OWNER).unwrap();
    let (ready, used) = (worker.process.id(), worker.used);
    assert_eq!(used, Duration::ZERO);
    workers.processes.pool.add_unused(worker);
    run(&workers, "return null").await.unwrap();
    assert_eq!(kept(&workers, OWNER), ready);
}

#[tokio::test]
async fn where_no_worker_can_be_had_nothing_is_said_about_the_script() {
    let workers = Workers::new(1, || Command::new("/bin/true"));
    assert!(run(&workers, "return null").await.unwrap_err().no_worker);
    let workers = Workers::new(1, || Command::new("/nowhere/at/all"));
    let error = run(&workers, "return null").await.unwrap_err();
    assert!(error.no_worker && error.message.contains("could be started"), "{error}");
}

#[test]
fn requests_and_answers_are_read_as_they_were_written() {
    let check = |made: Result<Transformed, ScriptError>| {
        let mut bytes = Vec::new();
        wire::reply(&mut bytes, &Run { made: made.clone(), used: Duration::from_micros(1234) }).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let read = runtime.block_on(async {
            let (mut ours, mut theirs) = UnixStream::pair().unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut theirs, &bytes).await.unwrap();
            wire::answer(&mut ours, 100).await
        });
        let read = read.ok().map(|run| (run.made, run.used.as_micros()));
        assert_eq!(read, (bytes.len() <= 5000).then_some((made, 1234)));
    };
    check(Ok(Transformed::Null));
    check(Ok(Transformed::Json("{}".into())));
    check(Ok(Transformed::Json("x".repeat(5000).into())));
    check(Err(ScriptError { line: Some(7), message: "é".into(), no_worker: false }));
    check(Err(ScriptError { line: None, message: String::new(), no_worker: false }));
    assert!(wire::receive(&mut [0xff; 56].as_slice()).is_err());
    assert!(wire::receive(&mut [0; 55].as_slice()).is_err());
    assert!(matches!(wire::receive(&mut [].as_slice()), Ok(None)));
}
