import { expect, test } from "vitest";
import { deedWords, sideText, whoWords, type AuditLike } from "./audit";
import { plain } from "./text";

const key = { kind: "key", id: "key_1", key: "key_1", name: "deploy" };

test.each([
  [key, "deploy"],
  [{ ...key, name: null }, "key_1"],
  [{ ...key, kind: "session", id: "ses_1" }, "deploy, signed in"],
  [{ kind: "portal", id: "ses_1", key: null, name: null }, "a customer"],
  [{ kind: "operator", id: null, key: null, name: null }, "an operator"],
  [{ kind: "owner", id: "keys_create", key: null, name: null }, "the owner, at the command line"],
  [{ kind: "system", id: "lanes", key: null, name: null }, "lanehook, since it failed"],
  [{ kind: "system", id: "something", key: null, name: null }, "lanehook"],
])("%j", (actor, words) => expect(plain(whoWords(actor))).toBe(words));

const line = (action: string, id: string, before: unknown = null, after: unknown = null): AuditLike => ({ action, actor: key, subject: { kind: action.split(".")[0] ?? "", id }, before, after });

test.each([
  [line("webhook.created", "user-42", null, { url: "x" }), "Made the webhook user-42"],
  [line("webhook.changed", "user-42", { status: "active" }, { status: "paused" }), "Paused user-42"],
  [line("webhook.changed", "user-42", { status: "paused" }, { status: "active" }), "Resumed user-42"],
  [line("webhook.changed", "user-42", { status: "disabled", status_reason: "by_request" }, { status: "active", status_reason: null }), "Enabled user-42"],
  [line("webhook.changed", "user-42", { url: "a", retry: 1 }, { url: "b", retry: 2 }), "Changed url and retry of user-42"],
  [line("webhook.changed", "w", {}, { a: 1, b: 1, c: 1, d: 1, e: 1 }), "Changed a, b, c and 2 others of w"],
  [line("webhook.secret_read", "w"), "Read the secret of w"],
  [line("api_key.created", "key_2", null, { name: "reader" }), "Made the key reader"],
  [line("api_key.deleted", "key_2"), "Revoked the key key_2"],
  [line("session.begun", "ses_1"), "Signed in"],
  [line("theme.saved", ""), "Saved the theme"],
  [line("something.newer", "x"), "something.newer x"],
])("%j", (line, words) => expect(plain(deedWords(line))).toBe(words));

test("what is there leads to its page, what is gone to none", () => {
  expect(deedWords(line("webhook.tested", "a/b")).at(-1)).toEqual({ text: "a/b", to: "/webhooks/a%2Fb", strong: true });
  expect(deedWords(line("webhook.deleted", "w")).at(-1)).toEqual({ strong: "w" });
});

test("a side is written so that its lines can be compared", () => {
  expect(sideText(null)).toBe("");
  expect(sideText({ a: 1 })).toBe('{\n  "a": 1\n}');
});
