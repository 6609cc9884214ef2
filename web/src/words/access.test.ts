import { expect, test } from "vitest";
import { expiryWords, quotaFrom, quotaRows, quotaWarning, SCOPES, scopesInWords } from "./access";

const T = "\u202f";

test.each([
  [Object.keys(SCOPES), "everything"],
  [["*"], "everything"],
  [[], "nothing"],
  [["events:write"], "publish events"],
  [["webhooks:read", "events:write"], "publish events and see webhooks"],
  [["events:read", "webhooks:read", "deliveries:read", "catalogue:read", "deliveries:write"], "see everything and retry, cancel and replay"],
  [["events:write", "alerts:write"], "publish events and alerts:write"],
])("%j may %s", (scopes, words) => expect(scopesInWords(scopes)).toBe(words));

const NOW = Date.parse("2026-11-12T03:12:40Z");

test.each([
  [null, { words: "never", state: "idle" }],
  ["2026-12-31T00:00:00Z", { words: "31 Dec", state: "idle" }],
  ["2026-11-13T03:12:40Z", { words: `in 1${T}d`, state: "warn" }],
  ["2026-11-11T00:00:00Z", { words: "expired 11 Nov", state: "bad" }],
])("expires %s", (at, said) => expect(expiryWords(at, NOW, "UTC")).toEqual(said));

const usage = (change: object) => ({
  webhooks: { used: 0, most: 10 },
  owed_deliveries: { used: 0, most: 1_000 },
  event_bytes: { used: 0, most: 1e9 },
  api_keys: { used: 0, most: 100 },
  webhook_bytes: { used: 0, most: 1e6 },
  patterns: { used: 0, most: 0 },
  ...change,
});

test.each([
  [{}, { words: "0 of 10", share: 0, state: "idle" }],
  [{ webhooks: { used: 8, most: 10 } }, { words: "8 of 10", share: 0.8, state: "warn" }],
  [{ webhooks: { used: 12, most: 10 } }, { words: "12 of 10", share: 1, state: "bad" }],
  [{ webhooks: { used: 1, most: 0 } }, { words: "1 of 0", share: 1, state: "bad" }],
])("quota %j", (change, row) => expect(quotaRows(usage(change))[0]).toMatchObject(row));

test("bytes are told as such", () => expect(quotaRows(usage({ event_bytes: { used: 49_193, most: 1e9 } }))[2]?.words).toBe(`49${T}kB of 1${T}GB`));

test.each([
  [{}, null],
  [{ webhooks: { used: 9, most: 10 } }, { words: "webhooks: more than four fifths are used", state: "warn" }],
  [{ webhooks: { used: 10, most: 10 }, api_keys: { used: 100, most: 100 } }, { words: "webhooks and API keys are used up", state: "bad" }],
])("what is near its end: %j", (change, said) => expect(quotaWarning(quotaRows(usage(change)))).toEqual(said));

test.each([
  ["", null],
  ["10,000", 10_000],
  ["10k", 10_000],
  ["2 GB", 2e9],
  ["0", 0],
  ["1.5", undefined],
  ["many", undefined],
  ["-3", undefined],
  ["99999999999999999999", undefined],
])("quota typed as %j", (text, value) => expect(quotaFrom(text)).toBe(value));
