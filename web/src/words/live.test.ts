import { expect, test } from "vitest";
import { liveWords, offlineWords } from "./live";

const AT = Date.parse("2026-11-12T03:12:40Z");

test.each([
  [{ name: "live" }, "Live"],
  [{ name: "connecting" }, "Connecting"],
  [{ name: "paused", since: AT }, "Paused at 03:12:40"],
  [{ name: "polling" }, "Reading again every 10 s"],
  [{ name: "off" }, ""],
] as const)("%o", (phase, words) => expect(liveWords(phase, "UTC")).toBe(words));

test("without a connection", () => {
  expect(offlineWords(AT, 3.2, "UTC")).toBe("No connection since 03:12:40. What you see is from then. Trying again in 4 s.");
  expect(offlineWords(AT, null, "UTC")).toBe("No connection since 03:12:40. What you see is from then.");
});
