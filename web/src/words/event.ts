/** Events in a few words: what one is about, and what became of it. */
import * as format from "./format";

const HEADLINES = ["headline", "title", "summary", "message", "subject", "text"];
const LONGEST = 160;
const SECRET = /pass|secret|token|key|auth|credential/i;

/** What its data says, in a line: a headline, or its first texts and numbers. Empty where there is nothing of the kind. */
export function aboutEvent(data: unknown): string {
  if (typeof data === "string") return cut(data);
  if (typeof data !== "object" || data === null || Array.isArray(data)) return "";
  const members = Object.entries(data).filter(([name]) => !SECRET.test(name));
  for (const headline of HEADLINES) {
    const found = members.find(([name, value]) => name === headline && typeof value === "string" && value.trim() !== "");
    if (found) return cut(found[1] as string);
  }
  const said = members.flatMap(([name, value]) => {
    if (typeof value === "string" && value !== "" && !/^https?:/.test(value)) return [`${name} ${value.slice(0, 40)}`];
    // A double keeps 15 digits; a number that has more is not shown as what it is not.
    if (typeof value === "number" && String(value).replace(/\D/g, "").length <= 15) return [`${name} ${value}`];
    return [];
  });
  return cut(said.slice(0, 3).join(", "));
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

export interface Outcomes {
  delivered: number;
  waits: number;
  failed: number;
  cancelled: number;
}

/** By webhook: a delivery that repeats another stands for the same one. The list is newest first. */
export function outcomesOf(deliveries: { webhook: string; status: string }[]): Outcomes {
  const newest = new Map<string, string>();
  for (const { webhook, status } of deliveries) if (!newest.has(webhook)) newest.set(webhook, status);
  const of = (...statuses: string[]) => [...newest.values()].filter((status) => statuses.includes(status)).length;
  return { delivered: of("delivered"), waits: of("pending", "retrying"), failed: of("failed"), cancelled: of("cancelled") };
}

/** The delivery's status that stands for all of them, for a row's icon. */
export function worstOf(outcomes: Outcomes | null, total: number): string {
  if (total === 0) return "";
  if (!outcomes) return "pending";
  if (outcomes.failed > 0) return "failed";
  if (outcomes.waits > 0) return "retrying";
  return outcomes.delivered > 0 ? "delivered" : "cancelled";
}

/** "3 of 42 delivered, 1 waits". */
export function outcomeWords(outcomes: Outcomes | null, total: number, toCome = 0): string {
  const all = total + toCome;
  if (all === 0) return "nobody asked for it";
  if (!outcomes) return all === 1 ? "to one webhook" : `to ${format.count(all)} webhooks`;
  const sum = outcomes.delivered + outcomes.waits + outcomes.failed + outcomes.cancelled;
  const of = Math.max(sum, all);
  const delivered = outcomes.delivered === of ? (of === 1 ? "delivered" : `all ${format.count(of)} delivered`) : `${format.count(outcomes.delivered)} of ${format.count(of)} delivered`;
  const waits = outcomes.waits + Math.max(0, of - sum);
  const rest = [
    waits > 0 ? `${format.count(waits)} ${waits === 1 ? "waits" : "wait"}` : null,
    outcomes.failed > 0 ? `${format.count(outcomes.failed)} failed` : null,
    outcomes.cancelled > 0 ? `${format.count(outcomes.cancelled)} cancelled` : null,
  ];
  return [delivered, ...rest].filter(Boolean).join(", ");
}

/** Over the list of all webhooks: "4 got it, 38 did not". */
export function fanWords(got: number, not: number, isCapped: boolean): string {
  const shown = (count: number) => `${format.count(count)}${isCapped ? "+" : ""}`;
  if (got === 0) return not === 0 ? "There is no webhook" : not === 1 && !isCapped ? "The one webhook did not get it" : `None of ${shown(not)} got it`;
  if (not === 0) return got === 1 ? "1 got it" : `All ${shown(got)} got it`;
  return `${format.count(got)} got it, ${shown(not)} did not`;
}
