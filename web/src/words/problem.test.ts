import { expect, test } from "vitest";
import { problemInWords, sentence } from "./problem";

test.each([
  [{ status: null }, "Deliveries could not be loaded.", "No answer came from the server.", true],
  [{ status: 500, detail: "something went wrong here" }, "Deliveries could not be loaded.", "Something went wrong here.", true],
  [{ status: 401 }, "You were signed out.", "Sign in to go on; what you typed is kept.", false],
  [{ status: 403, code: "missing_scope", detail: "the key lacks the scope `deliveries:read`" }, "Your key cannot see deliveries: it lacks `deliveries:read`.", "", false],
  [{ status: 404 }, "There is no such delivery, or it is another tenant's.", "", false],
  [{ status: 429, retryAfter: 3 }, "Slow down: go on in 3\u202fs.", "", true],
] as const)("%o", (problem, title, detail, retry) => {
  expect(problemInWords({ ...problem, request_id: "req_1" }, "Deliveries", "delivery")).toEqual({ title, detail, requestId: "req_1", retry });
});

test("the portal does not speak of other tenants", () => {
  expect(problemInWords({ status: 404 }, "Deliveries", "delivery", true).title).toBe("There is no such delivery.");
});

test("sentences end", () => {
  expect([sentence("it is paused"), sentence("Why?"), sentence("So.")]).toEqual(["It is paused.", "Why?", "So."]);
});
