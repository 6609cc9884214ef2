/** Keys and quotas in words. */
import * as format from "./format";
import type { State } from "./status";
import { listed, plain } from "./text";

/** What each scope permits, in the order in which it is told. */
export const SCOPES: Record<string, string> = {
  "events:write": "publish events",
  "events:read": "see events",
  "webhooks:read": "see webhooks",
  "webhooks:write": "change webhooks",
  secrets: "see webhooks' secrets",
  "deliveries:read": "see deliveries",
  "deliveries:write": "retry, cancel and replay",
  "catalogue:read": "see event types",
  "catalogue:write": "change event types",
  keys: "make and revoke keys",
  "audit:read": "see who did what",
  tenants: "manage tenants",
};

/** The audit trail is told by itself: it is no part of what webhooks need. */
const SEES = Object.keys(SCOPES).filter((scope) => scope.endsWith(":read") && scope !== "audit:read");

/** "publish events and see webhooks", "everything", "see everything and publish events". */
export function scopesInWords(scopes: string[]): string {
  const all = Object.keys(SCOPES);
  if (scopes.includes("*") || all.every((scope) => scopes.includes(scope))) return "everything";
  if (scopes.length === 0) return "nothing";
  const seesAll = SEES.every((scope) => scopes.includes(scope));
  const known = all.filter((scope) => scopes.includes(scope) && !(seesAll && SEES.includes(scope)));
  const others = scopes.filter((scope) => !all.includes(scope));
  return plain(listed([...(seesAll ? ["see everything"] : []), ...known.map((scope) => SCOPES[scope] ?? scope), ...others].map((words) => [words])));
}

/** Whether a key still holds, and what is to be known of its end. */
export function expiryWords(expiresAt: string | null | undefined, now: number, zone: format.Zone): { words: string; state: State } {
  if (!expiresAt) return { words: "never", state: "idle" };
  const at = Date.parse(expiresAt);
  const left = at - now;
  if (left <= 0) return { words: `expired ${format.date(at, now, zone)}`, state: "bad" };
  return { words: left < 7 * 86_400_000 ? `in ${format.duration(left)}` : format.date(at, now, zone), state: left < 7 * 86_400_000 ? "warn" : "idle" };
}

export interface UsedLike {
  used: number;
  most: number;
}

export const QUOTAS = {
  webhooks: "Webhooks",
  owed_deliveries: "Owed deliveries",
  event_bytes: "Kept events",
  api_keys: "API keys",
  webhook_bytes: "Webhooks' settings",
  patterns: "Regular expressions",
} as const;

export type QuotaName = keyof typeof QUOTAS;

export interface QuotaRow {
  name: QuotaName;
  label: string;
  words: string;
  share: number;
  state: State;
}

/** Near its end from four fifths on. */
const NEAR = 0.8;

export function quotaRows(usage: Record<QuotaName, UsedLike>): QuotaRow[] {
  return (Object.keys(QUOTAS) as QuotaName[]).map((name) => {
    const { used, most } = usage[name];
    const shown = isBytes(name) ? format.bytes : format.count;
    const share = most === 0 ? (used > 0 ? 1 : 0) : used / most;
    return { name, label: QUOTAS[name], words: `${shown(used)} of ${shown(most)}`, share: Math.min(1, share), state: used > 0 && share >= 1 ? "bad" : share >= NEAR ? "warn" : "idle" };
  });
}

export function isBytes(name: QuotaName): boolean {
  return name.endsWith("_bytes");
}

/** What is near its end, or at it, for the line under a tenant's name: "webhooks are used up". Empty where all is well. */
export function quotaWarning(rows: QuotaRow[]): { words: string; state: State } | null {
  const of = (state: State) => rows.filter((row) => row.state === state).map((row) => [row.label.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())]);
  const [full, near] = [of("bad"), of("warn")];
  if (full.length > 0) return { words: `${plain(listed(full))} are used up`, state: "bad" };
  if (near.length > 0) return { words: `${plain(listed(near))}: more than four fifths are used`, state: "warn" };
  return null;
}

/** A quota as it is typed: `10k` and `2 GB` are numbers, too. Undefined: not readable; null: the server's. */
export function quotaFrom(text: string): number | null | undefined {
  const trimmed = text.trim().replaceAll(",", "");
  if (trimmed === "") return null;
  const found = /^(\d+(?:\.\d+)?)\s*([kmgt]?)b?$/i.exec(trimmed);
  if (!found) return undefined;
  const scale = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 }[(found[2] ?? "").toLowerCase()] ?? 1;
  const value = Number(found[1]) * scale;
  return Number.isSafeInteger(value) ? value : undefined;
}
