import { expect, test } from "vitest";
import { waterfall } from "./phases";

test("each phase begins where the one before ended", () => {
  const { isReused, phases } = waterfall({ dns_us: 3_000, connect_us: 21_000, tls_us: 38_000, first_byte_us: 186_000, total_us: 187_000 }, true);
  expect(isReused).toBe(false);
  expect(phases.map(({ name, ms }) => [name, ms])).toEqual([["Look-up", 3], ["Connect", 21], ["TLS", 38], ["Waiting", 124], ["Body", 1]]);
  expect(phases[3]).toMatchObject({ left: 33.16, width: 66.31, tone: 4 });
});

test("a kept connection says so instead of showing zeros", () => {
  const { isReused, phases } = waterfall({ dns_us: 0, connect_us: 0, tls_us: 0, first_byte_us: 900, total_us: 1_000 }, true);
  expect(isReused).toBe(true);
  expect(phases.map((phase) => phase.name)).toEqual(["Waiting", "Body"]);
});

test("without an answer all of it was waiting", () => {
  const { isReused, phases } = waterfall({ dns_us: 1_000, connect_us: 1_000, tls_us: 0, first_byte_us: 0, total_us: 10_000_000 }, false);
  expect(isReused).toBe(false);
  expect(phases.map((phase) => [phase.name, phase.ms])).toEqual([["Look-up", 1], ["Connect", 1], ["Waiting", 9_998]]);
});
