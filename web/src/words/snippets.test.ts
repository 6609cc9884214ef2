import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { LANGUAGES, snippet } from "./snippets";

const standard = { dialects: [{ type: "standard" }] };

test("each language has the secret in place", () => {
  for (const language of LANGUAGES) {
    expect(snippet(language, standard, "whsec_abc")).toContain("whsec_abc");
    expect(snippet(language, { dialects: [{ type: "hub" }] }, "s")).toMatch(/X-Hub-Signature-256|x-hub-signature-256|HTTP_X_HUB_SIGNATURE_256/);
    expect(snippet(language, { dialects: [{ type: "timestamped", header: "X-PT-Signature", separator: "." }] }, "s")).toMatch(/PT.SIGNATURE/i);
  }
  expect(snippet("Go", { dialects: [] }, "s")).toBeNull();
});

test("a secret with quotes stays one text", () => {
  expect(snippet("PHP", standard, "a'b$c")).toContain("'a\\'b$c'");
  expect(snippet("Python", standard, 'a"b')).toContain('"a\\"b"');
});

/** What is to be pasted is run here, as far as this language can. */
function run(code: string, given: Record<string, unknown>): unknown {
  const body = code.replace(/^import .*$/gm, "").replace(/^\/\/.*$/gm, "");
  return new Function("createHmac", "timingSafeEqual", ...Object.keys(given), `${body}; return isGood;`)(createHmac, (a: Buffer, b: Buffer) => a.equals(b), ...Object.values(given));
}

test.each([
  ["hub", "sha256", "x-hub-signature-256"],
  ["hub", "sha512", "x-hub-signature-512"],
  ["plain", "sha256", "x-webhook-signature"],
])("what is pasted verifies %s with %s", (type, algorithm, header) => {
  const code = snippet("JavaScript", { algorithm, dialects: [{ type }] }, "secret")!;
  const good = `${algorithm}=${createHmac(algorithm, "secret").update("{}").digest("hex")}`;
  expect(run(code, { body: "{}", headers: { [header]: good } })).toBe(true);
  expect(run(code, { body: "{ }", headers: { [header]: good } })).toBe(false);
});

test("what is pasted verifies a signature with its time, and no old one", () => {
  const code = snippet("JavaScript", { dialects: [{ type: "timestamped", header: "X-PT-Signature" }] }, "secret")!;
  const signed = (at: number) => `t=${at},v1=${createHmac("sha256", "secret").update(`${at}{}`).digest("hex")}`;
  const now = Math.floor(Date.now() / 1000);
  expect(run(code, { body: "{}", headers: { "x-pt-signature": signed(now) } })).toBe(true);
  expect(run(code, { body: "{}", headers: { "x-pt-signature": signed(now - 400) } })).toBe(false);
});
