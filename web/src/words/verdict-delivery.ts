/** How one delivery is: is it this one, this webhook, or everything; and what comes next. */
import { count, duration, stop, type Zone } from "./format";
import { hint, ours, type FailedAttempt } from "./hint";
import { sentence } from "./problem";
import { cancelWords, deliveryStatus, times, waitWords } from "./status";
import { capital, counted, type Text } from "./text";
import type { Verdict } from "./verdict-overview";

export interface DeliveryFacts {
  id: string;
  status: string;
  webhook: string;
  created_at: string;
  finished_at?: string | null;
  cancel_reason?: string | null;
  next_attempt_at?: string | null;
  waits_for?: { reason: string; until?: string | null; behind?: string | null } | null;
  attempts: (FailedAttempt & { number: number })[];
  planned_attempts: { number: number; at?: string | null }[];
  same_cause?: { since: string; webhook: Share; tenant: Share } | null;
}

interface Share {
  attempts: number;
  failed: number;
}

export interface DeliveryContext {
  now: number;
  zone: Zone;
  platform?: string | null;
  isPortal?: boolean;
}

export function deliveryVerdict(delivery: DeliveryFacts, context: DeliveryContext): Verdict {
  const { state, icon } = deliveryStatus(delivery);
  const last = delivery.attempts.at(-1);
  const message = last?.error ? own(last.error.message, context) : null;
  const said = last ? hint(last, context) : null;
  switch (delivery.status) {
    case "delivered": {
      const took = delivery.finished_at ? Date.parse(delivery.finished_at) - Date.parse(delivery.created_at) : null;
      const tries = delivery.attempts.length;
      const how = tries <= 1 ? "at the first try" : `at try ${tries}`;
      return { state, icon, title: took === null ? `Delivered ${how}` : `Delivered ${how}, ${duration(took)} after it was accepted`, sentences: earlier(delivery, context) };
    }
    case "failed":
      return { state, icon, title: `Given up: ${message ?? "its tries are used up"}`, sentences: [...known(said), [`${capital(counted(delivery.attempts.length, "try was", "tries were"))} made. It stays here and can be retried.`], ...shared(delivery, context)] };
    case "cancelled": {
      const by = cancelWords(delivery.cancel_reason);
      return { state, icon, title: `Cancelled${by ? `: ${by}` : ""}`, sentences: message ? [[sentence(message)]] : [["Nothing more is sent. It can be retried, or replayed."]] };
    }
    default:
  }
  if (!message) {
    const wait = delivery.waits_for;
    const title = wait ? `Not sent yet: it ${waitWords(wait.reason)}` : "Not sent yet";
    return { state, icon, title, sentences: waiting(delivery, context) };
  }
  return { state, icon, title: `Not delivered yet: ${message}${inARow(delivery)}`, sentences: [...earlier(delivery, context), ...known(said), ...shared(delivery, context), ...waiting(delivery, context)] };
}

function own(message: string, context: DeliveryContext): string {
  return context.isPortal ? ours(message) : message;
}

function known(said: string | null): Text[] {
  return said ? [[said]] : [];
}

/** How often the last failure came again and again. */
function inARow(delivery: DeliveryFacts): string {
  const last = delivery.attempts.at(-1)?.error?.message;
  let run = 0;
  for (const attempt of delivery.attempts.toReversed()) {
    if (attempt.error?.message !== last) break;
    run += 1;
  }
  return run > 1 ? `, ${times(run)} in a row` : "";
}

/** What went wrong before, where that was something else. */
function earlier(delivery: DeliveryFacts, context: DeliveryContext): Text[] {
  const first = delivery.attempts[0];
  const last = delivery.attempts.at(-1);
  if (!first?.error || first === last || first.error.message === last?.error?.message) return [];
  return [[`At the first try: ${sentence(own(first.error.message, context)).replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase())}`]];
}

