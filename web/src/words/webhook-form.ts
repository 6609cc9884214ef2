/**
 * A webhook as its form has it, from the API's form and back. Numbers are texts while they are typed; what cannot be read goes to the server as
 * it is, which says best what is wrong with it.
 */
import { filterOf, formOf, hasRounded, type FilterForm } from "./filter-form";
import { retryFormOf, retryOf, USUAL, type RetryForm, type RetryPolicy } from "./retry-plan";

export const REDACTED = "[redacted]";

/** The API's settings: what a webhook is asked for with, and what of it is shown. */
export type Settings = Record<string, unknown>;
type Auth = { type: "none" | "bearer" | "basic" | "header"; token: string; username: string; password: string; name: string; value: string };
export type BodyType = "platform" | "standard" | "plain" | "data" | "cloudevents" | "form" | "template" | "javascript";
export type Dialect = { type: "standard" | "hub" | "plain" } | { type: "timestamped"; header: string; separator: string };

export interface Draft {
  /** Empty: none is chosen, which is a receiver of one's own. */
  platform: string;
  url: string;
  fields: Record<string, string>;
  name: string;
  description: string;
  note: string;
  metadata: { name: string; value: string }[];
  starred: boolean;
  eventTypes: string[];
  symbols: string[];
  sectors: string[];
  /** Two views of one thing: while the form is shown it is the truth, while the JSON is, that is. */
  filter: { view: "form"; form: FilterForm } | { view: "json"; text: string };
  retry: RetryForm;
  body: { type: BodyType; template: string; code: string; format: "json" | "form" | "text"; contentType: string; names: "qualified" | "bare"; mode: "structured" | "binary"; source: string; handshake: boolean };
  batch: { maxEvents: string; maxWait: string; maxBytes: string; collapse: string; by: "payload" | "template" | "script"; template: string; script: string } | null;
  /** What becomes of the secret: one is made, one's own, the one that is there, or requests are not signed. */
  secret: { choice: "made" | "own" | "kept" | "none"; own: string; type: "hmac" | "ed25519" };
  signing: { dialects: Dialect[]; algorithm: "sha256" | "sha512" };
  rate: { choice: "platform" | "none" | "own"; limit: string; per: "second" | "minute" | "hour" | "day" };
  concurrency: string;
  ordering: "none" | "key" | "strict";
  headers: { name: string; value: string; isPublic: boolean }[];
  auth: Auth;
  timeout: string;
  disableAfter: string;
  selfHeal: boolean;
  verifyTls: boolean;
}

const NO_AUTH: Auth = { type: "none", token: "", username: "", password: "", name: "", value: "" };
const USUAL_BODY: Draft["body"] = { type: "platform", template: "", code: "", format: "json", contentType: "", names: "qualified", mode: "structured", source: "", handshake: false };
export const USUAL_BATCH: NonNullable<Draft["batch"]> = { maxEvents: "100", maxWait: "1s", maxBytes: "", collapse: "", by: "payload", template: "", script: "" };

export const BLANK: Draft = {
  platform: "", url: "", fields: {}, name: "", description: "", note: "", metadata: [], starred: false,
  eventTypes: [], symbols: [], sectors: [], filter: { view: "form", form: { match: "all", rows: [] } },
  retry: USUAL, body: USUAL_BODY, batch: null,
  secret: { choice: "made", own: "", type: "hmac" }, signing: { dialects: [{ type: "standard" }], algorithm: "sha256" },
  rate: { choice: "platform", limit: "10", per: "second" }, concurrency: "16", ordering: "none",
  headers: [], auth: NO_AUTH, timeout: "10s", disableAfter: "", selfHeal: false, verifyTls: true,
};

/** What is shown of a webhook, as far as its settings go. */
export interface WebhookLike {
  platform?: string | null; url: string; fields: Record<string, string>; name: string; description: string; note: string; metadata: Record<string, string>; starred: boolean;
  event_types: string[]; assets?: { symbols?: string[] | null; sectors?: string[] | null } | null; filter?: unknown; retry: RetryPolicy;
  payload?: Record<string, unknown> | null; batch?: Record<string, unknown> | null; has_secret: boolean;
  signing: { dialects?: { type: string; header?: string; separator?: string | null }[] | null; algorithm?: string | null };
  rate_limit?: { limit: number; per: string } | null; max_concurrency: number; ordering: string; headers: Record<string, string>; public_headers: string[];
  auth: { type: string } & Record<string, string>; timeout: string; disable_after?: number | null; self_heal: boolean; verify_tls: boolean;
}

