import { expect, test } from "vitest";
import { cardWords, ownPath, pathWithin, portalVerdict, timeLeft, type CardWebhook } from "./portal";
import { plain } from "./text";

const NOW = Date.parse("2026-11-12T03:12:40Z");
const webhook = (state: string, more: Partial<CardWebhook> = {}): CardWebhook => ({ id: "desk", name: "Trading desk bot", url: "https://bot.example/x", status: state === "paused" ? "paused" : "active", health: { state, reason: "two of three tries fail" }, counters: { delivered: 4, last_success_at: "2026-11-12T03:05:00Z" }, ...more });
const lane = (owed: number, more_owed = false) => ({ owed, more_owed });

test.each([
  ["failing", lane(1284), "1,284 waiting", "last delivered 03:05"],
  ["degraded", lane(1), "1 waiting", "last delivered 03:05"],
  ["failing", lane(0), "4,112 delivered in 24 h", "last delivered 03:05"],
  ["paused", lane(100_000, true), "100,000+ held", "last delivered 03:05"],
  ["healthy", lane(3), "4,112 delivered in 24 h", "7\u202fmin ago"],
  ["disabled", lane(0), "Nothing is sent", "last delivered 03:05"],
])("a card of a %s webhook", (state, of, left, right) => {
  expect(cardWords(webhook(state), of, { delivered: 4112 }, NOW, "UTC")).toEqual({ left, right });
});

test("a card of what was never delivered", () => {
  expect(cardWords(webhook("healthy", { counters: { delivered: 0 } }), undefined, undefined, NOW, "UTC")).toEqual({ left: "", right: "nothing delivered yet" });
});

test.each([
  [[webhook("healthy"), webhook("paused")], undefined, null],
  [[webhook("failing")], lane(1284), "Trading desk bot is failing. Nothing has been delivered since 03:05. 1,284 deliveries wait and are sent when it is back."],
  [[webhook("failing", { counters: { delivered: 0 } })], lane(1), "Trading desk bot is failing. Nothing has been delivered yet. 1 delivery waits and is sent when it is back."],
  [[webhook("degraded")], lane(0), "Trading desk bot is slowed down. Two of three tries fail."],
  [[webhook("failing"), webhook("failing", { name: "Two" }), webhook("degraded")], lane(9), "2 webhooks are failing. Trading desk bot and Two. Nothing is lost: what waits is sent when they are back."],
])("the first page's sentence %#", (webhooks, of, said) => {
  const verdict = portalVerdict(webhooks, of, NOW, "UTC");
  expect(verdict && [`${verdict.title}.`, ...verdict.sentences.map(plain)].join(" ")).toBe(said);
});

test.each([
  [NOW + 52 * 60_000 + 1_000, true, "You can manage these webhooks for another 52\u202fmin."],
  [NOW + 40_400, false, "You can look, not change, for another 41\u202fs."],
  [NOW - 1, true, "Your time here is over."],
  [null, false, "You can look, not change."],
])("time left until %s", (until, manage, said) => expect(timeLeft(until, NOW, manage)).toBe(said));

test.each([
  ["/webhooks/a?tab=tests", true], ["/", true], ["//evil.example/x", false], ["/\\evil.example", false], ["https://evil.example", false], ["javascript:alert(1)", false], ["/a b", false], [3, false], [null, false], [`/${"a".repeat(2_001)}`, false],
])("%j is a path of the portal's own: %s", (path, is) => expect(ownPath(path) !== null).toBe(is));

test.each([
  ["", "?link=ses_1&chrome=none&path=%2Fx", "/"],
  ["/webhooks/a", "?chrome=none&tab=tests", "/webhooks/a?tab=tests"],
  ["/deliveries", "?status=failed", "/deliveries?status=failed"],
])("%s%s is told as %s", (path, search, told) => expect(pathWithin(path, search)).toBe(told));
