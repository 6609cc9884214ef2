/** How one webhook is, in sentences. */
import { count, duration, moment, percent, since, type Zone } from "./format";
import { sentence } from "./problem";
import { healthStatus } from "./status";
import { counted, type Text } from "./text";
import type { Verdict } from "./verdict-overview";

export interface WebhookLike {
  url: string;
  status: string;
  health: { state: string; since?: string | null; reason?: string | null };
  counters: { delivered: number; last_success_at?: string | null; last_attempt_at?: string | null };
}

export interface WebhookLane {
  owed: number;
  more_owed: boolean;
  consecutive_failures: number;
  failing_since?: string | null;
  paused_until?: string | null;
  breaker: { state: string; until?: string | null };
  drains_in_seconds?: number | null;
}

export interface WebhookContext {
  now: number;
  zone: Zone;
  /** How its tries went in the last 24 hours. */
  day?: { attempts: number; success_rate?: number | null; request_time?: { p50_ms: number } | null };
  /** What went wrong with its latest failures, in the API's words, the latest first. */
  lastError?: string | null;
}

/** So long nothing but failures may come before a webhook is disabled. */
const DISABLED_AFTER_DAYS = 5;

export function webhookVerdict(webhook: WebhookLike, lane: WebhookLane | undefined, context: WebhookContext): Verdict {
  const { state, icon } = healthStatus(webhook.health.state);
  const { now, zone } = context;
  const begun = webhook.health.since ? Date.parse(webhook.health.since) : null;
  switch (webhook.health.state) {
    case "failing": {
      const last = webhook.counters.last_success_at ? Date.parse(webhook.counters.last_success_at) : null;
      const failures = lane?.consecutive_failures ?? 0;
      const nothing = last === null ? "Nothing has been delivered yet." : `Nothing has been delivered for ${duration(now - last)}.`;
      const title = failures > 1 ? `${nothing} ${count(failures)} attempts failed in a row.` : nothing;
      const sentences: Text[] = [];
      if (context.lastError) sentences.push([`The last time: ${lowerFirst(sentence(context.lastError))}`]);
      else if (failures === 0 && webhook.health.reason) sentences.push([sentence(webhook.health.reason)]);
      if (lane && lane.breaker.state !== "closed") sentences.push(["Meanwhile one probe goes out at a time, and waiting uses up no attempt."]);
      const owed = owedWords(lane);
      if (owed) sentences.push([`${owed} and ${lane?.owed === 1 ? "goes" : "go"} out when it is back.`]);
      const failing = lane?.failing_since ? Date.parse(lane.failing_since) : null;
      if (failing !== null) sentences.push([`It is disabled on ${moment(failing + DISABLED_AFTER_DAYS * 86_400_000, now, zone)} if nothing gets through until then.`]);
      return { state, icon, title, sentences };
    }
    case "degraded": {
      const until = lane?.paused_until ? Date.parse(lane.paused_until) : 0;
      const failures = lane?.consecutive_failures ?? 0;
      const slow = failures > 2 ? `${count(failures)} attempts failed in a row` : "It is slowed down";
      const title = until > now ? `It asked for a pause of ${duration(until - now)}` : slow;
      const sentences: Text[] = [[sentence(webhook.health.reason ?? "something is wrong")]];
      if (context.lastError) sentences.push([`The last time: ${lowerFirst(sentence(context.lastError))}`]);
      if (until > now) sentences.push(["It goes on by itself, and waiting uses up no try."]);
      return { state, icon, title, sentences };
    }
    case "paused": {
      const held = lane && lane.owed > 0 ? `${owedNumber(lane)} ${lane.owed === 1 ? "delivery is" : "deliveries are"} held.` : "Nothing is held yet.";
      return { state, icon, title: `Paused${begun ? ` since ${since(begun, now, zone)}` : ""}. ${held}`, sentences: [["What comes is held, nothing is lost. It goes out, in order and paced, on resume."]] };
    }
    case "disabled":
      return { state, icon, title: `Disabled${begun ? ` since ${since(begun, now, zone)}` : ""}`, sentences: [[`${sentence(webhook.health.reason ?? "it was disabled")} Events do not match it any more; what was cancelled can be replayed.`]] };
    default: {
      if (webhook.counters.delivered === 0 && !webhook.counters.last_attempt_at) {
        return { state, icon, title: "Nothing was sent yet", sentences: [["The first event that matches goes out at once. A test shows whether it arrives."]] };
      }
      const day = context.day;
      if (!day || day.attempts === 0) return { state, icon, title: "It delivers", sentences: [["Nothing was to be sent in the last 24 h."]] };
      const half = day.request_time ? `, half of them within ${duration(day.request_time.p50_ms)}` : "";
      const sentences: Text[] = [[`${percent(day.success_rate)} of ${counted(day.attempts, "try", "tries")} in the last 24 h got through${half}.`]];
      const owed = owedWords(lane);
      if (owed && lane) sentences.push([`${owed}${lane.drains_in_seconds ? `; in ${duration(lane.drains_in_seconds * 1000)} all is out` : ""}.`]);
      return { state, icon, title: "It delivers", sentences };
    }
  }
}

function owedNumber(lane: WebhookLane): string {
  return `${count(lane.owed)}${lane.more_owed ? "+" : ""}`;
}

function owedWords(lane: WebhookLane | undefined): string | null {
  if (!lane || lane.owed === 0) return null;
  return `${owedNumber(lane)} ${lane.owed === 1 ? "delivery waits" : "deliveries wait"}`;
}

function lowerFirst(text: string): string {
  // "HTTP…" and "TLS…" keep their capitals.
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