export function draftOf(of: WebhookLike): Draft {
  const payload = of.payload as ({ type: BodyType } & Record<string, unknown>) | null | undefined;
  const batch = of.batch;
  return {
    platform: of.platform ?? "", url: of.url, fields: { ...of.fields }, name: of.name, description: of.description, note: of.note,
    metadata: Object.entries(of.metadata).map(([name, value]) => ({ name, value })), starred: of.starred,
    eventTypes: of.event_types.filter((pattern) => pattern !== "*"), symbols: of.assets?.symbols ?? [], sectors: of.assets?.sectors ?? [],
    // What would be written with another number than is kept there is shown as JSON, which says so.
    filter: hasRounded(of.filter) ? { view: "json", text: pretty(of.filter) } : { view: "form", form: formOf(of.filter) },
    retry: retryFormOf(of.retry),
    body: payload
      ? { ...USUAL_BODY, type: payload.type, template: text(payload.template), code: text(payload.code), format: (payload.format as "json") ?? "json", contentType: text(payload.content_type), names: (payload.names as "bare") ?? "qualified", mode: (payload.mode as "binary") ?? "structured", source: text(payload.source), handshake: payload.handshake === true }
      : USUAL_BODY,
    batch: batch ? { maxEvents: text(batch.max_events), maxWait: text(batch.max_wait), maxBytes: text(batch.max_bytes), collapse: text(batch.collapse), by: batch.template ? "template" : batch.script ? "script" : "payload", template: text(batch.template), script: text(batch.script) } : null,
    secret: { choice: of.has_secret ? "kept" : "none", own: "", type: "hmac" },
    signing: { dialects: (of.signing.dialects ?? []).map((dialect) => (dialect.type === "timestamped" ? { type: "timestamped", header: dialect.header ?? "", separator: dialect.separator ?? "" } : { type: dialect.type as "standard" })), algorithm: of.signing.algorithm === "sha512" ? "sha512" : "sha256" },
    rate: of.rate_limit ? { choice: "own", limit: String(of.rate_limit.limit), per: of.rate_limit.per as "second" } : { choice: "none", limit: "10", per: "second" },
    concurrency: String(of.max_concurrency), ordering: of.ordering as "none",
    headers: Object.entries(of.headers).map(([name, value]) => ({ name, value, isPublic: of.public_headers.includes(name) })),
    auth: { ...NO_AUTH, ...of.auth } as Auth, timeout: of.timeout, disableAfter: of.disable_after ? String(of.disable_after) : "", selfHeal: of.self_heal, verifyTls: of.verify_tls,
  };
}

/** The same as another's, to make one like it: without what is secret in it, since that is not known here. */
export function alike(of: WebhookLike, isSecretUrl: boolean): Draft {
  const draft = draftOf(of);
  return {
    ...draft, name: draft.name ? `${draft.name} (2)`.slice(0, 200) : "", url: isSecretUrl || draft.url.includes("…") ? "" : draft.url,
    fields: Object.fromEntries(Object.entries(draft.fields).filter(([, value]) => value !== REDACTED)),
    headers: draft.headers.map((header) => (header.value === REDACTED ? { ...header, value: "" } : header)),
    auth: Object.fromEntries(Object.entries(draft.auth).map(([key, value]) => [key, value === REDACTED ? "" : value])) as Auth,
    secret: { choice: of.has_secret ? "made" : "none", own: "", type: "hmac" },
  };
}

export type FilterRead = { value: Record<string, unknown> | null; fault: null } | { value: null; fault: string };

