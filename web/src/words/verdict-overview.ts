/** What is the matter, over all. The first that holds is said. */
import { clock, count, duration, since, type Zone } from "./format";
import { sentence } from "./problem";
import type { State, StatusIcon } from "./status";
import { capital, counted, spelled, type Text } from "./text";

export interface Verdict {
  state: State;
  icon: StatusIcon;
  title: string;
  sentences: Text[];
}

export interface OverviewLike {
  webhooks: { failing: number; degraded: number; paused: number; healthy: number; disabled: number };
  owed: { count: number; oldest_at?: string | null };
  in_trouble: { id: string; name: string; url: string; tenant?: string | null; health: { state: string; since?: string | null; reason?: string | null } }[];
  last_hour: { events: number; deliveries: number; delivered_in?: { p50_ms: number } | null };
  last_24h: { failed: number };
}

export interface LaneLike {
  owed: number;
  more_owed: boolean;
  paused_until?: string | null;
}

export interface OverviewContext {
  now: number;
  zone: Zone;
  /** Why nothing can be kept, if that is so. */
  cannotCommit?: string | null;
  /** The lanes of webhooks in trouble, as far as they are known. */
  lanes?: Record<string, LaneLike | undefined>;
}

export function overviewVerdict(overview: OverviewLike, context: OverviewContext): Verdict {
  if (context.cannotCommit) {
    return { state: "bad", icon: "failed", title: `lanehook cannot commit: ${context.cannotCommit}`, sentences: [["Publishing answers 503; nothing accepted is lost."]] };
  }
  const { failing, degraded } = overview.webhooks;
  if (failing > 0) return { state: "bad", icon: "failed", title: troubleTitle(failing, degraded), sentences: troubles(overview, context) };
  if (degraded > 0) return { state: "warn", icon: "degraded", title: troubleTitle(0, degraded), sentences: troubles(overview, context) };
  const failed = overview.last_24h.failed;
  if (failed > 0) {
    const given = `${counted(failed, "delivery was", "deliveries were")} given up in the last 24 h`;
    return { state: "warn", icon: "degraded", title: `All webhooks deliver, ${given}`, sentences: [[{ text: "Look at them", to: "/deliveries?status=failed" }, "; they can be sent again."]] };
  }
  if (overview.last_hour.events === 0 && overview.last_hour.deliveries === 0) {
    return { state: "ok", icon: "delivered", title: "Nothing was published in the last hour", sentences: [[overview.owed.count === 0 ? "Before that, all was delivered." : `${counted(overview.owed.count, "delivery is", "deliveries are")} still owed.`]] };
  }
  return { state: "ok", icon: "delivered", title: "All webhooks deliver", sentences: [[...everything(overview, "Everything published in the last hour has been received"), " lanehook itself is well."]] };
}

function troubleTitle(failing: number, degraded: number): string {
  const failings = failing === 0 ? "" : `${webhooks(failing)} failing`;
  if (degraded === 0) return failings;
  const rest = `${degraded === 1 ? "one is" : `${spelled(degraded)} are`} slowed down`;
  return failings ? `${failings}, ${rest}` : `${webhooks(degraded)} slowed down`;
}

function webhooks(count: number): string {
  return count === 1 ? "One webhook is" : `${capital(spelled(count))} webhooks are`;
}

/** Of each of the worst a sentence, and how it is with all others. */
function troubles(overview: OverviewLike, context: OverviewContext): Text[] {
  const worst = overview.in_trouble.filter(({ health }) => health.state === "failing" || health.state === "degraded");
  const said = worst.slice(0, 3).map((webhook) => trouble(webhook, context));
  const more = overview.webhooks.failing + overview.webhooks.degraded - Math.min(worst.length, 3);
  if (more > 0) said.push([`${capital(spelled(more))} more ${more === 1 ? "is" : "are"} below.`]);
  const others = overview.webhooks.healthy > 0 ? everything(overview, "Everything else is delivered") : [];
  return [...said, [...others, ...(others.length > 0 ? [" "] : []), "lanehook itself is well."]];
}

function trouble({ id, name, url, tenant, health }: OverviewLike["in_trouble"][number], context: OverviewContext): Text {
  const link = { text: name || host(url) || id, to: tenant ? `/webhooks/${encodeURIComponent(id)}?tenant=${encodeURIComponent(tenant)}` : `/webhooks/${encodeURIComponent(id)}`, strong: true };
  const lane = context.lanes?.[id];
  if (health.state === "failing") {
    const begun = health.since ? ` since ${since(Date.parse(health.since), context.now, context.zone)}` : "";
    const owed: Text = lane && lane.owed > 0 ? ["; ", { strong: `${count(lane.owed)}${lane.more_owed ? "+" : ""}` }, lane.owed === 1 ? " delivery waits for it" : " deliveries wait for it"] : [];
    return ["Nothing has reached ", link, `${begun}`, ...owed, "."];
  }
  const until = lane?.paused_until ? Date.parse(lane.paused_until) - context.now : 0;
  if (until > 0) return [link, ` asked for a pause of ${duration(until)}.`];
  return [link, `: ${(health.reason ?? "it is slowed down").replace(/\.$/, "")}.`];
}

function everything(overview: OverviewLike, text: string): Text {
  const half = overview.last_hour.delivered_in?.p50_ms;
  return [half === undefined ? `${text}.` : `${text}, half of it within ${duration(half)}.`];
}

function host(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

/** Why a lane is in the state that it is in, and what happens next. */
export function laneReason(health: { state: string; since?: string | null; reason?: string | null }, lane: (LaneLike & { breaker?: { until?: string | null } }) | undefined, now: number, zone: Zone): { why: string; next: string } | null {
  const begun = health.since ? Date.parse(health.since) : null;
  switch (health.state) {
    case "failing": {
      const until = lane?.breaker?.until ? Date.parse(lane.breaker.until) - now : 0;
      return { why: sentence(health.reason ?? "nothing is delivered"), next: until > 0 ? `Next probe in ${duration(Math.ceil(until / 1000) * 1000)}.` : "" };
    }
    case "degraded":
      return { why: sentence(health.reason ?? "it is slowed down"), next: lane?.paused_until && Date.parse(lane.paused_until) > now ? `Goes on by itself at ${clock(Date.parse(lane.paused_until), zone)}.` : "" };
    case "paused":
      return { why: `Paused${begun ? ` since ${since(begun, now, zone)}` : ""}.`, next: "What comes is held, nothing is lost." };
    case "disabled":
      return { why: `Disabled${begun ? ` since ${since(begun, now, zone)}` : ""}: ${health.reason ?? "nothing is sent"}.`, next: "" };
    default:
      return null;
  }
}
