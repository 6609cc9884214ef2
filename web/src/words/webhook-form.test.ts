import { expect, test } from "vitest";
import { alike, BLANK, changesOf, differing, draftOf, filterRead, orderOf, restored, settingsOf, storable, turned, USUAL_BATCH, type Draft, type WebhookLike } from "./webhook-form";

const WEBHOOK: WebhookLike = {
  platform: null, url: "https://a.example/in", fields: {}, name: "Desk", description: "", note: "", metadata: { team: "desk" }, starred: false,
  event_types: ["price_alert"], assets: { symbols: ["AAPL"] }, filter: { data: { price: { $gte: 180 } } }, retry: { preset: "default", jitter: 20 },
  payload: { type: "template", template: "{}", format: "json", content_type: null, names: "bare" }, batch: { max_events: 10, max_wait: "1s", max_bytes: 1048576, collapse: null }, has_secret: true,
  signing: { dialects: [{ type: "standard" }], algorithm: "sha256" }, rate_limit: { limit: 600, per: "minute" }, max_concurrency: 16, ordering: "key",
  headers: { "x-a": "[redacted]", "x-b": "2" }, public_headers: ["x-b"], auth: { type: "bearer", token: "[redacted]" }, timeout: "10s", disable_after: null, self_heal: false, verify_tls: true,
};

test("what was only read changes nothing", () => expect(changesOf(draftOf(WEBHOOK), draftOf(WEBHOOK))).toEqual({}));

test("a new one asks only for what is not usual", () => {
  expect(orderOf(BLANK)).toEqual({});
  expect(orderOf({ ...BLANK, url: " https://a.example/in ", name: "A", eventTypes: ["news.*"], secret: { choice: "made", own: "", type: "ed25519" } })).toEqual({ url: "https://a.example/in", name: "A", event_types: ["news.*"], secret_type: "ed25519" });
  expect(orderOf({ ...BLANK, platform: "slack", secret: { choice: "none", own: "", type: "hmac" }, rate: { choice: "none", limit: "", per: "second" } })).toEqual({ platform: "slack", secret: null, rate_limit: null });
});

const was = draftOf(WEBHOOK);
test.each<[string, Partial<Draft>, Record<string, unknown>]>([
  ["a name", { name: "Trading desk" }, { name: "Trading desk" }],
  ["an address", { url: "https://b.example/in" }, { url: "https://b.example/in" }],
  ["every event", { eventTypes: [] }, { event_types: ["*"] }],
  ["no filter", { filter: { view: "json", text: "" } }, { filter: null }],
  ["a filter takes the other's whole place", { filter: { view: "json", text: '{"type":"a"}' } }, { filter: { type: "a" } }],
  ["a header goes, one comes; what is secret is not sent back", { headers: [{ name: "x-a", value: "[redacted]", isPublic: false }, { name: "x-c", value: "3", isPublic: false }] }, { headers: { "x-b": null, "x-c": "3" }, public_headers: [] }],
  ["another kind of authentication", { auth: { ...was.auth, type: "basic", username: "u", password: "p" } }, { auth: { type: "basic", username: "u", password: "p" } }],
  ["no authentication", { auth: { ...was.auth, type: "none" } }, { auth: { type: "none" } }],
  ["a template's text", { body: { ...was.body, template: "{ }" } }, { payload: { template: "{ }" } }],
  ["the platform's body", { body: { ...was.body, type: "platform" } }, { payload: null }],
  ["one by one", { batch: null }, { batch: null }],
  ["more in one", { batch: { ...was.batch!, maxEvents: "20", maxBytes: "" } }, { batch: { max_events: 20, max_bytes: null } }],
  ["no rate", { rate: { ...was.rate, choice: "none" } }, { rate_limit: null }],
  ["no secret", { secret: { choice: "none", own: "", type: "hmac" } }, { secret: null }],
  ["one's own secret", { secret: { choice: "own", own: "whsec_abc12345", type: "hmac" } }, { secret: "whsec_abc12345" }],
  ["what is no number", { concurrency: "many" }, { max_concurrency: "many" }],
  ["assets of another kind", { symbols: [], sectors: ["tech"] }, { assets: { symbols: null, sectors: ["tech"] } }],
  ["fewer tries", { retry: { ...was.retry, attempts: "3" } }, { retry: { attempts: 3 } }],
  ["own retries", { retry: { ...was.retry, choice: "own", waits: ["5s"], growth: null } }, { retry: { schedule: ["5s"], jitter: 20 } }],
])("%s", (_, change, patch) => expect(changesOf(was, { ...was, ...change })).toEqual(patch));

