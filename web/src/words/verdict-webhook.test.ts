import { expect, test } from "vitest";
import { plain } from "./text";
import { webhookVerdict, type WebhookLane, type WebhookLike } from "./verdict-webhook";

const NOW = Date.parse("2026-11-12T03:12:40Z");

function webhook(state: string, more: Partial<WebhookLike["health"]> = {}, counters: Partial<WebhookLike["counters"]> = {}): WebhookLike {
  return { url: "https://bot.example/", status: "active", health: { state, ...more }, counters: { delivered: 10, last_attempt_at: "2026-11-12T03:12:00Z", last_success_at: "2026-11-12T03:05:51Z", ...counters } };
}

function lane(more: Partial<WebhookLane> = {}): WebhookLane {
  return { owed: 0, more_owed: false, consecutive_failures: 0, breaker: { state: "closed" }, ...more };
}

test.each([
  [
    "failing",
    webhook("failing", { since: "2026-11-12T03:05:51Z", reason: "19 attempts in a row failed" }),
    lane({ owed: 1284, consecutive_failures: 19, failing_since: "2026-11-12T03:05:51Z", breaker: { state: "open", until: "2026-11-12T03:13:31Z" } }),
    { lastError: "the receiver answered 503 Service Unavailable" },
    "Nothing has been delivered for 6 min 49 s. 19 attempts failed in a row.",
    "The last time: the receiver answered 503 Service Unavailable. Meanwhile one probe goes out at a time, and waiting uses up no attempt. 1,284 deliveries wait and go out when it is back. It is disabled on Tue 17 Nov, 03:05 if nothing gets through until then.",
  ],
  ["failing from the start", webhook("failing", { reason: "no payloads could be made" }, { last_success_at: null }), lane({ owed: 1 }), {}, "Nothing has been delivered yet.", "No payloads could be made. 1 delivery waits and goes out when it is back."],
  ["asked to wait", webhook("degraded", { reason: "its receiver asks to wait (429)" }), lane({ paused_until: "2026-11-12T03:13:05Z" }), {}, "It asked for a pause of 25 s", "Its receiver asks to wait (429). It goes on by itself, and waiting uses up no try."],
  ["slow", webhook("degraded", { reason: "something that is due waits for over a minute" }), lane(), {}, "It is slowed down", "Something that is due waits for over a minute."],
  ["failing in part", webhook("degraded", { reason: "22 of the 22 tries of the last 15 minutes failed" }), lane({ consecutive_failures: 22 }), {}, "22 attempts failed in a row", "22 of the 22 tries of the last 15 minutes failed."],
  ["paused", webhook("paused", { since: "2026-11-12T01:52:00Z" }), lane({ owed: 412 }), {}, "Paused since 01:52. 412 deliveries are held.", "What comes is held, nothing is lost. It goes out, in order and paced, on resume."],
  ["disabled", webhook("disabled", { since: "2026-11-10T01:52:00Z", reason: "its receiver answered 410 Gone" }), undefined, {}, "Disabled since Tue 10 Nov, 01:52", "Its receiver answered 410 Gone. Events do not match it any more; what was cancelled can be replayed."],
  ["new", webhook("healthy", {}, { delivered: 0, last_attempt_at: null, last_success_at: null }), lane(), {}, "Nothing was sent yet", "The first event that matches goes out at once. A test shows whether it arrives."],
  ["well", webhook("healthy"), lane({ owed: 3, drains_in_seconds: 2 }), { day: { attempts: 4112, success_rate: 0.9996, request_time: { p50_ms: 46 } } }, "It delivers", "99.9 % of 4,112 tries in the last 24 h got through, half of them within 46 ms. 3 deliveries wait; in 2 s all is out."],
  ["idle", webhook("healthy"), lane(), { day: { attempts: 0 } }, "It delivers", "Nothing was to be sent in the last 24 h."],
])("%s", (_, of, lane, context, title, text) => {
  const verdict = webhookVerdict(of, lane, { now: NOW, zone: "UTC", ...context });
  expect(verdict.title.replaceAll("\u202f", " ")).toBe(title);
  expect(verdict.sentences.map(plain).join(" ").replaceAll("\u202f", " ")).toBe(text);
});
