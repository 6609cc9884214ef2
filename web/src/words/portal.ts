/** What the portal says: to customers, of their own webhooks. */
import { count, duration, relative, since, type Zone } from "./format";
import { sentence } from "./problem";
import { healthStatus, type State, type StatusIcon } from "./status";
import { listed, type Text } from "./text";

export interface CardWebhook {
  id: string;
  name: string;
  url: string;
  status: string;
  health: { state: string; since?: string | null; reason?: string | null };
  counters: { delivered: number; last_success_at?: string | null };
}

export interface CardLane {
  owed: number;
  more_owed: boolean;
  paused_until?: string | null;
  breaker?: { state: string; until?: string | null };
}

/** Below a card's strip: what is owed, or what was delivered; and when something last was. */
export function cardWords(webhook: CardWebhook, lane: CardLane | undefined, day: { delivered: number } | undefined, now: number, zone: Zone): { left: string; right: string } {
  const last = webhook.counters.last_success_at ? Date.parse(webhook.counters.last_success_at) : null;
  const isHealthy = webhook.health.state === "healthy";
  const right = last === null ? "nothing delivered yet" : isHealthy ? relative(last, now, zone) : `last delivered ${since(last, now, zone)}`;
  const owed = lane && lane.owed > 0 ? `${count(lane.owed)}${lane.more_owed ? "+" : ""}` : null;
  if (webhook.health.state === "disabled") return { left: "Nothing is sent", right };
  if (owed && webhook.status === "paused") return { left: `${owed} held`, right };
  if (owed && !isHealthy) return { left: `${owed} waiting`, right };
  return { left: day ? `${count(day.delivered)} delivered in 24 h` : "", right };
}

export interface PortalVerdict {
  state: State;
  icon: StatusIcon;
  title: string;
  sentences: Text[];
}

/** What is the matter on the first page; nothing where nothing is. `worst` comes first, and `lane` is its. */
export function portalVerdict(webhooks: CardWebhook[], lane: CardLane | undefined, now: number, zone: Zone): PortalVerdict | null {
  const bad = webhooks.filter((webhook) => webhook.health.state === "failing");
  const troubled = bad.length > 0 ? bad : webhooks.filter((webhook) => webhook.health.state === "degraded");
  const worst = troubled[0];
  if (!worst) return null;
  const { state, icon } = healthStatus(worst.health.state);
  const word = bad.length > 0 ? "failing" : "slowed down";
  if (troubled.length > 1) {
    const names = troubled.slice(0, 4).map((webhook): Text => [{ text: webhook.name, to: `/webhooks/${encodeURIComponent(webhook.id)}` }]);
    const more: Text[] = troubled.length > 4 ? [[`${troubled.length - 4} more`]] : [];
    return { state, icon, title: `${count(troubled.length)} webhooks are ${word}`, sentences: [[...listed([...names, ...more]), "."], ["Nothing is lost: what waits is sent when they are back."]] };
  }
  const last = worst.counters.last_success_at ? Date.parse(worst.counters.last_success_at) : null;
  const nothing = last === null ? "Nothing has been delivered yet." : `Nothing has been delivered since ${since(last, now, zone)}.`;
  const waits = lane && lane.owed > 0 ? ` ${count(lane.owed)}${lane.more_owed ? "+" : ""} ${lane.owed === 1 ? "delivery waits and is" : "deliveries wait and are"} sent when it is back.` : "";
  const said = bad.length > 0 ? nothing : sentence(worst.health.reason ?? "something is wrong");
  return { state, icon, title: `${worst.name} is ${word}`, sentences: [[`${said}${waits}`]] };
}

export const OVER = "Your time here is over.";

/** How long somebody may still be here, and what for. Nothing where there is no end. */
export function timeLeft(expiresAt: number | null, now: number, manage: boolean): string {
  if (expiresAt === null) return manage ? "You can manage these webhooks." : "You can look, not change.";
  const left = expiresAt - now;
  if (left <= 0) return OVER;
  const words = left < 60_000 ? duration(Math.ceil(left / 1000) * 1000) : duration(Math.floor(left / 60_000) * 60_000);
  return manage ? `You can manage these webhooks for another ${words}.` : `You can look, not change, for another ${words}.`;
}

/** An address within the portal that somebody else names: a path of this page's own, or nothing. */
export function ownPath(path: unknown): string | null {
  return typeof path === "string" && path.length <= 2_000 && /^\/(?![/\\])[^\s\\#]*$/.test(path) ? path : null;
}

/** As the page around the portal names a page of it: without what is of the frame only. */
export function pathWithin(path: string, search: string): string {
  const params = new URLSearchParams(search);
  for (const name of ["chrome", "link", "path"]) params.delete(name);
  const rest = params.toString();
  return (path || "/") + (rest ? `?${rest}` : "");
}
