import { expect, test } from "vitest";
import { owedBack, spanOf, stripPaths, ticks } from "./strip";

const quiet = { succeeded: [0, 0, 0, 0], throttled: [0, 0, 0, 0], failed: [0, 0, 0, 0] };

test("one path for each state, and what failed can be seen", () => {
  const paths = stripPaths({ succeeded: [1000, 0, 0, 0], throttled: [0, 10, 0, 0], failed: [1, 0, 1, 0] }, 40, 24, null);
  expect(paths.ok).toBe("M0 1h9v20h-9z");
  expect(paths.warn).toBe("M10 20h9v1h-9z");
  expect(paths.bad).toBe("M0 0h9v1h-9zM20 18h9v3h-9z");
  expect(paths.ground).toBe("M0 22h40v1h-40z");
  expect([paths.hill, paths.base]).toEqual(["", ""]);
});

test("the base line begins where the state did, and the hill where something was owed", () => {
  const paths = stripPaths({ ...quiet, owed: [0, 0, 5, 10] }, 40, 24, 2);
  expect(paths.base).toBe("M20 22h20v2h-20z");
  expect(paths.ground).toBe("M0 22h20v1h-20z");
  expect(paths.hill).toBe("M20 21L20 11L30 1L40 1V21z");
  expect(paths.edge).toBe("M20 11L30 1L40 1");
});

test("nothing is a line", () => {
  const paths = stripPaths(quiet, 40, 24, null);
  expect([paths.ok, paths.warn, paths.bad, paths.hill]).toEqual(["", "", "", ""]);
  expect(stripPaths({ succeeded: [], throttled: [], failed: [] }, 40, 24, null).ground).toBe("");
});

test("which span a time is in", () => {
  const from = "2026-11-12T02:13:00Z";
  expect(spanOf("2026-11-12T02:14:59Z", from, 60, 60)).toBe(1);
  expect(spanOf("2026-11-11T00:00:00Z", from, 60, 60)).toBe(0);
  expect(spanOf("2026-11-12T05:00:00Z", from, 60, 60)).toBe(59);
  expect(spanOf(null, from, 60, 60)).toBeNull();
});

test("what was owed is counted back from now", () => {
  expect(owedBack({ deliveries: [5, 5, 5, 5], succeeded: [5, 5, 0, 0] }, 10)).toEqual([0, 0, 5, 10]);
  expect(owedBack({ deliveries: [0, 9], succeeded: [0, 0] }, 4)).toEqual([0, 4]);
  expect(owedBack({ deliveries: [0, 99], succeeded: [0, 0] }, 100)).toEqual([0, 100]);
});

test("an axis has four times and now", () => {
  const shown = ticks("2026-11-12T02:13:00Z", 60, 60, (at) => new Date(at).toISOString().slice(11, 16));
  expect(shown.map((tick) => tick.label)).toEqual(["02:13", "02:28", "02:43", "02:58", "now"]);
});
