import { expect, test } from "vitest";
import { clusterVerdict, isFailing, jobName, jobPace, settingWords, storeName, type JobLike, type SystemLike } from "./cluster";
import { plain } from "./text";

const T = "\u202f";
const JOB: JobLike = { name: "retention", every_seconds: 60, last_run: { at: "2026-11-12T03:12:00Z", took_ms: 3, detail: "deleted" }, last_failure: null, next_run_at: "2026-11-12T03:13:00Z" };
const FAILED: JobLike = { ...JOB, last_failure: { at: "2026-11-12T03:12:30Z", took_ms: 3, detail: "the database is locked" } };
const WELL: SystemLike = { store: { kind: "sqlite", database_bytes: 1, unused_bytes: 0, log_bytes: 0, log_held: null, commits: { count: 98, p50_ms: 0.3, p99_ms: 0.8 } }, disk: { free_bytes: 25_157_955_584, trouble: null }, jobs: [JOB] };
const READY = { status: "ready", troubles: [] };
const FACTS = `One node. Commits take 0.3${T}ms, 25${T}GB of the disk are free.`;

test.each([
  [WELL, READY, "ok", `lanehook itself is well: ${FACTS}`],
  [WELL, undefined, "ok", `lanehook itself is well: ${FACTS}`],
  [{ ...WELL, store: { ...WELL.store, commits: null }, disk: {} }, READY, "ok", "lanehook itself is well: One node. Nothing was committed yet."],
  [{ ...WELL, disk: { free_bytes: 1_000, trouble: "events of all tenants are refused" } }, READY, "bad", `The disk is nearly full: Events of all tenants are refused. One node. Commits take 0.3${T}ms, 1${T}kB of the disk are free.`],
  [WELL, { status: "unready", troubles: ["the store does not answer"] }, "bad", `lanehook is not ready: The store does not answer. ${FACTS}`],
  [{ ...WELL, store: { ...WELL.store, log_held: "a reader since 03:05" } }, READY, "warn", `The write-ahead log grows: A reader since 03:05. ${FACTS}`],
  [{ ...WELL, jobs: [JOB, FAILED] }, READY, "warn", `A job fails: retention: The database is locked. ${FACTS}`],
  [{ ...WELL, jobs: [FAILED, { ...FAILED, name: "key_uses" }] }, READY, "warn", `Two jobs fail: Retention, Key uses. ${FACTS}`],
  [{ ...WELL, store: { ...WELL.store, commits: { count: 9, p50_ms: 120, p99_ms: 900 } } }, READY, "warn", `The disk is slow: One node. Commits take 120${T}ms, 25${T}GB of the disk are free.`],
] as [SystemLike, typeof READY | undefined, string, string][])("%#: what is the matter", (system, readiness, state, said) => {
  const verdict = clusterVerdict(system, readiness);
  expect(verdict.state).toBe(state);
  expect(`${verdict.title}: ${verdict.sentences.map(plain).join(" ")}`).toBe(said);
});

test.each([
  [JOB, false],
  [FAILED, true],
  [{ ...FAILED, last_run: { at: "2026-11-12T03:12:31Z", took_ms: 1, detail: "" } }, false],
  [{ ...FAILED, last_run: null }, true],
])("a job fails if its last run did: %#", (job, is) => expect(isFailing(job)).toBe(is));

test.each([
  [jobName("oldest_owed"), "Oldest owed"],
  [jobPace(60), `each 1${T}min`],
  [jobPace(0), "all the time"],
  [storeName("sqlite"), "SQLite"],
  [storeName("other"), "other"],
  [settingWords(""), "nothing"],
  [settingWords("true"), "true"],
])("%s", (words, said) => expect(words).toBe(said));
