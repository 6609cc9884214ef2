import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { choose, grow, planAsName, planInWords, planned, PRESETS, retryFormOf, retryOf, USUAL, type RetryPolicy } from "./retry-plan";

test("the names stand for the server's waits", () => {
  const source = readFileSync(join(import.meta.dirname, "../../../src/webhook/retry.rs"), "utf8");
  const seconds = (name: string) =>
    (new RegExp(`Preset::${name} => &\\[(.*?)\\]`).exec(source)?.[1] ?? "")
      .split(",")
      .filter((part) => part.trim())
      .map((product) => product.split("*").reduce((all, factor) => all * Number(factor), 1));
  const units: Record<string, number> = { s: 1, m: 60, h: 3600 };
  const own = (waits: string[]) => waits.map((wait) => Number(wait.slice(0, -1)) * (units[wait.slice(-1)] ?? 0));
  expect(own(PRESETS.default.waits)).toEqual(seconds("Default"));
  expect(own(PRESETS.quick.waits)).toEqual(seconds("Quick"));
  expect(own(PRESETS.short.waits)).toEqual(seconds("Short"));
  expect(own(PRESETS.none.waits)).toEqual(seconds("None"));
});

test.each<[RetryPolicy, string]>([
  [{ preset: "default", jitter: 20 }, "Ten tries over 2½ days; then it is kept as failed."],
  [{ preset: "default", jitter: 20, attempts: 3 }, "Three tries over 35 s; then it is kept as failed."],
  [{ preset: "quick", jitter: 0 }, "Four tries over 7 s; then it is kept as failed."],
  [{ preset: "short", jitter: 20 }, "Four tries over 21 min; then it is kept as failed."],
  [{ preset: "none", jitter: 20 }, "One try. If it fails, it is kept as failed."],
  [{ schedule: ["5s", "1m"], jitter: 20 }, "Three tries over 1 min 5 s; then it is kept as failed."],
  [{ schedule: [], jitter: 20 }, "One try. If it fails, it is kept as failed."],
  [{ initial: "1s", factor: 2, max: "1h", attempts: 8, jitter: 20 }, "Eight tries over 2 min 7 s; then it is kept as failed."],
  [{ initial: "10m", factor: 10, max: "1h", attempts: 4, jitter: 20 }, "Four tries over 2 h 10 min; then it is kept as failed."],
])("%o", (policy, words) => {
  const form = retryFormOf(policy);
  expect(planInWords(form).replaceAll("\u202f", " ").replaceAll("\u00a0", " ")).toBe(words);
  expect(retryOf(form)).toEqual(policy);
});

test("what cannot be read is sent as it is typed, and has no plan", () => {
  const form = { ...USUAL, choice: "own" as const, waits: ["soon"], jitter: "a lot" };
  expect(planned(form)).toBeNull();
  expect(planInWords(form)).toBe("Waits are written like 30s, 5m, 2h or 1d.");
  expect(retryOf(form)).toEqual({ schedule: ["soon"], jitter: "a lot" });
});

test("one's own begins with what was chosen before", () => {
  expect(choose(USUAL, "own").waits).toEqual(PRESETS.default.waits);
  expect(choose({ ...USUAL, choice: "none" }, "own").waits).toEqual(["30s"]);
  const grown = grow(choose(USUAL, "own"), true);
  expect(planned(grown)).toEqual(["1s", "2s", "4s", "8s", "16s", "32s", "64s"]);
  expect(grow(grown, false).waits).toEqual(["1s", "2s", "4s", "8s", "16s", "32s", "64s"]);
});

test("its name for who does not see it", () => {
  const said = (waits: string[]) => planAsName(waits).replaceAll("\u202f", " ").replaceAll("\u00a0", " ");
  expect(said(["1s", "2s", "4s"])).toBe("After 1 s, 2 s and 4 s");
  expect(said(["1m"])).toBe("After 1 min");
  expect(said([])).toBe("No more tries");
});
