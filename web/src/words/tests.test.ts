import { expect, test } from "vitest";
import { OWN_DATA, sampleName, testOf } from "./tests";

test.each([
  ["", "", {}],
  ["type:price_alert", "", { type: "price_alert" }],
  ["type:a:b", "", { type: "a:b" }],
  ["saved:nightly", "", { saved_event: "nightly" }],
  [OWN_DATA, '{"a": 1}', { data: { a: 1 } }],
  [OWN_DATA, "null", { data: null }],
])("%j with %j asks for %j", (event, data, body) => expect(testOf({ event, data })).toEqual({ body, fault: null }));

test("what is no JSON is said and not sent", () => {
  const { body, fault } = testOf({ event: OWN_DATA, data: "{a" });
  expect(body).toBeNull();
  expect(fault).toMatch(/^This is not JSON/);
});

test.each([
  ["7203.T above 2,850", "7203.T-above-2-850"], ["  ..hidden ", "hidden"], ["<b>x</b>", "b-x-b"], ["…", ""], ["a".repeat(80), "a".repeat(64)], ["price_alert", "price_alert"],
])("%j is called %j", (text, name) => expect(sampleName(text)).toBe(name));
