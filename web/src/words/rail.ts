/** The stops of a delivery on its line: accepted, the attempts that were, those to come, and where it ends. */
import { duration, shortDuration, stop, type Zone } from "./format";
import { attemptStatus, type AttemptLike, type StatusWords } from "./status";

export interface RailDelivery {
  status: string;
  created_at: string;
  finished_at?: string | null;
  attempts: ({ number: number; started_at: string } & AttemptLike)[];
  planned_attempts: { number: number; at?: string | null }[];
}

export type Stop =
  | { kind: "accepted"; label: string; when: string; gap: null }
  | { kind: "attempt"; number: number; status: StatusWords; label: string; when: string; gap: string | null }
  | { kind: "planned"; number: number; label: string; when: string; gap: string | null; isNext: boolean; gone: number }
  | { kind: "end"; status: StatusWords | null; label: string; when: string; gap: string | null };

export interface Rail {
  stops: Stop[];
  /** What a narrow screen says instead of the attempts to come behind the next. */
  folded: string | null;
}

export function rail(delivery: RailDelivery, now: number, zone: Zone): Rail {
  const stops: Stop[] = [{ kind: "accepted", label: "Accepted", when: stop(Date.parse(delivery.created_at), now, zone), gap: null }];
  let before = Date.parse(delivery.created_at);
  for (const attempt of delivery.attempts) {
    const at = Date.parse(attempt.started_at);
    const status = attemptStatus(attempt);
    // The first goes at once; a wait is told where there was one.
    stops.push({ kind: "attempt", number: attempt.number, status, label: status.word, when: stop(at, now, zone), gap: gap(at - before) });
    before = at;
  }
  const planned = delivery.planned_attempts;
  planned.forEach((attempt, at) => {
    const time = attempt.at ? Date.parse(attempt.at) : null;
    const isNext = at === 0;
    const gone = isNext && time !== null && time > before ? Math.min(1, Math.max(0, (now - before) / (time - before))) : isNext ? 1 : 0;
    // Behind the next each has its jitter, so its time is about.
    const when = time === null ? "" : isNext ? (time <= now ? "now" : stop(time, now, zone)) : `≈ ${stop(time, now, zone).replace(/(\d\d:\d\d):\d\d$/, "$1")}`;
    stops.push({ kind: "planned", number: attempt.number, label: String(attempt.number), when, gap: time === null ? null : gap(time - before), isNext, gone });
    if (time !== null) before = time;
  });
  const last = planned.at(-1);
  if (last) stops.push({ kind: "end", status: null, label: "Given up", when: `after attempt ${last.number}`, gap: null });
  return { stops, folded: folded(planned, now, zone) };
}

function gap(ms: number): string | null {
  return ms < 1_000 ? null : rounded(ms);
}

/** Waits as a schedule has them: `30 s`, `2 min`, `1 h`. Jitter and the time that a request took are not told. */
function rounded(ms: number): string {
  for (const step of [60_000, 3_600_000, 86_400_000]) {
    const times = Math.round(ms / step);
    if (ms >= step * 0.9 && Math.abs(ms - times * step) < ms * 0.05) return duration(times * step);
  }
  return shortDuration(ms);
}

function folded(planned: RailDelivery["planned_attempts"], now: number, zone: Zone): string | null {
  const later = planned.length - 1;
  const end = planned.at(-1)?.at;
  if (later < 1) return null;
  return end ? `${later} more, until ${stop(Date.parse(end), now, zone)}` : `${later} more`;
}
