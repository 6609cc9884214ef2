import { expect, test } from "vitest";
import { matching } from "./search";

test.each([
  ["Event types", "ty", true],
  ["Event types", "ev ty", true],
  ["Event types", "ypes", false],
  ["Recover failed deliveries, dead letters", "dead", true],
  ["Overview", "", true],
])("%s for %j: %s", (text, typed, is) => expect(matching(text, typed)).toBe(is));
