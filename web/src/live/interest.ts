/** What the parts of a page want to be told, and what one stream has to be asked for so that each gets it. */
import type { Schemas } from "@/api/client";

export type Kind = "event" | "delivery" | "webhook" | "health" | "inspector";

export interface Interest {
  kinds: Kind[];
  /** Only of these webhooks. */
  webhooks?: string[];
  /** Only deliveries that are in one of these statuses now. */
  statuses?: string[];
  eventTypes?: string[];
  /** Takes what comes, and widens nothing but the kinds: badges beside a page of one webhook. */
  isModest?: boolean;
}

export type Happening =
  | ({ kind: "event" } & Told & Schemas["LiveEvent"])
  | ({ kind: "delivery" } & Told & Schemas["LiveDelivery"])
  | ({ kind: "webhook" } & Told & Schemas["LiveWebhook"])
  | ({ kind: "health" } & Told & Schemas["LiveHealth"])
  | ({ kind: "inspector" } & Told & Schemas["LiveInspector"]);

interface Told {
  at: string;
  tenant?: string;
}

/** One value of a parameter may name so many. */
const MOST_VALUES = 50;

/** As a query of `GET /live`; null if nobody wants anything. */
export function united(interests: Interest[]): string | null {
  if (interests.length === 0) return null;
  const leading = interests.filter((interest) => !interest.isModest);
  const params = new URLSearchParams();
  params.set("kind", sorted(interests.flatMap((interest) => interest.kinds)).join(","));
  for (const [name, of] of [["webhook", "webhooks"], ["status", "statuses"], ["event_type", "eventTypes"]] as const) {
    const each = leading.map((interest) => interest[of]);
    const all = sorted(each.flatMap((values) => values ?? []));
    if (each.length > 0 && each.every((values) => values !== undefined) && all.length > 0 && all.length <= MOST_VALUES) params.set(name, all.join(","));
  }
  return params.toString();
}

function sorted(values: string[]): string[] {
  return [...new Set(values)].sort();
}

/** Whether a part of a page wants this, of all that its stream brings. */
export function wants(interest: Interest, happening: Happening): boolean {
  if (!interest.kinds.includes(happening.kind)) return false;
  if (interest.webhooks && !interest.webhooks.includes(webhookOf(happening) ?? "")) return false;
  if (interest.statuses && happening.kind === "delivery" && !interest.statuses.includes(happening.status)) return false;
  if (interest.eventTypes && !interest.eventTypes.includes(typeOf(happening) ?? "")) return false;
  return true;
}

function webhookOf(happening: Happening): string | null {
  if (happening.kind === "delivery" || happening.kind === "inspector") return happening.webhook ?? null;
  return happening.kind === "event" ? null : happening.id;
}

function typeOf(happening: Happening): string | null {
  if (happening.kind === "delivery") return happening.event_type ?? null;
  return happening.kind === "event" ? happening.type : null;
}
