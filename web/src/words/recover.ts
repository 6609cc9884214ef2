/** Recover in words: why deliveries were given up, what a deed over many of them would do, and how far it has come. */
import { failureName } from "./failure";
import * as format from "./format";
import { capital, counted, listed, type Text } from "./text";

export interface GroupLike {
  webhook: string;
  failure?: string | null;
  count: number;
  last_error_message?: string | null;
}

export type Names = Record<string, { name: string; status?: string } | undefined>;

/** What went wrong, as the last of them says it. */
export function causeWords(group: Pick<GroupLike, "failure" | "last_error_message">): string {
  const message = group.last_error_message?.replace(/^the receiver answered /, "");
  return message ? capital(message) : group.failure ? failureName(group.failure) : "Nothing was tried";
}

/** The sentence on top. `total` is the server's count, not the groups' sum. */
export function recoverSentence(total: { count: number; isCapped: boolean }, groups: GroupLike[], names: Names): Text {
  const most = groups[0];
  if (total.count === 0 || !most) return [];
  const were = total.count === 1 && !total.isCapped ? "delivery was" : "deliveries were";
  const head: Text = [{ strong: format.cappedCount(total.count, total.isCapped) }, ` ${were} given up`];
  const to: Text = [{ foreign: names[most.webhook]?.name ?? most.webhook }, ": ", { foreign: causeWords(most) }];
  if (groups.length === 1) return [...head, ", to ", ...to, "."];
  return [...head, `, most of them (${format.count(most.count)}) to `, ...to, "."];
}

/** The groups as they come, but those that were on the screen keep their places. */
export function inPlace<T extends GroupLike>(groups: T[], before: string[]): T[] {
  const place = new Map(before.map((key, at) => [key, at]));
  return groups.toSorted((a, b) => (place.get(groupKey(a)) ?? before.length) - (place.get(groupKey(b)) ?? before.length));
}

export function groupKey(group: Pick<GroupLike, "webhook" | "failure">): string {
  return `${group.webhook} ${group.failure ?? ""}`;
}

/** Whose deliveries can not go out whatever is asked: "10 cannot be sent: Archive is disabled." */
export function cannotBeSent(groups: Pick<GroupLike, "webhook" | "count">[], names: Names, areNamesWhole: boolean): Text {
  const stuck = new Map<string, number>();
  for (const group of groups) {
    const of = names[group.webhook];
    if (of ? of.status === "disabled" : areNamesWhole) stuck.set(group.webhook, (stuck.get(group.webhook) ?? 0) + group.count);
  }
  if (stuck.size === 0) return [];
  const sum = [...stuck.values()].reduce((all, one) => all + one, 0);
  const disabled = [...stuck.keys()].filter((id) => names[id]).map((id): Text => [{ foreign: names[id]?.name ?? id }]);
  const deleted = stuck.size - disabled.length;
  const because: Text[] = [
    ...(disabled.length > 0 ? [[...listed(disabled.slice(0, 4)), disabled.length > 4 ? " and others are" : disabled.length === 1 ? " is" : " are", " disabled"] as Text] : []),
    ...(deleted > 0 ? [[deleted === 1 ? "the webhook was deleted" : "their webhooks were deleted"] as Text] : []),
  ];
  return [`${format.count(sum)} cannot be sent: `, ...listed(because), "."];
}

export interface PlanLike {
  action: string;
  webhook?: string | null;
  statuses: string[];
  event_types: string[];
  failures: string[];
  from?: string | null;
  to?: string | null;
  rate?: { limit: number; per: string } | null;
  new_id?: boolean;
}

const STATUS: Record<string, string> = { failed: "failed", cancelled: "was cancelled", delivered: "was delivered", pending: "is pending", retrying: "is retrying" };

/** What a job is about: "Retry of what failed, to Retail push". */
export function replayTitle(plan: PlanLike, names: Names): Text {
  const what = plan.statuses.map((status) => STATUS[status] ?? status);
  const of = what.length === 0 || (plan.action === "replay" && what.length === 3) ? "everything" : `what ${what.slice(0, -1).join(", ")}${what.length > 1 ? " or " : ""}${what.at(-1)}`;
  const verb = { retry: "Retry of ", cancel: "Cancellation of ", replay: "Replay of ", rematch: "Rematch of every event" }[plan.action] ?? `${plan.action} of `;
  const title: Text = plan.action === "rematch" ? [verb] : [verb, of];
  if (plan.event_types.length > 0) title.push(", ", ...listed(plan.event_types.slice(0, 3).map((type): Text => [{ code: type }])), plan.event_types.length > 3 ? ` and ${plan.event_types.length - 3} more types` : "");
  if (plan.failures.length > 0) title.push(` (${plan.failures.map((kind) => failureName(kind).toLowerCase()).join(", ")})`);
  if (plan.webhook) title.push(", to ", { foreign: names[plan.webhook]?.name ?? plan.webhook });
  return title.filter((part) => part !== "");
}

