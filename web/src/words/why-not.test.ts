import { expect, test } from "vitest";
import { field, whyNotInPlainWords, type MismatchLike } from "./why-not";

const clause = (operator: string, wanted: unknown, found?: unknown, path = "/data/change_percent") => ({ path, operator, wanted, found });
const filter = (...clauses: MismatchLike["clauses"]): MismatchLike => ({ reason: "filter", clauses, more: false });

test.each([
  [{ reason: "disabled", clauses: [], more: false }, "the webhook is disabled"],
  [{ reason: "event_types", clauses: [clause("$in", ["a"], "b", "/type")], more: false }, "the type is not asked for"],
  [filter(clause("$gte", 5, 2.36)), "change_percent is 2.36; at least 5 is asked for"],
  [filter(clause("$lte", -2, 2.36)), "change_percent is 2.36; at most −2 is asked for"],
  [filter(clause("$eq", "XTKS", "XNYS", "/data/exchange")), "exchange is XNYS; XTKS is asked for"],
  [filter(clause("$eq", "XTKS", undefined, "/data/exchange")), "there is no exchange"],
  [filter(clause("$in", ["A", "B", "C"], "D")), "change_percent is D; A, B or C is asked for"],
  [filter(clause("$in", ["A", "B"], "D")), "change_percent is D; A or B is asked for"],
  [filter(clause("$in", ["A", "B", "C", "D", "E", "F"], "G")), "change_percent is G; A, B, C, D or 2 more is asked for"],
  [filter(clause("$nin", ["A"], "A")), "change_percent is A; none of A is asked for"],
  [filter(clause("$exists", true)), "there is no change_percent"],
  [filter(clause("$exists", false, 1)), "change_percent is there; it is to be missing"],
  [filter(clause("$regex", "^A", "B")), "change_percent is B; a text that matches ^A is asked for"],
  [filter(clause("$gte", 5, 2), clause("$lte", -5, 2)), "change_percent is 2; at least 5 is asked for; or change_percent is 2; at most −5 is asked for"],
  [{ ...filter(clause("$gte", 5, 2)), more: true }, "change_percent is 2; at least 5 is asked for; or others"],
  [{ reason: "assets", clauses: [], more: false }, "it is about none of its assets"],
])("%o", (mismatch, words) => expect(whyNotInPlainWords(mismatch)).toBe(words));

test("pointers are fields", () => {
  expect(field("/data/a/b~1c")).toBe("a.b/c");
  expect(field("/type")).toBe("type");
  expect(field("/data")).toBe("data");
});
