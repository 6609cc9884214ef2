import { expect, test } from "vitest";
import { cannotBeSent, causeWords, deedWords, groupKey, inPlace, lookedAt, noteWords, progressShare, progressWords, recoverSentence, replayFacts, replayTitle, takesWords, type ReplayLike } from "./recover";
import { plain } from "./text";

const T = "\u202f";
const NAMES = { retail: { name: "Retail push", status: "active" }, ledger: { name: "Old ledger", status: "disabled" } };
const group = (webhook: string, count: number, last_error_message: string | null = "the receiver answered 404 Not Found") => ({ webhook, failure: "http", count, last_error_message });

test.each([
  [{ failure: "http", last_error_message: "the receiver answered 404 Not Found" }, "404 Not Found"],
  [{ failure: "timeout", last_error_message: "no complete answer within 10s" }, "No complete answer within 10s"],
  [{ failure: "dns", last_error_message: null }, "No address for the name"],
  [{ failure: null }, "Nothing was tried"],
])("why: %j", (of, said) => expect(causeWords(of)).toBe(said));

test.each([
  [{ count: 0, isCapped: false }, [], ""],
  [{ count: 1, isCapped: false }, [group("retail", 1)], "1 delivery was given up, to Retail push: 404 Not Found."],
  [{ count: 23, isCapped: false }, [group("retail", 21), group("ledger", 2)], "23 deliveries were given up, most of them (21) to Retail push: 404 Not Found."],
  [{ count: 10_000, isCapped: true }, [group("gone", 10_000)], "10,000+ deliveries were given up, to gone: 404 Not Found."],
])("on top: %j", (total, groups, said) => expect(plain(recoverSentence(total, groups, NAMES))).toBe(said));

test("groups keep their places; new ones come last", () => {
  const [a, b, c] = [group("a", 1), group("b", 2), group("c", 3)];
  expect(inPlace([c, b, a], [groupKey(a), groupKey(b)]).map((each) => each.webhook)).toEqual(["a", "b", "c"]);
});

test.each([
  [[group("retail", 21)], ""],
  [[group("retail", 21), group("ledger", 2)], "2 cannot be sent: Old ledger is disabled."],
  [[group("ledger", 2), group("was-deleted", 1_000)], "1,002 cannot be sent: Old ledger is disabled and the webhook was deleted."],
])("what cannot be sent: %j", (groups, said) => expect(plain(cannotBeSent(groups, NAMES, true))).toBe(said));

test("a webhook whose name is not read is not said to be deleted", () => expect(cannotBeSent([group("other", 1)], NAMES, false)).toEqual([]));

const PLAN = { action: "retry", webhook: null, statuses: ["failed"], event_types: [], failures: [], from: null, to: null, rate: null, new_id: false };

test.each([
  [PLAN, "Retry of what failed"],
  [{ ...PLAN, webhook: "retail", failures: ["http"] }, "Retry of what failed (answered with an error), to Retail push"],
  [{ ...PLAN, action: "cancel", statuses: ["pending", "retrying"] }, "Cancellation of what is pending or is retrying"],
  [{ ...PLAN, action: "replay", statuses: ["delivered", "failed", "cancelled"], event_types: ["price_alert"] }, "Replay of everything, price_alert"],
  [{ ...PLAN, action: "rematch", statuses: [], webhook: "x" }, "Rematch of every event, to x"],
])("title: %j", (plan, said) => expect(plain(replayTitle(plan, NAMES))).toBe(said));

test("of which time, and how fast", () => {
  const now = Date.parse("2026-11-12T03:12:40Z");
  const plan = { ...PLAN, from: "2026-11-12T03:05:00Z", to: "2026-11-12T03:10:00Z", rate: { limit: 600, per: "minute" }, new_id: true };
  expect(replayFacts(plan, now, "UTC")).toEqual(["accepted 03:05 to 03:10", "600 a minute", "each under an id of its own"]);
  expect(replayFacts(PLAN, now, "UTC")).toEqual(["as fast as it goes"]);
});

test.each([
  [{ rate: { limit: 600, per: "minute" }, takes_seconds: 3 }, false, `At 600 a minute it takes 3${T}s.`],
  [{ rate: null, takes_seconds: null }, false, "They go out as fast as their lanes take them."],
  [{ rate: null, takes_seconds: null }, true, ""],
])("how long: %j", (plan, isCancel, said) => expect(takesWords(plan, isCancel)).toBe(said));

const RUNNING: ReplayLike = { ...PLAN, action: "replay", state: "running", expected: 12_400, expected_more: false, done: 8_112, skipped: 0, rate: { limit: 120, per: "second" }, seconds_left: 36, waits_for: null, created_at: "2026-11-12T03:00:00Z", finished_at: null };

test.each([
  [RUNNING, `8,112 of 12,400 · 120 a second · 36${T}s left`],
  [{ ...RUNNING, waits_for: "owed_deliveries" }, "8,112 of 12,400 · 120 a second · waits until less is owed"],
  [{ ...RUNNING, rate: null, seconds_left: null, expected: 100_000, expected_more: true, skipped: 3 }, "8,115 of 100,000+ · 3 left out"],
  [{ ...RUNNING, state: "finished", done: 12_398, skipped: 2, finished_at: "2026-11-12T03:01:44Z" }, `12,398 sent again · 2 left out · in 1${T}min 44${T}s`],
  [{ ...RUNNING, state: "stopped", action: "retry", finished_at: "2026-11-12T03:00:07Z" }, `8,112 retried · stopped after 7${T}s`],
])("how far: %#", (replay, said) => expect(progressWords(replay)).toBe(said));

test.each([
  [RUNNING, 8_112 / 12_400],
  [{ ...RUNNING, expected: 0, done: 0 }, 0],
  [{ ...RUNNING, state: "finished", expected: 0, done: 0 }, 1],
  [{ ...RUNNING, done: 13_000 }, 1],
])("share: %#", (replay, share) => expect(progressShare(replay)).toBe(share));

test.each([
  ["retry", 23, false, { title: "Retry 23 deliveries?", deed: "Retry 23" }],
  ["cancel", 1, false, { title: "Cancel 1 delivery?", deed: "Cancel 1" }],
  ["rematch", 100_000, true, { title: "Rematch 100,000+ events?", deed: "Rematch 100,000+" }],
])("%s of %d", (action, count, more, said) => expect(deedWords(action, count, more)).toEqual(said));

test("notes of the API become sentences", () => {
  expect(noteWords("each is known. `new_id` sends each anew")).toEqual(["Each is known. ", { code: "new_id" }, " sends each anew."]);
});

test.each([
  [{ looked_at: 61, more: false, more_groups: false }, null],
  [{ looked_at: 10_000, more: true, more_groups: true }, "Of the newest 10,000 deliveries; there are older ones."],
  [{ looked_at: 300, more: false, more_groups: true }, "The 250 largest groups; there are others."],
])("what was looked at: %j", (of, said) => expect(lookedAt(of)).toBe(said));
