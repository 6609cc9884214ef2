import { expect, test } from "vitest";
import { granularityOf, seriesOf, sumOf } from "./series";

const stats = {
  from: "2026-11-12T02:00:00Z",
  to: "2026-11-12T02:04:00Z",
  granularity: "minute",
  data: [
    { at: "2026-11-12T02:01:00Z", attempts: 10, deliveries: 8, delivered: 6, failures: { throttled: 1, http: 2, timeout: 1 }, request_time: { p95_ms: 12 } },
    { at: "2026-11-12T02:09:00Z", attempts: 99, deliveries: 99, delivered: 99, failures: {}, request_time: null },
  ],
};

test("every span is there, and none that is beside", () => {
  const series = seriesOf(stats);
  expect(series).toMatchObject({ seconds: 60, succeeded: [0, 6, 0, 0], throttled: [0, 1, 0, 0], failed: [0, 3, 0, 0], deliveries: [0, 8, 0, 0], p95: [null, 12, null, null] });
  expect(sumOf(series, 1, 3)).toEqual({ attempts: 10, succeeded: 6, failed: 3, throttled: 1, deliveries: 8 });
});

test("fine where it is short", () => {
  expect([3_600_000, 86_400_000, 2_592_000_000].map(granularityOf)).toEqual(["minute", "hour", "day"]);
});
