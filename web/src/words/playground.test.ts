import { expect, test } from "vitest";
import { answersWords, givenWords, signatureWords, stepsAfter, stepsBefore, type PreviewLike, type TestLike } from "./playground";
import { plain } from "./text";

const steps = (of: { icon: string; words: Parameters<typeof plain>[0] }[]) => of.map((step) => `${step.icon}: ${plain(step.words)}`);
const BODY = { body: { encoding: "utf8", content: "x".repeat(249) } };

test.each<[PreviewLike, string[]]>([
  [{ matches: true, request: BODY }, ["delivered: matches", "delivered: body made (249 B)"]],
  [
    { matches: false, mismatch: { reason: "event_types", clauses: [], more: false }, request: { body: { encoding: "base64", content: "AAAA" } } },
    ["dash: would not get it: the type is not asked for", "delivered: body made (3 B)"],
  ],
  [{ matches: true, error: { kind: "render", message: "line 1: no such name" } }, ["delivered: matches", "failed: no body: Line 1: no such name."]],
  [{ matches: true, error: { kind: "skipped", message: "null" } }, ["delivered: matches", "dash: its script says not to send this one"]],
])("before: %o", (preview, words) => expect(steps(stepsBefore(preview)).map((step) => step.replace(/\s/g, " "))).toEqual(words));

const NO_TIME = { dns_us: 0, connect_us: 0, tls_us: 0, total_us: 31_000 };
const URL = "https://a.example/";
const INSIDE = "lanehook://inspect/ins_1";
const SIGNED = { url: URL, headers: [{ name: "webhook-signature", value: "v1,…" }] };
test.each<[TestLike, string[]]>([
  [{ delivered: true, status: 200, request: SIGNED, timings: { ...NO_TIME, connect_us: 21_000 } }, ["delivered: signed", "delivered: connected 21 ms", "delivered: 200 in 31 ms"]],
  [{ delivered: true, status: 204, request: { url: INSIDE, headers: [] }, timings: NO_TIME }, ["dash: not signed", "delivered: handed over", "delivered: 204 in 31 ms"]],
  [
    { delivered: false, status: 503, error: { kind: "http", message: "the receiver answered 503" }, request: SIGNED, timings: NO_TIME },
    ["delivered: signed", "delivered: over a kept connection", "failed: 503 in 31 ms: The receiver answered 503."],
  ],
  [{ delivered: false, error: { kind: "timeout", message: "no complete answer within 10s" }, request: { ...SIGNED, url: INSIDE }, timings: NO_TIME }, ["delivered: signed", "delivered: handed over", "failed: No complete answer within 10s."]],
  [{ delivered: false, error: { kind: "dns", message: "the name has no address" }, request: SIGNED, timings: NO_TIME }, ["delivered: signed", "failed: The name has no address."]],
  [{ delivered: false, error: { kind: "settings", message: "there is no inspector" }, request: { url: INSIDE, headers: [] }, timings: NO_TIME }, ["failed: There is no inspector."]],
])("after: %o", (of, words) => expect(steps(stepsAfter(of)).map((step) => step.replace(/\s/g, " "))).toEqual(words));

test.each([
  [{ state: "verified", secrets: ["current"] }, "Signature verified"],
  [{ state: "verified", secrets: ["current", "previous"] }, "Signed by both secrets"],
  [{ state: "verified", secrets: ["previous"] }, "Signed by the secret before"],
  [{ state: "refused", secrets: [], reason: "no signature matches" }, "Signature refused"],
  [{ state: "unsigned", secrets: [], reason: "x" }, "Not signed"],
  [{ state: "not_checked", secrets: [], reason: "x" }, "Signature not checked"],
])("%o", (signature, word) => expect(signatureWords(signature).word).toBe(word));

test("what an inspector gave and will give", () => {
  expect(givenWords({ answer: { status: 503 } })).toBe("answered 503");
  expect(givenWords({ gave_up_after: "5s" })).toBe("given up after 5s");
  expect(givenWords({})).toBe("not answered yet");
  expect(answersWords({ status: 200, delay: "0s", body: "" })).toBe("answers 200 at once");
  expect(answersWords({ status: 503, delay: "3s", body: "ok" }).replace(/\s/g, " ")).toBe("answers 503 after 3s, with 2 B");
});
