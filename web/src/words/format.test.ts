import { describe, expect, test } from "vitest";
import * as format from "./format";

const thin = (text: string) => text.replaceAll("_", "\u202f");
const at = (text: string) => Date.parse(text);
const NOW = at("2026-11-12T03:12:40Z");

test.each([
  [0, "0"],
  [1284, "1,284"],
  [148210, "148,210"],
])("count of %d", (value, text) => expect(format.count(value)).toBe(text));

test.each([
  [950, "950"],
  [9999, "9,999"],
  [12_400, "12k"],
  [1_250_000, "1.2M"],
])("on an axis %d", (value, text) => expect(format.axis(value)).toBe(text));

test.each([
  [null, "–"],
  [1, "100_%"],
  [0.99999, "99.9_%"],
  [0.9984, "99.8_%"],
  [0.999, "99.9_%"],
  [0.5, "50_%"],
  [0.0004, "under 0.1_%"],
  [0.001, "0.1_%"],
  [0, "0_%"],
])("per cents of %d", (share, text) => expect(format.percent(share)).toBe(thin(text)));

test.each([
  [-5, "0_ms"],
  [0, "0_ms"],
  [0.36, "0.3_ms"],
  [187.4, "187_ms"],
  [999.7, "999_ms"],
  [4_260, "4.2_s"],
  [35_900, "35_s"],
  [60_000, "1_min"],
  [409_000, "6_min 49_s"],
  [4_800_000, "1_h 20_min"],
  [216_000_000, "2_d 12_h"],
])("%d ms", (ms, text) => expect(format.duration(ms)).toBe(thin(text)));

test.each([
  [430_000, "7:10"],
  [50_100, "51_s"],
  [0, "now"],
  [-4000, "now"],
  [3_700_000, "1_h 1_min"],
])("countdown of %d ms", (ms, text) => expect(format.countdown(ms)).toBe(thin(text)));

test.each([
  [249, "249_B"],
  [1_400, "1.4_kB"],
  [262_144, "262_kB"],
  [1_260_000, "1.2_MB"],
])("%d bytes", (value, text) => expect(format.bytes(value)).toBe(thin(text)));

test.each([
  [148_210, 3_600_000, "41 a second"],
  [4_200, 3_600_000, "1.1 a second"],
  [90, 3_600_000, "1.5 a minute"],
  [9, 3_600_000, "9 an hour"],
  [3, 86_400_000, "3 a day"],
])("%d in %d ms", (many, ms, text) => expect(format.rate(many, ms)).toBe(text));

test("rate limits", () => {
  expect(format.rateLimit({ limit: 600, per: "minute" })).toBe("600 a minute");
  expect(format.rateLimit({ limit: 2, per: "hour" })).toBe("2 an hour");
});

test.each([
  ["5s", 5_000],
  ["2m", 120_000],
  ["1h30m", 5_400_000],
  ["1d", 86_400_000],
  ["500ms", 500],
])("span %s", (text, ms) => expect(format.span(text)).toBe(ms));

describe("times", () => {
  test.each([
    ["2026-11-12T03:12:39Z", "now"],
    ["2026-11-12T03:12:28Z", "12_s ago"],
    ["2026-11-12T03:05:51Z", "6_min ago"],
    ["2026-11-12T00:05:51Z", "3_h ago"],
    ["2026-11-10T04:12:00Z", "Tue 10 Nov, 04:12"],
    ["2025-11-10T04:12:00Z", "Mon 10 Nov 2025, 04:12"],
    ["2026-11-12T03:19:50Z", "in 7_min 10_s"],
    ["2026-11-14T15:20:00Z", "in 2_d 12_h"],
  ])("%s is %s", (time, text) => expect(format.relative(at(time), NOW, "UTC")).toBe(thin(text)));

  test("the zone is the one that was asked for", () => {
    expect(format.clock(NOW, "UTC")).toBe("03:12");
    expect(format.clock(NOW, "Asia/Tokyo")).toBe("12:12");
    expect(format.exact(at("2026-11-10T04:12:01.402Z"), "UTC")).toBe("Tue 10 Nov 2026, 04:12:01.402 UTC");
    expect(format.since(at("2026-11-11T23:00:00Z"), NOW, "UTC")).toBe("Wed 11 Nov, 23:00");
    expect(format.since(at("2026-11-12T03:05:00Z"), NOW, "UTC")).toBe("03:05");
  });

  test("stops of a rail lose their seconds as they are further away", () => {
    expect(format.stop(at("2026-11-12T03:19:50Z"), NOW, "UTC")).toBe("03:19:50");
    expect(format.stop(at("2026-11-13T15:20:00Z"), NOW, "UTC")).toBe("Fri 15:20");
    expect(format.stop(at("2026-11-27T15:20:00Z"), NOW, "UTC")).toBe("Fri 27 Nov");
  });
});
