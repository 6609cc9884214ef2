/** What became of a delivery, in a line of a list. */
import { duration, stop, type Zone } from "./format";
import { cancelWords, waitWords } from "./status";

export interface HappenedLike {
  status: string;
  created_at: string;
  finished_at?: string | null;
  next_attempt_at?: string | null;
  waits_for?: { reason: string } | null;
  last_error_message?: string | null;
  cancel_reason?: string | null;
  attempt_count: number;
}

export function whatHappened(delivery: HappenedLike, now: number, zone: Zone): string {
  const error = delivery.last_error_message?.replace(/^the receiver answered /, "");
  switch (delivery.status) {
    case "delivered":
      return delivery.finished_at ? `in ${duration(Date.parse(delivery.finished_at) - Date.parse(delivery.created_at))}${delivery.attempt_count > 1 ? `, at try ${delivery.attempt_count}` : ""}` : "";
    case "pending":
    case "retrying": {
      const wait = delivery.waits_for?.reason;
      const next = nextTry(delivery.next_attempt_at, now, zone);
      const waits = wait === undefined || (wait === "time" && next) ? next : waitWords(wait) + (next && wait !== "turn" && wait !== "slot" && wait !== "store" && wait !== "answer" ? `, ${next}` : "");
      return [error, waits].filter(Boolean).join(", ");
    }
    case "failed":
      return error ?? "its tries are used up";
    case "cancelled":
      return cancelWords(delivery.cancel_reason) || (error ?? "");
    default:
      return error ?? "";
  }
}

function nextTry(at: string | null | undefined, now: number, zone: Zone): string {
  if (!at) return "";
  const left = Date.parse(at) - now;
  if (left <= 0) return "next try now";
  if (left < 3_600_000) return `next try in ${duration(Math.ceil(left / 1000) * 1000)}`;
  return `next try ${stop(Date.parse(at), now, zone)}`;
}
