import { expect, test } from "vitest";
import { plain } from "./text";
import { deliveryVerdict, nextSteps, type DeliveryFacts } from "./verdict-delivery";

const NOW = Date.parse("2026-11-12T03:12:40Z");
const context = { now: NOW, zone: "UTC" };

function attempt(number: number, kind: string | null, message = "", status?: number): DeliveryFacts["attempts"][number] {
  return {
    number,
    started_at: "2026-11-12T03:09:31Z",
    request: { url: "https://bot.example/", headers: [] },
    response: status ? { status, headers: [] } : null,
    error: kind ? { kind, message } : null,
  };
}

function delivery(status: string, more: Partial<DeliveryFacts> = {}): DeliveryFacts {
  return { id: "dlv_1", status, webhook: "bot", created_at: "2026-11-12T03:05:51Z", attempts: [], planned_attempts: [], ...more };
}

const five = "the receiver answered 503 Service Unavailable";

test.each<[string, DeliveryFacts, string, string, string]>([
  ["at once", delivery("delivered", { finished_at: "2026-11-12T03:05:51.022Z", attempts: [attempt(1, null, "", 200)] }), "ok", "Delivered at the first try, 22 ms after it was accepted", ""],
  ["at last", delivery("delivered", { finished_at: "2026-11-12T03:06:51Z", attempts: [attempt(1, "timeout", "no answer within 10 s"), attempt(2, null, "", 200)] }), "ok", "Delivered at try 2, 1 min after it was accepted", "At the first try: no answer within 10 s."],
  [
    "retrying",
    delivery("retrying", {
      attempts: [attempt(1, "timeout", "no answer within 10 s"), attempt(2, "http", five, 503), attempt(3, "http", five, 503)],
      waits_for: { reason: "time", until: "2026-11-12T03:19:50Z" },
      same_cause: { since: "2026-11-12T02:58:00Z", webhook: { attempts: 1290, failed: 1283 }, tenant: { attempts: 9000, failed: 1283 } },
    }),
    "warn",
    `Not delivered yet: ${five}, twice in a row`,
    "At the first try: no answer within 10 s. The receiver failed by itself; its log at 03:09:31 knows more. It is not about this event. 1,283 of 1,290 other tries of the same webhook failed so in the last 15 min. No other webhook fails so.",
  ],
  [
    "only this one",
    delivery("retrying", { attempts: [attempt(1, "http", "the receiver answered 422", 422)], same_cause: { since: "2026-11-12T02:58:00Z", webhook: { attempts: 40, failed: 0 }, tenant: { attempts: 40, failed: 0 } } }),
    "warn",
    "Not delivered yet: the receiver answered 422",
    "It does not accept this body; compare with its documentation. It is about this event. Of 40 other tries of the same webhook in the last 15 min none failed so.",
  ],
  ["behind the breaker", delivery("pending", { waits_for: { reason: "breaker", until: "2026-11-12T03:13:31Z" } }), "idle", "Not sent yet: it waits for the lane", "So much of its webhook failed that one probe goes at a time until 03:13:31; waiting uses up no try."],
  ["held", delivery("pending", { waits_for: { reason: "webhook_paused" } }), "held", "Not sent yet: it is held, as the webhook is paused", "Its webhook is paused. Nothing is lost: it goes out on resume."],
  ["behind another", delivery("pending", { waits_for: { reason: "order", behind: "dlv_0" } }), "idle", "Not sent yet: it waits for the one before it", "Its webhook keeps order, and another delivery comes before it."],
  ["given up", delivery("failed", { attempts: [attempt(1, "http", "the receiver answered 404 Not Found", 404)] }), "bad", "Given up: the receiver answered 404 Not Found", "The host answers, but not at this path or method: compare the URL. 1 try was made. It stays here and can be retried."],
  ["cancelled", delivery("cancelled", { cancel_reason: "webhook_disabled" }), "idle", "Cancelled: as the webhook was disabled", "Nothing more is sent. It can be retried, or replayed."],
])("%s", (_, of, state, title, text) => {
  const verdict = deliveryVerdict(of, context);
  expect([verdict.state, verdict.title.replaceAll("\u202f", " "), verdict.sentences.map(plain).join(" ").replaceAll("\u202f", " ")]).toEqual([state, title, text]);
});

test("what happens next has times", () => {
  const of = delivery("retrying", { planned_attempts: [{ number: 5, at: "2026-11-12T03:19:50Z" }, { number: 6, at: "2026-11-12T04:20:00Z" }, { number: 7, at: "2026-11-14T15:20:00Z" }] });
  const steps = nextSteps(of, { breaker: { state: "open", until: "2026-11-12T03:13:31Z" } }, context);
  expect(steps.map((step) => [step.when.replaceAll("\u202f", " "), plain(step.text)])).toEqual([
    ["in 51 s", "One probe goes to this webhook, perhaps with another delivery. If it gets through, the lane opens and all that is due follows."],
    ["in 7 min 10 s", "Attempt 5 of this delivery. Then, if need be, at about 04:20 and Sat 15:20."],
    ["in 2 d 12 h", "If that one fails, too: given up. It stays here and can be retried by hand."],
  ]);
  expect(nextSteps(delivery("delivered"), undefined, context)).toEqual([]);
});

test("to whoever runs the receiver it is their server", () => {
  const said = deliveryVerdict(delivery("retrying", { attempts: [attempt(1, "http", five, 503)] }), { ...context, isPortal: true });
  expect([said.title, ...said.sentences.map(plain)].join(" ")).toBe("Not delivered yet: your server answered 503 Service Unavailable Your server failed by itself; its log at 03:09:31 knows more.");
});
