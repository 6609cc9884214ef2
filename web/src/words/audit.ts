/** Lines of the audit trail as sentences: who did what. */
import { listed, type Text } from "./text";

export interface AuditLike {
  action: string;
  actor: { kind: string; id?: string | null; name?: string | null; key?: string | null };
  subject: { kind: string; id: string };
  before?: unknown;
  after?: unknown;
}

/** Jobs of the server that change something, as whoever reads of them knows them. */
const JOBS: Record<string, string> = {
  lanes: "lanehook, since it failed",
  self_heal: "lanehook, since it works again",
  bootstrap: "lanehook, at its start",
  sign_in_link: "lanehook, at its start",
};

/** "deploy", "deploy, signed in", "a customer", "an operator", "lanehook, since it failed". */
export function whoWords({ kind, id, name, key }: AuditLike["actor"]): Text {
  const named: Text = name ? [{ foreign: name }] : [{ code: key ?? id ?? "a key" }];
  switch (kind) {
    case "key": return named;
    case "session": return [...named, ", signed in"];
    case "portal": return ["a customer"];
    case "owner": return ["the owner, at the command line"];
    case "operator": return ["an operator"];
    default: return [JOBS[id ?? ""] ?? "lanehook"];
  }
}

const STATUS: Record<string, string> = { active: "Resumed", paused: "Paused", disabled: "Disabled" };

const DEEDS: Record<string, string> = {
  "webhook.created": "Made the webhook",
  "webhook.changed": "Changed",
  "webhook.secret_rotated": "Rotated the secret of",
  "webhook.secret_read": "Read the secret of",
  "webhook.tested": "Sent a test to",
  "webhook.probed": "Probed",
  "webhook.deleted": "Deleted the webhook",
  "delivery.retried": "Retried",
  "delivery.replayed": "Sent again",
  "delivery.cancelled": "Cancelled",
  "event.scrubbed": "Scrubbed",
  "attempt.scrubbed": "Scrubbed",
  "replay.begun": "Began the job",
  "replay.stopped": "Stopped the job",
  "tenant.created": "Made the tenant",
  "tenant.changed": "Changed the tenant",
  "tenant.deleted": "Deleted the tenant",
  "api_key.created": "Made the key",
  "api_key.deleted": "Revoked the key",
  "event_type.created": "Made the event type",
  "event_type.changed": "Changed the event type",
  "event_type.deleted": "Deleted the event type",
  "saved_event.saved": "Saved the event",
  "saved_event.deleted": "Deleted the saved event",
  "report.saved": "Saved the report",
  "report.deleted": "Deleted the report",
  "theme.saved": "Saved the theme",
  "theme.deleted": "Deleted the theme",
  "inspector.created": "Made the inspector",
  "inspector.changed": "Changed the inspector",
  "inspector.emptied": "Emptied the inspector",
  "inspector.deleted": "Deleted the inspector",
  "link.created": "Made a link",
  "session.begun": "Signed in",
  "session.ended": "Signed out",
};

/** Those that need no name behind them. */
const ALONE = new Set(["theme.saved", "theme.deleted", "link.created", "session.begun", "session.ended"]);

const PAGES: Record<string, (id: string) => string> = {
  webhook: (id) => `/webhooks/${encodeURIComponent(id)}`,
  delivery: (id) => `/deliveries/${encodeURIComponent(id)}`,
  replay: (id) => `/replays/${encodeURIComponent(id)}`,
  event_type: (id) => `/types/${encodeURIComponent(id)}`,
};

/** What was done, with a link to it: "Paused user-42", "Changed url and retry of user-42". */
export function deedWords(line: AuditLike): Text {
  const { action, subject } = line;
  const deed = DEEDS[action] ?? action;
  if (ALONE.has(action)) return [deed];
  const name: Text = [subjectPart(line)];
  if (action === "api_key.created" || action === "api_key.deleted") {
    const called = members(action === "api_key.created" ? line.after : line.before).name;
    return typeof called === "string" ? [deed, " ", { foreign: called }] : [deed, " ", ...name];
  }
  if (action === "webhook.changed" || action === "tenant.changed") {
    const changed = Object.keys(members(line.after)).filter((member) => member !== "status_reason");
    const status = members(line.after).status;
    const was = members(line.before).status;
    if (changed.length === 1 && typeof status === "string" && STATUS[status]) return [was === "disabled" && status === "active" ? "Enabled" : STATUS[status], " ", ...name];
    const shown: Text[] = changed.slice(0, 3).map((member) => [{ code: member }]);
    if (changed.length > 3) shown.push([`${changed.length - 3} others`]);
    if (shown.length > 0) return ["Changed ", ...listed(shown), " of ", ...name];
  }
  if (action === "session.ended") return [deed];
  return subject.id ? [deed, " ", ...name] : [deed];
}

function subjectPart({ action, subject }: AuditLike): Text[number] {
  const page = action.endsWith(".deleted") ? undefined : PAGES[subject.kind];
  return page ? { text: subject.id, to: page(subject.id), strong: true } : { strong: subject.id };
}

function members(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** One side of a change as text, of which lines are compared. */
export function sideText(side: unknown): string {
  return side === null || side === undefined ? "" : JSON.stringify(side, null, 2);
}