test("as many tries again as the waits come to", () => {
  const cut = { ...was, retry: { ...was.retry, attempts: "3" } };
  expect(changesOf(cut, was)).toEqual({ retry: { attempts: null } });
});

test("two differ by what the form calls it", () => expect(differing(was, { ...was, name: "B", url: "https://b.example", body: { ...was.body, type: "plain" } })).toEqual(["URL", "name", "body"]));

test.each<[string, Draft["filter"], unknown, string | null]>([
  ["nothing", { view: "json", text: " " }, null, null],
  ["null", { view: "json", text: "null" }, null, null],
  ["a list", { view: "json", text: "[]" }, null, "A filter is an object"],
  ["no JSON", { view: "json", text: "{" }, null, "This is not JSON"],
  ["a number too large", { view: "json", text: '{"data":{"a":9007199254740993}}' }, null, "Whole numbers beyond"],
  ["an object", { view: "json", text: '{"type":"a"}' }, { type: "a" }, null],
])("a filter of %s", (_, filter, value, fault) => {
  const read = filterRead(filter);
  expect(read.value).toEqual(value);
  if (fault === null) expect(read.fault).toBeNull();
  else expect(read.fault).toContain(fault);
});

test("the two views of a filter turn into each other, and what is no JSON stays", () => {
  const json = turned(was.filter);
  expect(json.view).toBe("json");
  expect(turned(json)).toEqual(was.filter);
  const broken: Draft["filter"] = { view: "json", text: "{" };
  expect(turned(broken)).toBe(broken);
});

test("a draft that lies in the browser has no credential", () => {
  const blank: Draft = { ...BLANK, fields: { old: "[redacted]" } };
  const draft: Draft = { ...was, url: "https://a.example/in?token=s3cret", fields: { key: "s3cret", room: "r", old: "s3cret" }, headers: [{ name: "x", value: "s3cret", isPublic: false }, { name: "y", value: "shown", isPublic: true }], auth: { ...was.auth, token: "s3cret", password: "s3cret", value: "s3cret" }, secret: { choice: "own", own: "s3cret", type: "hmac" } };
  const stored = storable(draft, blank, new Set(["key", "old"]), false);
  expect(JSON.stringify(stored)).not.toContain("s3cret");
  expect(stored.fields).toEqual({ key: "", room: "r", old: "[redacted]" });
  expect(stored.headers[1]?.value).toBe("shown");
  expect(stored.secret.choice).toBe("made");
  expect(storable({ ...was, url: "https://hooks.slack.com/services/T0/B0/s3cret" }, was, new Set(), true).url).toBe("");
  expect(storable({ ...was, url: "https://hooks.slack.com/services/T0/B0/s3cret" }, { ...was, url: "https://hooks.slack.com/services/T0/B0/…" }, new Set(), true).url).toContain("…");
});

test("a draft that is taken up again takes no credential away", () => {
  const draft: Draft = { ...was, name: "B", headers: [{ name: "x-a", value: "typed", isPublic: false }, ...was.headers.slice(1)], auth: { ...was.auth, token: "typed" } };
  expect(changesOf(was, storable(draft, was, new Set(), false))).toEqual({ name: "B" });
});

test("an address that nobody changed is whole again", () => {
  const now = { ...was, url: "https://a.example/in?token=s3cret" };
  const stored = { draft: storable({ ...now, name: "B" }, now, new Set(), false), was: storable(now, now, new Set(), false) };
  expect(changesOf(restored(stored, now, true).was, restored(stored, now, true).draft)).toEqual({ name: "B" });
  expect(restored(stored, now, false).draft.url).toBe(now.url);
  expect(restored(stored, now, false).was.url).toBe(now.url);
});

test("one like another has no secrets of it", () => {
  const draft = alike({ ...WEBHOOK, url: "https://hooks.slack.com/services/T0/B0/…", fields: { a: "[redacted]", b: "1" } }, true);
  expect(JSON.stringify(settingsOf(draft))).not.toContain("[redacted]");
  expect([draft.name, draft.url, draft.fields, draft.secret.choice]).toEqual(["Desk (2)", "", { b: "1" }, "made"]);
});

test("a batch is asked for in full", () => expect(settingsOf({ ...BLANK, batch: USUAL_BATCH }).batch).toEqual({ max_events: 100, max_wait: "1s" }));
