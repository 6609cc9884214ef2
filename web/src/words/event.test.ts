import { expect, test } from "vitest";
import { aboutEvent, fanWords, outcomesOf, outcomeWords, worstOf } from "./event";

test.each([
  [{ symbol: "7203.T", title: "7203.T above 2,850" }, "7203.T above 2,850"],
  [{ symbol: "ACME", price: 187.5, currency: "USD", exchange: "XNYS" }, "symbol ACME, price 187.5, currency USD"],
  [{ api_key: "x", token: "y", url: "https://example.com", id: 7 }, "id 7"],
  [{ amount: 12345678901234567890 }, ""],
  [{ title: `${"a".repeat(200)}` }, `${"a".repeat(159)}…`],
  [{ title: "two\n lines" }, "two lines"],
  ["a text", "a text"],
  [[1, 2], ""],
  [null, ""],
])("about: %j", (data, said) => expect(aboutEvent(data)).toBe(said));

test("a repetition stands for what it repeats", () => {
  const deliveries = [
    { webhook: "a", status: "delivered" },
    { webhook: "a", status: "failed" },
    { webhook: "b", status: "retrying" },
    { webhook: "c", status: "cancelled" },
  ];
  expect(outcomesOf(deliveries)).toEqual({ delivered: 1, waits: 1, failed: 0, cancelled: 1 });
});

const of = (delivered: number, waits = 0, failed = 0, cancelled = 0) => ({ delivered, waits, failed, cancelled });

test.each([
  [null, 0, 0, "nobody asked for it"],
  [null, 1, 0, "to one webhook"],
  [null, 1_284, 0, "to 1,284 webhooks"],
  [of(1), 1, 0, "delivered"],
  [of(4), 4, 0, "all 4 delivered"],
  [of(3, 1), 4, 0, "3 of 4 delivered, 1 waits"],
  [of(3, 1, 2, 1), 7, 0, "3 of 7 delivered, 1 waits, 2 failed, 1 cancelled"],
  [of(3), 3, 39, "3 of 42 delivered, 39 wait"],
])("what became of it: %j of %d and %d", (outcomes, total, toCome, said) => expect(outcomeWords(outcomes, total, toCome)).toBe(said));

test.each([
  [4, 38, false, "4 got it, 38 did not"],
  [4, 0, false, "All 4 got it"],
  [1, 0, false, "1 got it"],
  [0, 38, false, "None of 38 got it"],
  [0, 1, false, "The one webhook did not get it"],
  [0, 0, false, "There is no webhook"],
  [2, 9_998, true, "2 got it, 9,998+ did not"],
])("%d and %d", (got, not, isCapped, said) => expect(fanWords(got, not, isCapped)).toBe(said));

test.each([
  [null, 0, ""],
  [null, 3, "pending"],
  [of(3, 1, 1), 5, "failed"],
  [of(3, 1), 4, "retrying"],
  [of(3, 0, 0, 1), 4, "delivered"],
  [of(0, 0, 0, 1), 1, "cancelled"],
])("%j of %d looks %s", (outcomes, total, status) => expect(worstOf(outcomes, total)).toBe(status));
