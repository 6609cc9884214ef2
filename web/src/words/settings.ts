/** A webhook's settings in a few words each. */
import { duration, span } from "./format";
import { counted } from "./text";

export function bodyWords(webhook: { platform?: string | null; payload?: { type?: string } | null; batch?: { max_events?: number | null } | null }): string {
  const type = webhook.payload?.type;
  const batch = webhook.batch ? `, up to ${webhook.batch.max_events ?? "many"} together` : "";
  if (!type) return `${webhook.platform && webhook.platform !== "custom" ? `the message of ${webhook.platform}` : "standard"}${batch}`;
  const words: Record<string, string> = { standard: "standard", plain: "plain", data: "the data alone", cloudevents: "CloudEvents", form: "a form", template: "by a template", javascript: "by a script" };
  return `${words[type] ?? type}${batch}`;
}

export function signingWords(webhook: { has_secret: boolean; public_key?: string | null; signing: { algorithm?: string | null; dialects?: { type: string }[] | null } }): string {
  const dialects = webhook.signing.dialects ?? [];
  if (dialects.length === 0 || !webhook.has_secret) return "not signed";
  const words: Record<string, string> = { standard: "Standard Webhooks", hub: "X-Hub-Signature", plain: "X-Webhook-Signature", timestamped: "timestamped" };
  const names = dialects.map((dialect) => words[dialect.type] ?? dialect.type).join(" and ");
  const algorithm = webhook.public_key ? "Ed25519" : webhook.signing.algorithm === "sha512" ? "SHA-512" : "SHA-256";
  return `${names}, ${algorithm}`;
}

export function authWords(auth: { type: string; username?: string; name?: string }): string {
  switch (auth.type) {
    case "none": return "none";
    case "bearer": return "a bearer token";
    case "basic": return `basic, as ${auth.username ?? ""}`;
    case "header": return `the header ${auth.name ?? ""}`;
    default: return auth.type;
  }
}

export function orderWords(ordering: string): string {
  return { none: "none", key: "by key", strict: "strict" }[ordering] ?? ordering;
}

/** "9, over 2½ days". */
export function retryWords(plan: { attempts: number; total: string }): string {
  const retries = plan.attempts - 1;
  if (retries <= 0) return "none: one try";
  return `${counted(retries, "more try", "more tries")}, over ${long(span(plan.total))}`;
}

export function long(ms: number): string {
  const days = ms / 86_400_000;
  if (days < 1.5) return duration(ms);
  const halves = Math.round(days * 2);
  return `${halves % 2 === 0 ? halves / 2 : `${Math.floor(halves / 2)}½`} days`;
}
