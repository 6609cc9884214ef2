import { expect, test } from "vitest";
import { many, one, parseSearch, writeSearch } from "./search";

test("what is written is read again", () => {
  const search = { tenant: "acme", status: ["failed", "retrying"], from: "2026-11-12T03:05:00Z", attempt: "4" };
  expect(writeSearch(search)).toBe("?tenant=acme&status=failed&status=retrying&from=2026-11-12T03:05:00Z&attempt=4");
  expect(parseSearch(writeSearch(search))).toEqual(search);
  expect(writeSearch({ a: undefined, b: "" })).toBe("");
  expect(parseSearch("?q=%26%3D%2B")).toEqual({ q: "&=+" });
});

test("one and many", () => {
  expect([one(undefined), one("a"), one(["a", "b"])]).toEqual([undefined, "a", "a"]);
  expect([many(undefined), many("a"), many(["a", "b"])]).toEqual([[], ["a"], ["a", "b"]]);
});
