import { expect, test } from "vitest";
import { rail, type RailDelivery } from "./rail";

const NOW = Date.parse("2026-11-12T03:12:40Z");
const at = (time: string) => `2026-11-12T${time}Z`;

const retrying: RailDelivery = {
  status: "retrying",
  created_at: at("03:05:51"),
  attempts: [
    { number: 1, started_at: at("03:05:51.010"), error: { kind: "timeout", message: "" } },
    { number: 2, started_at: at("03:06:31"), response: { status: 503 }, error: { kind: "http", message: "" } },
    { number: 3, started_at: at("03:08:31"), response: { status: 503 }, error: { kind: "http", message: "" } },
  ],
  planned_attempts: [
    { number: 4, at: at("03:18:31") },
    { number: 5, at: at("04:18:31") },
    { number: 6, at: "2026-11-14T15:20:00Z" },
  ],
};

test("attempts that were, the next, those to come, and the end", () => {
  const { stops, folded } = rail(retrying, NOW, "UTC");
  expect(stops.map((stop) => [stop.kind, stop.label, stop.when, stop.gap?.replaceAll("\u202f", " ") ?? null])).toEqual([
    ["accepted", "Accepted", "03:05:51", null],
    ["attempt", "No answer", "03:05:51", null],
    ["attempt", "503", "03:06:31", "39 s"],
    ["attempt", "503", "03:08:31", "2 min"],
    ["planned", "4", "03:18:31", "10 min"],
    ["planned", "5", "≈ 04:18", "1 h"],
    ["planned", "6", "≈ Sat 15:20", "2 d 11 h"],
    ["end", "Given up", "after attempt 6", null],
  ]);
  expect(folded).toBe("2 more, until Sat 15:20");
  const next = stops[4];
  expect(next?.kind === "planned" && Math.round(next.gone * 100)).toBe(42);
});

test("what is delivered ends with its attempt", () => {
  const { stops, folded } = rail({ ...retrying, status: "delivered", attempts: [{ number: 1, started_at: at("03:05:51"), response: { status: 200 } }], planned_attempts: [] }, NOW, "UTC");
  expect(stops.map((stop) => stop.label)).toEqual(["Accepted", "200"]);
  expect(folded).toBeNull();
});

test("a next try that is due says now, and one without a time nothing", () => {
  const due = rail({ ...retrying, planned_attempts: [{ number: 4, at: at("03:12:39") }] }, NOW, "UTC").stops[4];
  expect(due).toMatchObject({ when: "now", gone: 1 });
  const held = rail({ ...retrying, planned_attempts: [{ number: 4, at: null }] }, NOW, "UTC").stops[4];
  expect(held).toMatchObject({ when: "" });
});
