import { expect, test } from "vitest";
import { plain } from "./text";
import { laneReason, overviewVerdict, type OverviewLike } from "./verdict-overview";

const NOW = Date.parse("2026-11-12T03:12:40Z");
const context = { now: NOW, zone: "UTC" };

function overview(more: Partial<OverviewLike> = {}): OverviewLike {
  return {
    webhooks: { failing: 0, degraded: 0, paused: 0, healthy: 40, disabled: 0 },
    owed: { count: 0 },
    in_trouble: [],
    last_hour: { events: 148_210, deliveries: 200_000, delivered_in: { p50_ms: 38 } },
    last_24h: { failed: 0 },
    ...more,
  };
}

const failing = { id: "bot", name: "Trading desk bot", url: "https://bot.example/", health: { state: "failing", since: "2026-11-12T03:05:51Z", reason: "19 attempts in a row failed" } };
const slow = { id: "push", name: "", url: "https://push.example/in", health: { state: "degraded", since: null, reason: "3 of the 40 tries of the last 15 minutes failed" } };
const counts = (failing: number, degraded: number) => ({ failing, degraded, paused: 1, healthy: 38, disabled: 0 });

function said(of: OverviewLike, more: Partial<Parameters<typeof overviewVerdict>[1]> = {}) {
  const { state, title, sentences } = overviewVerdict(of, { ...context, ...more });
  return [state, title, sentences.map(plain).join(" ").replaceAll("\u202f", " ")];
}

test.each<[string, ReturnType<typeof said>, string[]]>([
  ["cannot commit", said(overview({ webhooks: counts(1, 0) }), { cannotCommit: "the disk is full" }), ["bad", "lanehook cannot commit: the disk is full", "Publishing answers 503; nothing accepted is lost."]],
  [
    "one fails, one is slow",
    said(overview({ webhooks: counts(1, 1), in_trouble: [failing, slow] }), { lanes: { bot: { owed: 1284, more_owed: false }, push: { owed: 9, more_owed: false, paused_until: "2026-11-12T03:13:05Z" } } }),
    ["bad", "One webhook is failing, one is slowed down", "Nothing has reached Trading desk bot since 03:05; 1,284 deliveries wait for it. push.example asked for a pause of 25 s. Everything else is delivered, half of it within 38 ms. lanehook itself is well."],
  ],
  ["many", said(overview({ webhooks: counts(12, 3), in_trouble: [failing, failing, failing, failing] })).slice(0, 2) as never, ["bad", "12 webhooks are failing, three are slowed down"]],
  ["only slow", said(overview({ webhooks: counts(0, 2), in_trouble: [slow] })), ["warn", "Two webhooks are slowed down", "push.example: 3 of the 40 tries of the last 15 minutes failed. One more is below. Everything else is delivered, half of it within 38 ms. lanehook itself is well."]],
  ["given up", said(overview({ last_24h: { failed: 23 } })), ["warn", "All webhooks deliver, 23 deliveries were given up in the last 24 h", "Look at them; they can be sent again."]],
  ["one given up", said(overview({ last_24h: { failed: 1 } })).slice(0, 2) as never, ["warn", "All webhooks deliver, 1 delivery was given up in the last 24 h"]],
  ["well", said(overview()), ["ok", "All webhooks deliver", "Everything published in the last hour has been received, half of it within 38 ms. lanehook itself is well."]],
  ["quiet", said(overview({ last_hour: { events: 0, deliveries: 0 } })), ["ok", "Nothing was published in the last hour", "Before that, all was delivered."]],
])("%s", (_, words, expected) => expect(words).toEqual(expected));

test("webhooks are links, with their tenant where all are shown", () => {
  const { sentences } = overviewVerdict(overview({ webhooks: counts(1, 0), in_trouble: [{ ...failing, tenant: "kestrel" }] }), context);
  expect(sentences[0]?.[1]).toEqual({ text: "Trading desk bot", to: "/webhooks/bot?tenant=kestrel", strong: true });
});

test.each([
  [failing.health, { owed: 1, more_owed: false, breaker: { until: "2026-11-12T03:13:31Z" } }, { why: "19 attempts in a row failed.", next: "Next probe in 51\u202fs." }],
  [slow.health, { owed: 1, more_owed: false, paused_until: "2026-11-12T03:13:05Z" }, { why: "3 of the 40 tries of the last 15 minutes failed.", next: "Goes on by itself at 03:13." }],
  [{ state: "paused", since: "2026-11-12T01:52:00Z" }, undefined, { why: "Paused since 01:52.", next: "What comes is held, nothing is lost." }],
  [{ state: "disabled", since: "2026-11-10T01:52:00Z", reason: "its receiver answered 410 Gone" }, undefined, { why: "Disabled since Tue 10 Nov, 01:52: its receiver answered 410 Gone.", next: "" }],
  [{ state: "healthy" }, undefined, null],
])("a lane %o", (health, lane, reason) => expect(laneReason(health, lane, NOW, "UTC")).toEqual(reason));