/** Is it this one, this webhook, or us? */
function shared(delivery: DeliveryFacts, context: DeliveryContext): Text[] {
  const same = delivery.same_cause;
  if (!same) return [];
  const { webhook, tenant } = same;
  const ago = duration(Math.max(60_000, Math.round((context.now - Date.parse(same.since)) / 60_000) * 60_000));
  if (webhook.attempts === 0) return [];
  if (webhook.failed === 0) return [[{ strong: "It is about this event." }, ` Of ${counted(webhook.attempts, "other try", "other tries")} of the same webhook in the last ${ago} none failed so.`]];
  const others = tenant.failed - webhook.failed;
  const link = { text: `${count(webhook.failed)} of ${counted(webhook.attempts, "other try", "other tries")}`, to: `/webhooks/${encodeURIComponent(delivery.webhook)}` };
  const elsewhere = others > 0 ? ` So did ${counted(others, "try", "tries")} of other webhooks.` : context.isPortal ? "" : " No other webhook fails so.";
  return [[{ strong: "It is not about this event." }, " ", link, ` of the same webhook failed so in the last ${ago}.${elsewhere}`]];
}

function waiting(delivery: DeliveryFacts, context: DeliveryContext): Text[] {
  const wait = delivery.waits_for;
  if (!wait) return [];
  const until = wait.until ? ` until ${stop(Date.parse(wait.until), context.now, context.zone)}` : "";
  switch (wait.reason) {
    case "breaker": return [[`So much of its webhook failed that one probe goes at a time${until}; waiting uses up no try.`]];
    case "pause": return [[`${context.isPortal ? "Your server" : "The receiver"} asked to be left alone${until}; that uses up no try.`]];
    case "order": return wait.behind ? [["Its webhook keeps order, and ", { text: "another delivery", to: `/deliveries/${wait.behind}` }, " comes before it."]] : [];
    case "rate": return [[`Its webhook is sent to only so often; its turn comes${until ? until.replace("until", "at") : ""}.`]];
    case "webhook_paused": return [["Its webhook is paused. Nothing is lost: it goes out on resume."]];
    case "batch": return [["It goes together with others, as soon as there are enough or the first has waited long enough."]];
    case "machine": return [["The server could not read or send it a moment ago, and tries again by itself."]];
    default: return [];
  }
}

/** What happens next, with times. */
export interface Step {
  at: string | null;
  when: string;
  text: Text;
}

export function nextSteps(delivery: DeliveryFacts, lane: { breaker: { state: string; until?: string | null } } | undefined, context: DeliveryContext): Step[] {
  const { now, zone } = context;
  const steps: Step[] = [];
  const word = (at: number) => (at <= now ? "now" : `in ${duration(Math.round((at - now) / 1000) * 1000)}`);
  const probe = lane?.breaker.until;
  const [next, ...later] = delivery.planned_attempts;
  if (probe && Date.parse(probe) > now) {
    steps.push({ at: probe, when: word(Date.parse(probe)), text: ["One probe goes to this webhook, perhaps with another delivery. If it gets through, the lane opens and all that is due follows."] });
  }
  if (next) {
    const then = later.filter((attempt) => attempt.at).map((attempt) => stop(Date.parse(attempt.at ?? ""), now, zone).replace(/(\d\d:\d\d):\d\d$/, "$1"));
    const rest = then.length === 0 ? "" : ` Then, if need be, at about ${then.length > 6 ? `${then.slice(0, 5).join(", ")} and ${then.length - 5} more times` : joined(then)}.`;
    steps.push({ at: next.at ?? null, when: next.at ? word(Date.parse(next.at)) : "later", text: [`Attempt ${next.number} of this delivery${next.at ? "" : `, when it no longer ${waitWords(delivery.waits_for?.reason ?? "").replace(/^waits/, "waits")}`}.${rest}`] });
    const end = delivery.planned_attempts.at(-1)?.at;
    if (end) steps.push({ at: end, when: word(Date.parse(end)), text: ["If that one fails, too: given up. It stays here and can be retried by hand."] });
  }
  return steps;
}

function joined(words: string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
