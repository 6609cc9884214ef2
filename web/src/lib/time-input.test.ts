import { expect, test } from "vitest";
import { fromInput, toInput } from "./time-input";

test.each([
  ["2026-11-12T03:05:31Z", true, "2026-11-12T03:05"],
  [undefined, true, ""],
  ["tomorrow", true, ""],
])("%s is shown as %s", (iso, isUtc, shown) => expect(toInput(iso, isUtc)).toBe(shown));

test.each([
  ["2026-11-12T03:05", true, "2026-11-12T03:05:00.000Z"],
  ["", true, undefined],
  ["2026-13-40T99:99", true, undefined],
])("%s means %s", (text, isUtc, iso) => expect(fromInput(text, isUtc)).toBe(iso));

test("in whatever zone, what is shown means what it was", () => {
  expect(fromInput(toInput("2026-11-12T03:05:00.000Z", false), false)).toBe("2026-11-12T03:05:00.000Z");
});
