import { expect, test } from "vitest";
import { attemptStatus, deliveryStatus, healthStatus, times, titled, waitWords } from "./status";

test.each([
  [{ status: "delivered" }, "ok", "delivered", "Delivered"],
  [{ status: "pending", waits_for: { reason: "breaker" } }, "idle", "pending", "Pending"],
  [{ status: "retrying", waits_for: { reason: "time" } }, "warn", "retrying", "Retrying"],
  [{ status: "failed" }, "bad", "failed", "Failed"],
  [{ status: "cancelled" }, "idle", "cancelled", "Cancelled"],
  [{ status: "pending", waits_for: { reason: "webhook_paused" } }, "held", "held", "Held"],
  [{ status: "retrying", waits_for: { reason: "webhook_paused" } }, "held", "held", "Held"],
  [{ status: "unknown" }, "idle", "dash", "Unknown"],
] as const)("a delivery %o", (delivery, state, icon, word) => expect(deliveryStatus(delivery)).toEqual({ state, icon, word }));

test.each([
  ["healthy", "ok", "delivered", "Healthy"],
  ["degraded", "warn", "degraded", "Degraded"],
  ["failing", "bad", "failed", "Failing"],
  ["paused", "held", "held", "Paused"],
  ["disabled", "idle", "cancelled", "Disabled"],
])("a webhook that is %s", (health, state, icon, word) => expect(healthStatus(health)).toEqual({ state, icon, word }));

test.each([
  [{ response: { status: 200 } }, "ok", "200"],
  [{ response: { status: 503 }, error: { kind: "http", message: "" } }, "bad", "503"],
  [{ response: { status: 429 }, error: { kind: "throttled", message: "" } }, "warn", "429"],
  [{ error: { kind: "timeout", message: "" } }, "bad", "No answer"],
  [{ error: { kind: "dns", message: "" } }, "bad", "No address"],
  [{ error: { kind: "skipped", message: "" } }, "idle", "Skipped"],
])("an attempt %o", (attempt, state, word) => expect(attemptStatus(attempt)).toMatchObject({ state, word }));

test("what is waited for is said", () => {
  expect(waitWords("breaker")).toBe("waits for the lane");
  expect(waitWords("turn")).toBe("waits for its turn");
  expect(waitWords("something new")).toBe("waits");
});

test("titles carry what fails", () => {
  expect(titled("Overview", 1)).toBe("(1 failing) Overview · lanehook");
  expect(titled("", 0)).toBe("lanehook");
  expect([1, 2, 3, 12].map(times)).toEqual(["once", "twice", "three times", "12 times"]);
});
