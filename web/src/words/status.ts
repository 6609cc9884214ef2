/** The status language: colour, icon and word, always all three. */
import { spelled } from "./text";

export type State = "ok" | "warn" | "bad" | "held" | "idle";
export type StatusIcon = "delivered" | "pending" | "retrying" | "failed" | "cancelled" | "held" | "degraded" | "asked-to-wait" | "dash";

export interface StatusWords {
  state: State;
  icon: StatusIcon;
  word: string;
}

export interface DeliveryLike {
  status: string;
  waits_for?: { reason: string } | null;
}

export function deliveryStatus(delivery: DeliveryLike): StatusWords {
  const isOwed = delivery.status === "pending" || delivery.status === "retrying";
  if (isOwed && delivery.waits_for?.reason === "webhook_paused") return { state: "held", icon: "held", word: "Held" };
  switch (delivery.status) {
    case "delivered": return { state: "ok", icon: "delivered", word: "Delivered" };
    case "pending": return { state: "idle", icon: "pending", word: "Pending" };
    case "retrying": return { state: "warn", icon: "retrying", word: "Retrying" };
    case "failed": return { state: "bad", icon: "failed", word: "Failed" };
    case "cancelled": return { state: "idle", icon: "cancelled", word: "Cancelled" };
    default: return { state: "idle", icon: "dash", word: "Unknown" };
  }
}

export function healthStatus(state: string): StatusWords {
  switch (state) {
    case "healthy": return { state: "ok", icon: "delivered", word: "Healthy" };
    case "degraded": return { state: "warn", icon: "degraded", word: "Degraded" };
    case "failing": return { state: "bad", icon: "failed", word: "Failing" };
    case "paused": return { state: "held", icon: "held", word: "Paused" };
    case "disabled": return { state: "idle", icon: "cancelled", word: "Disabled" };
    default: return { state: "idle", icon: "dash", word: "Unknown" };
  }
}

export interface AttemptLike {
  response?: { status: number } | null;
  error?: { kind: string; message: string } | null;
}

/** What came of an attempt, in a word or two for a rail's stop. */
export function attemptStatus(attempt: AttemptLike): StatusWords {
  const { error, response } = attempt;
  if (!error) return { state: "ok", icon: "delivered", word: response ? String(response.status) : "Delivered" };
  if (error.kind === "throttled") return { state: "warn", icon: "asked-to-wait", word: response ? String(response.status) : "Asked to wait" };
  if (error.kind === "skipped" || error.kind === "collapsed") return { state: "idle", icon: "cancelled", word: error.kind === "skipped" ? "Skipped" : "Collapsed" };
  return { state: "bad", icon: "failed", word: attemptWord(error.kind, response?.status) };
}

function attemptWord(kind: string, status: number | undefined): string {
  if (status !== undefined && kind !== "timeout") return String(status);
  switch (kind) {
    case "timeout": return "No answer";
    case "dns": return "No address";
    case "connection": return "No connection";
    case "tls": return "No TLS";
    case "protocol": return "No HTTP";
    case "blocked": return "Blocked";
    case "settings": return "Settings";
    case "render": return "No body";
    case "gone": return "Gone";
    case "refused": return "Refused";
    default: return "Failed";
  }
}

/** What an owed delivery waits for, after its word: "waits for the lane". */
export function waitWords(reason: string): string {
  switch (reason) {
    case "time": return "waits for its next try";
    case "rate": return "waits for the rate";
    case "order": return "waits for the one before it";
    case "breaker": return "waits for the lane";
    case "pause": return "waits, as the receiver asked";
    case "slot": return "waits for a request under way";
    case "batch": return "waits for more to go with it";
    case "machine": return "waits for the server";
    case "webhook_paused": return "is held, as the webhook is paused";
    case "webhook_disabled": return "is being cancelled";
    case "store": return "is being read";
    case "turn": return "waits for its turn";
    case "answer": return "waits for the answer";
    default: return "waits";
  }
}

export function cancelWords(reason: string | null | undefined): string {
  switch (reason) {
    case "by_request": return "by request";
    case "webhook_disabled": return "as the webhook was disabled";
    case "webhook_deleted": return "as the webhook was deleted";
    case "skipped": return "skipped by the script";
    case "collapsed": return "a newer one went instead";
    default: return "";
  }
}

/** Headline of a page's title: `(1 failing) lanehook`. */
export function titled(page: string, failing: number): string {
  return `${failing > 0 ? `(${failing} failing) ` : ""}${page ? `${page} · ` : ""}lanehook`;
}

/** "three times in a row". */
export function times(count: number): string {
  return count === 1 ? "once" : count === 2 ? "twice" : `${spelled(count)} times`;
}
