import { expect, test } from "vitest";
import { authWords, bodyWords, retryWords, signingWords } from "./settings";

test.each([
  [{ attempts: 10, total: "60h" }, "9 more tries, over 2½ days"],
  [{ attempts: 4, total: "7s" }, "3 more tries, over 7\u202fs"],
  [{ attempts: 2, total: "72h" }, "1 more try, over 3 days"],
  [{ attempts: 1, total: "0s" }, "none: one try"],
])("retries %o", (plan, words) => expect(retryWords(plan)).toBe(words));

test.each([
  [{ platform: null, payload: null }, "standard"],
  [{ platform: "slack", payload: null }, "the message of slack"],
  [{ platform: null, payload: { type: "template" }, batch: { max_events: 100 } }, "by a template, up to 100 together"],
])("bodies %o", (webhook, words) => expect(bodyWords(webhook)).toBe(words));

test.each([
  [{ has_secret: true, signing: { algorithm: "sha256", dialects: [{ type: "standard" }] } }, "Standard Webhooks, SHA-256"],
  [{ has_secret: true, public_key: "whpk_", signing: { dialects: [{ type: "standard" }] } }, "Standard Webhooks, Ed25519"],
  [{ has_secret: true, signing: { algorithm: "sha512", dialects: [{ type: "hub" }, { type: "plain" }] } }, "X-Hub-Signature and X-Webhook-Signature, SHA-512"],
  [{ has_secret: false, signing: { dialects: [{ type: "standard" }] } }, "not signed"],
  [{ has_secret: true, signing: { dialects: [] } }, "not signed"],
])("signing %o", (webhook, words) => expect(signingWords(webhook)).toBe(words));

test("auth", () => {
  expect([authWords({ type: "none" }), authWords({ type: "basic", username: "u" }), authWords({ type: "header", name: "x-key" })]).toEqual(["none", "basic, as u", "the header x-key"]);
});
