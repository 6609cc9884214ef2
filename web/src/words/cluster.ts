/** How the server itself does, in a sentence and in rows. */
import * as format from "./format";
import type { State, StatusIcon } from "./status";
import { capital, spelled, type Text } from "./text";

export interface SystemLike {
  store: { kind: string; database_bytes: number; unused_bytes: number; log_bytes: number; log_held?: string | null; commits?: { count: number; p50_ms: number; p99_ms: number } | null };
  disk: { free_bytes?: number | null; trouble?: string | null };
  jobs: JobLike[];
}

export interface JobLike {
  name: string;
  every_seconds: number;
  running_since?: string | null;
  last_run?: { at: string; took_ms: number; detail: string } | null;
  last_failure?: { at: string; took_ms: number; detail: string } | null;
  next_run_at: string;
}

export interface ClusterVerdict {
  state: State;
  icon: StatusIcon;
  title: string;
  sentences: Text[];
}

/** Whether its last run was one that failed. */
export function isFailing(job: JobLike): boolean {
  if (!job.last_failure) return false;
  return !job.last_run || Date.parse(job.last_failure.at) >= Date.parse(job.last_run.at);
}

/** Under this a healthy disk's commits stay; above it publishing is felt to be slow. */
const SLOW_COMMIT_MS = 50;

/** "One node. Commits take 0.3 ms, 25 GB of the disk are free." What is wrong comes first. */
export function clusterVerdict(system: SystemLike, readiness: { status: string; troubles: string[] } | undefined): ClusterVerdict {
  const troubles = readiness && readiness.status !== "ready" && readiness.status !== "ok" ? readiness.troubles : [];
  const failing = system.jobs.filter(isFailing);
  const facts = factsOf(system);
  if (system.disk.trouble) return { state: "bad", icon: "failed", title: "The disk is nearly full", sentences: [[sentence(system.disk.trouble)], facts] };
  const first = troubles[0];
  if (first) return { state: "bad", icon: "failed", title: "lanehook is not ready", sentences: [[troubles.map(sentence).join(" ")], facts] };
  if (system.store.log_held) return { state: "warn", icon: "degraded", title: "The write-ahead log grows", sentences: [[sentence(system.store.log_held)], facts] };
  if (failing.length > 0) {
    const names: Text = failing.length === 1 && failing[0] ? [{ code: failing[0].name }, ": ", { foreign: sentence(failing[0].last_failure?.detail ?? "") }] : [failing.map((job) => jobName(job.name)).join(", "), "."];
    return { state: "warn", icon: "degraded", title: failing.length === 1 ? "A job fails" : `${capital(spelled(failing.length))} jobs fail`, sentences: [names, facts] };
  }
  const slow = system.store.commits && system.store.commits.p50_ms > SLOW_COMMIT_MS;
  if (slow) return { state: "warn", icon: "degraded", title: "The disk is slow", sentences: [facts] };
  return { state: "ok", icon: "delivered", title: "lanehook itself is well", sentences: [facts] };
}

function factsOf({ store, disk }: SystemLike): Text {
  const commits = store.commits ? `Commits take ${format.duration(store.commits.p50_ms)}` : "Nothing was committed yet";
  const free = typeof disk.free_bytes === "number" ? `, ${format.bytes(disk.free_bytes)} of the disk are free` : "";
  return [`One node. ${commits}${free}.`];
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? capital(text) : `${capital(text)}.`;
}

/** `oldest_owed` is "Oldest owed". */
export function jobName(name: string): string {
  return capital(name.replaceAll("_", " "));
}

/** "each 5 s", "all the time". */
export function jobPace(seconds: number): string {
  return seconds === 0 ? "all the time" : `each ${format.duration(seconds * 1_000)}`;
}

/** The database's kind, as it calls itself. */
export function storeName(kind: string): string {
  return { sqlite: "SQLite", postgres: "PostgreSQL", postgresql: "PostgreSQL" }[kind] ?? kind;
}

/** A setting's value: what is empty says so. */
export function settingWords(value: string): string {
  return value === "" ? "nothing" : value;
}