/** What the filter is, whichever of its views is open. */
export function filterRead(filter: Draft["filter"]): FilterRead {
  if (filter.view === "form") return { value: filterOf(filter.form), fault: null };
  if (filter.text.trim() === "") return { value: null, fault: null };
  try {
    const value: unknown = JSON.parse(filter.text);
    if (value === null) return { value: null, fault: null };
    if (typeof value !== "object" || Array.isArray(value)) return { value: null, fault: "A filter is an object, like {\"data\": {\"price\": {\"$gte\": 180}}}" };
    if (hasRounded(value)) return { value: null, fault: "Whole numbers beyond 9,007,199,254,740,991 would be rounded here. Such a filter is set over the API." };
    return { value: value as Record<string, unknown>, fault: null };
  } catch (error) {
    return { value: null, fault: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

export function pretty(value: unknown): string {
  return value === null || value === undefined ? "" : JSON.stringify(value, null, 2);
}

/** The other view of the same filter. JSON that cannot be read stays. */
export function turned(filter: Draft["filter"]): Draft["filter"] {
  const { value, fault } = filterRead(filter);
  if (fault !== null) return filter;
  return filter.view === "form" ? { view: "json", text: pretty(value) } : { view: "form", form: formOf(value) };
}

/** As the API takes it: what is at its default is said, too, so that two of them can be compared. */
export function settingsOf(draft: Draft): Settings {
  const { value: filter } = filterRead(draft.filter);
  const names = draft.headers.filter((header) => header.name.trim() !== "");
  const fields = Object.fromEntries(Object.entries(draft.fields).filter(([, value]) => value !== ""));
  const settings: Settings = {
    platform: draft.platform === "" ? null : draft.platform,
    url: draft.url.trim() === "" ? null : draft.url.trim(),
    fields,
    name: draft.name, description: draft.description, note: draft.note, starred: draft.starred,
    metadata: Object.fromEntries(draft.metadata.filter(({ name }) => name !== "").map(({ name, value }) => [name, value])),
    event_types: draft.eventTypes.length === 0 ? ["*"] : draft.eventTypes,
    assets: draft.symbols.length + draft.sectors.length === 0 ? null : { ...(draft.symbols.length > 0 ? { symbols: draft.symbols } : {}), ...(draft.sectors.length > 0 ? { sectors: draft.sectors } : {}) },
    filter,
    retry: retryOf(draft.retry),
    payload: payloadOf(draft.body),
    batch: batchOf(draft.batch),
    signing: { dialects: draft.signing.dialects.map((dialect) => (dialect.type === "timestamped" ? { type: "timestamped", header: dialect.header, separator: dialect.separator } : { type: dialect.type })), algorithm: draft.signing.algorithm },
    max_concurrency: number(draft.concurrency), ordering: draft.ordering,
    headers: Object.fromEntries(names.map(({ name, value }) => [name.trim(), value])),
    public_headers: names.filter(({ isPublic }) => isPublic).map(({ name }) => name.trim()),
    auth: authOf(draft.auth), timeout: draft.timeout.trim(), disable_after: draft.disableAfter.trim() === "" ? null : number(draft.disableAfter), self_heal: draft.selfHeal, verify_tls: draft.verifyTls,
  };
  if (draft.rate.choice !== "platform") settings.rate_limit = draft.rate.choice === "none" ? null : { limit: number(draft.rate.limit), per: draft.rate.per };
  if (draft.secret.choice === "own") settings.secret = draft.secret.own;
  if (draft.secret.choice === "none") settings.secret = null;
  return settings;
}

/** For `POST /webhooks`: without what is as it would be anyway. */
export function orderOf(draft: Draft): Settings {
  const usual = settingsOf(BLANK);
  const order = Object.fromEntries(Object.entries(settingsOf(draft)).filter(([key, value]) => key === "secret" || key === "rate_limit" || !same(value, usual[key])));
  if (draft.secret.choice === "made" && draft.secret.type !== "hmac") order.secret_type = draft.secret.type;
  return order;
}

/** For `PATCH /webhooks/{id}`: only what differs from what was read. */
export function changesOf(was: Draft, is: Draft): Settings {
  const before = settingsOf(was);
  const after = settingsOf(is);
  const changes: Settings = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (same(before[key], after[key])) continue;
    if (key === "secret" && !(key in after)) continue;
    // To nothing said: where a platform has its own, that one.
    if (key === "rate_limit" && !(key in after)) changes[key] = null;
    else changes[key] = MERGED.has(key) || (key === "retry" && isSameKind(before[key], after[key])) ? merged(before[key], after[key]) : after[key];
  }
  return changes;
}

/** Settings of which only a part is sent; another kind of the others takes the whole place. */
const MERGED = new Set(["fields", "headers", "metadata", "auth", "payload", "batch", "assets"]);

/** Retries are of a kind that has no name: by what only one kind has. */
function isSameKind(a: unknown, b: unknown): boolean {
  return isObject(a) && isObject(b) && ["preset", "schedule", "initial"].every((key) => key in a === key in b);
}

function merged(before: unknown, after: unknown): unknown {
  if (!isObject(before) || !isObject(after) || before.type !== after.type) return after;
  const change: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (!(key in after)) change[key] = null;
    else if (!same(before[key], after[key])) change[key] = after[key];
  }
  return change;
}

/** Which settings two differ in, by the names that the form has for them. */
export function differing(a: Draft, b: Draft): string[] {
  return Object.keys(changesOf(a, b)).map((key) => NAMES[key] ?? key.replaceAll("_", " "));
}

const NAMES: Record<string, string> = { url: "URL", event_types: "events", payload: "body", rate_limit: "rate", max_concurrency: "concurrency", ordering: "order", auth: "authentication", disable_after: "when it is disabled", self_heal: "self-healing", verify_tls: "certificate check", retry: "retries", metadata: "notes of your own", public_headers: "shown headers" };

function payloadOf(body: Draft["body"]): Record<string, unknown> | null {
  switch (body.type) {
    case "platform": return null;
    case "template": return { type: "template", template: body.template, format: body.format, names: body.names, ...(body.format === "text" && body.contentType.trim() ? { content_type: body.contentType.trim() } : {}) };
    case "javascript": return { type: "javascript", code: body.code };
    case "cloudevents": return { type: "cloudevents", mode: body.mode, ...(body.handshake ? { handshake: true } : {}), ...(body.source.trim() ? { source: body.source.trim() } : {}) };
    default: return { type: body.type };
  }
}

function batchOf(batch: Draft["batch"]): Record<string, unknown> | null {
  if (!batch) return null;
  const optional = Object.entries({ max_events: number(batch.maxEvents), max_wait: batch.maxWait.trim(), max_bytes: number(batch.maxBytes), collapse: batch.collapse.trim() }).filter(([, value]) => value !== "");
  return { ...Object.fromEntries(optional), ...(batch.by === "template" ? { template: batch.template } : batch.by === "script" ? { script: batch.script } : {}) };
}

function authOf(auth: Auth): Record<string, string> {
  switch (auth.type) {
    case "bearer": return { type: "bearer", token: auth.token };
    case "basic": return { type: "basic", username: auth.username, password: auth.password };
    case "header": return { type: "header", name: auth.name, value: auth.value };
    default: return { type: "none" };
  }
}

/**
 * A draft as it may lie in a browser for a day: without credentials. Where one was there before, that one stays, so that a draft which is
 * taken up again takes none away.
 */
export function storable(draft: Draft, was: Draft, secretFields: ReadonlySet<string>, isSecretUrl: boolean): Draft {
  const kept = (value: string, before: string | undefined) => (value === REDACTED || before === REDACTED ? REDACTED : "");
  const { token, password, value } = draft.auth;
  return {
    ...draft,
    url: isSecretUrl && !draft.url.includes("…") ? (was.url.includes("…") ? was.url : "") : draft.url.replace(/[?#].*$/, ""),
    fields: Object.fromEntries(Object.entries(draft.fields).map(([name, value]) => [name, secretFields.has(name) ? kept(value, was.fields[name]) : value])),
    headers: draft.headers.map((header) => (header.isPublic ? header : { ...header, value: kept(header.value, was.headers.find((other) => other.name === header.name)?.value) })),
    auth: { ...draft.auth, token: kept(token, was.auth.token), password: kept(password, was.auth.password), value: kept(value, was.auth.value) },
    secret: draft.secret.choice === "own" ? { ...was.secret, own: "" } : { ...draft.secret, own: "" },
  };
}

/** A stored draft beside what is there now: an address that nobody changed is the one that is there, with what was not stored of it. */
export function restored(stored: { draft: Draft; was: Draft }, now: Draft, isSameVersion: boolean): { draft: Draft; was: Draft } {
  const draft = stored.draft.url === stored.was.url ? { ...stored.draft, url: now.url } : stored.draft;
  return { draft, was: isSameVersion ? now : { ...stored.was, url: stored.draft.url === stored.was.url ? now.url : stored.was.url } };
}

export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, at) => same(item, b[at]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key], b[key]));
}

function text(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

function number(of: string): number | string {
  const trimmed = of.trim();
  return trimmed !== "" && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}

function isObject(of: unknown): of is Record<string, unknown> {
  return typeof of === "object" && of !== null && !Array.isArray(of);
}
