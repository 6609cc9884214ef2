/** What a filter would have let through, in a few words. */
import { count, rateParts } from "./format";

export interface TrialLike {
  looked_at: number;
  matched: number;
  complete: boolean;
  from?: string | null;
  to?: string | null;
}

/** "would be sent, about 9 an hour" behind the number; no rate where the time is too short to tell one. */
export function trialInWords(trial: TrialLike): string {
  if (trial.looked_at === 0) return "Nothing was published yet.";
  const ms = trial.from && trial.to ? Date.parse(trial.to) - Date.parse(trial.from) : 0;
  const of = trial.complete ? "" : ` of the ${count(trial.looked_at)} there was time for`;
  return `would be sent${of}${trial.matched > 0 && ms >= 60_000 ? `, about ${perTime(trial.matched, ms)}` : ""}`;
}

function perTime(many: number, ms: number): string {
  const [value, unit] = rateParts(many, ms);
  const hourly = (many / ms) * 3_600_000;
  if (hourly < 1) return `${count(Math.max(1, Math.round(hourly * 24)))} a day`;
  if (hourly < 600) return `${count(Math.round(hourly))} an hour`;
  return `${value} ${unit}`.replace(/\s+/g, " ");
}
