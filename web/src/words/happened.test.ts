import { expect, test } from "vitest";
import { whatHappened, type HappenedLike } from "./happened";

const NOW = Date.parse("2026-11-12T03:12:40Z");
const of = (status: string, more: Partial<HappenedLike> = {}): HappenedLike => ({ status, created_at: "2026-11-12T03:05:51Z", attempt_count: 1, ...more });

test.each([
  [of("delivered", { finished_at: "2026-11-12T03:05:51.022Z" }), "in 22 ms"],
  [of("delivered", { finished_at: "2026-11-12T03:06:51Z", attempt_count: 3 }), "in 1 min, at try 3"],
  [of("pending", { waits_for: { reason: "breaker" }, next_attempt_at: "2026-11-12T03:13:31Z" }), "waits for the lane, next try in 51 s"],
  [of("pending", { waits_for: { reason: "turn" }, next_attempt_at: "2026-11-12T03:12:40Z" }), "waits for its turn"],
  [of("retrying", { waits_for: { reason: "time" }, next_attempt_at: "2026-11-12T03:19:50Z", last_error_message: "the receiver answered 503 Service Unavailable" }), "503 Service Unavailable, next try in 7 min 10 s"],
  [of("retrying", { next_attempt_at: "2026-11-13T15:20:00Z", last_error_message: "no answer within 10 s" }), "no answer within 10 s, next try Fri 15:20"],
  [of("retrying", { waits_for: { reason: "webhook_paused" }, last_error_message: "no answer" }), "no answer, is held, as the webhook is paused"],
  [of("failed", { last_error_message: "the receiver answered 404 Not Found" }), "404 Not Found"],
  [of("failed"), "its tries are used up"],
  [of("cancelled", { cancel_reason: "by_request" }), "by request"],
])("%o", (delivery, words) => expect(whatHappened(delivery, NOW, "UTC").replaceAll("\u202f", " ")).toBe(words));