/** Of which time, and how fast: "accepted since 03:05 · 600 a minute". */
export function replayFacts(plan: PlanLike, now: number, zone: format.Zone): string[] {
  const at = (text: string) => format.since(Date.parse(text), now, zone);
  const time = plan.from && plan.to ? `accepted ${at(plan.from)} to ${at(plan.to)}` : plan.from ? `accepted since ${at(plan.from)}` : plan.to ? `accepted before ${at(plan.to)}` : null;
  return [...(time ? [time] : []), paceWords(plan.rate), ...(plan.new_id ? ["each under an id of its own"] : [])];
}

export function paceWords(rate: { limit: number; per: string } | null | undefined): string {
  return rate ? format.rateLimit(rate) : "as fast as it goes";
}

/** Before it is begun: "At 600 a minute it takes 3 s." */
export function takesWords(plan: { rate?: { limit: number; per: string } | null; takes_seconds?: number | null }, isCancel = false): string {
  if (isCancel && !plan.rate) return "";
  if (!plan.rate) return "They go out as fast as their lanes take them.";
  return `At ${format.rateLimit(plan.rate)} it takes ${format.duration((plan.takes_seconds ?? 0) * 1_000)}.`;
}

export interface ReplayLike extends PlanLike {
  state: string;
  expected: number;
  expected_more: boolean;
  done: number;
  skipped: number;
  seconds_left?: number | null;
  waits_for?: string | null;
  created_at: string;
  finished_at?: string | null;
}

const DONE: Record<string, string> = { retry: "retried", cancel: "cancelled", replay: "sent again", rematch: "sent" };

/** How far it has come: "8,112 of 12,400 · 120 a second · 36 s left". */
export function progressWords(replay: ReplayLike): string {
  const skipped = replay.skipped > 0 ? `${format.count(replay.skipped)} left out` : null;
  const of = `${format.count(replay.expected)}${replay.expected_more ? "+" : ""}`;
  if (replay.state !== "running") {
    const took = replay.finished_at ? format.duration(Date.parse(replay.finished_at) - Date.parse(replay.created_at)) : null;
    const done = `${format.count(replay.done)} ${DONE[replay.action] ?? "done"}`;
    const end = replay.state === "stopped" ? `stopped${took ? ` after ${took}` : ""}` : took ? `in ${took}` : null;
    return [done, skipped, end].filter(Boolean).join(" · ");
  }
  const waits = replay.waits_for === "owed_deliveries" ? "waits until less is owed" : null;
  const left = !waits && typeof replay.seconds_left === "number" ? `${format.duration(replay.seconds_left * 1_000)} left` : null;
  return [`${format.count(replay.done + replay.skipped)} of ${of}`, skipped, replay.rate ? format.rateLimit(replay.rate) : null, left, waits].filter(Boolean).join(" · ");
}

/** Of 0 to 1. */
export function progressShare(replay: Pick<ReplayLike, "state" | "expected" | "done" | "skipped">): number {
  if (replay.state === "finished") return 1;
  return replay.expected === 0 ? 0 : Math.min(1, (replay.done + replay.skipped) / replay.expected);
}

/** A question's title and its button: "Retry 23 deliveries?", "Retry 23". */
export function deedWords(action: string, count: number, more: boolean): { title: string; deed: string } {
  const many = `${format.count(count)}${more ? "+" : ""}`;
  const verb = { retry: "Retry", cancel: "Cancel", replay: "Replay", rematch: "Rematch" }[action] ?? "Do it with";
  const noun = action === "rematch" ? (count === 1 && !more ? "event" : "events") : count === 1 && !more ? "delivery" : "deliveries";
  return { title: `${verb} ${many} ${noun}?`, deed: `${verb} ${many}` };
}

/** The API's notes, with a capital letter and without its marks for code. */
export function noteWords(note: string): Text {
  const parts = note.split(/`([^`]+)`/).map((part, at): Text[number] => (at % 2 === 1 ? { code: part } : at === 0 ? capital(part) : part));
  const last = parts.at(-1);
  return typeof last === "string" && !/[.!?]$/.test(last) ? [...parts.slice(0, -1), `${last}.`] : parts;
}

/** "1 event type" and so on, for the API's counts that are cut. */
export function lookedAt(groups: { looked_at: number; more: boolean; more_groups: boolean }): string | null {
  if (groups.more) return `Of the newest ${counted(groups.looked_at, "delivery", "deliveries")}; there are older ones.`;
  return groups.more_groups ? "The 250 largest groups; there are others." : null;
}
