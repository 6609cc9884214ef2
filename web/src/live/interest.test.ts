import { expect, test } from "vitest";
import { united, wants, type Happening } from "./interest";

test("one stream is asked for what all parts want together", () => {
  expect(united([])).toBeNull();
  expect(united([{ kinds: ["delivery"], webhooks: ["b", "a"] }])).toBe("kind=delivery&webhook=a%2Cb");
  expect(united([{ kinds: ["delivery"], webhooks: ["a"] }, { kinds: ["health"] }])).toBe("kind=delivery%2Chealth");
  expect(united([{ kinds: ["delivery"], webhooks: ["a"] }, { kinds: ["health"], isModest: true }])).toBe("kind=delivery%2Chealth&webhook=a");
  expect(united([{ kinds: ["health"], isModest: true }])).toBe("kind=health");
});

test("each part gets what it wants", () => {
  const delivery = { kind: "delivery", id: "dlv_1", webhook: "a", status: "failed", event_type: "x", at: "" } as unknown as Happening;
  expect(wants({ kinds: ["delivery"] }, delivery)).toBe(true);
  expect(wants({ kinds: ["event"] }, delivery)).toBe(false);
  expect(wants({ kinds: ["delivery"], webhooks: ["b"] }, delivery)).toBe(false);
  expect(wants({ kinds: ["delivery"], statuses: ["failed"] }, delivery)).toBe(true);
  expect(wants({ kinds: ["delivery"], eventTypes: ["y"] }, delivery)).toBe(false);
});
