/** How often and when a failed attempt is tried again, as the form has it: presets, waits of one's own, or waits that grow. */
import { duration, span } from "./format";
import { long } from "./settings";
import { capital, spelled } from "./text";

export type RetryChoice = "default" | "quick" | "short" | "none" | "own";

export interface RetryForm {
  choice: RetryChoice;
  /** Own: the waits one after the other. */
  waits: string[];
  /** Own: waits that grow. Null while they are written one by one. */
  growth: { initial: string; factor: string; max: string; attempts: string } | null;
  /** Attempts in all at most; empty for as many as the waits come to. */
  attempts: string;
  /** In per cent. */
  jitter: string;
}

/** The API's policies, as far as they are read here. */
export type RetryPolicy = { attempts?: number | null; jitter?: number | null } & (
  | { preset: "default" | "quick" | "short" | "none" }
  | { schedule: string[] }
  | { initial: string; factor?: number | null; max?: string | null }
);

/** The waits behind each name, as the server has them; a test compares them with its description. */
export const PRESETS: Record<Exclude<RetryChoice, "own">, { label: string; waits: string[] }> = {
  default: { label: "Patient", waits: ["5s", "30s", "2m", "10m", "1h", "3h", "8h", "24h", "24h"] },
  quick: { label: "Quick", waits: ["1s", "2s", "4s"] },
  short: { label: "Short", waits: ["1m", "5m", "15m"] },
  none: { label: "Never", waits: [] },
};

export const CHOICES: { value: RetryChoice; label: string }[] = (["default", "quick", "short", "own", "none"] as const).map((value) => ({ value, label: value === "own" ? "Own" : PRESETS[value].label }));

const USUAL_JITTER = "20";
const USUAL_GROWTH = { initial: "1s", factor: "2", max: "1h", attempts: "8" };

export const USUAL: RetryForm = { choice: "default", waits: [], growth: null, attempts: "", jitter: USUAL_JITTER };

export function retryFormOf(policy: RetryPolicy): RetryForm {
  const jitter = String(policy.jitter ?? USUAL_JITTER);
  const attempts = policy.attempts ? String(policy.attempts) : "";
  if ("preset" in policy) return { ...USUAL, choice: policy.preset, attempts, jitter };
  if ("schedule" in policy) return { ...USUAL, choice: "own", waits: policy.schedule, attempts, jitter };
  const growth = { initial: policy.initial, factor: String(policy.factor ?? USUAL_GROWTH.factor), max: policy.max ?? USUAL_GROWTH.max, attempts: attempts || USUAL_GROWTH.attempts };
  return { ...USUAL, choice: "own", growth, jitter };
}

export function retryOf(form: RetryForm): RetryPolicy {
  const jitter = number(form.jitter);
  const common = { jitter, ...(form.attempts.trim() === "" ? {} : { attempts: number(form.attempts) }) };
  if (form.choice !== "own") return { preset: form.choice, ...(form.choice === "none" ? { jitter } : common) };
  if (!form.growth) return { schedule: form.waits, ...common };
  const { initial, factor, max, attempts } = form.growth;
  return { initial: initial.trim(), factor: number(factor), max: max.trim(), attempts: number(attempts), jitter };
}

/** Own begins where a preset was left. */
export function choose(form: RetryForm, choice: RetryChoice): RetryForm {
  if (choice !== "own" || form.choice === "own") return { ...form, choice };
  return { ...form, choice, waits: PRESETS[form.choice].waits.length > 0 ? PRESETS[form.choice].waits : ["30s"], growth: null, attempts: "" };
}

export function grow(form: RetryForm, grows: boolean): RetryForm {
  return grows ? { ...form, growth: { ...USUAL_GROWTH } } : { ...form, growth: null, waits: planned(form) ?? PRESETS.default.waits, attempts: "" };
}

/** The waits that it comes to, if all that is written can be read. */
export function planned(form: RetryForm): string[] | null {
  const waits = form.choice !== "own" ? PRESETS[form.choice].waits : form.growth ? grown(form.growth) : form.waits;
  if (!waits || !waits.every(isSpan)) return null;
  const most = form.attempts.trim() === "" || (form.choice === "own" && form.growth) ? Number.POSITIVE_INFINITY : Number(form.attempts);
  return waits.slice(0, Math.max(0, most - 1));
}

const MOST = 50;

function grown({ initial, factor, max, attempts }: NonNullable<RetryForm["growth"]>): string[] | null {
  const times = Number(factor);
  const many = Number(attempts);
  if (!isSpan(initial) || !isSpan(max) || !(times >= 1) || !Number.isInteger(many) || many < 1 || many > MOST) return null;
  return Array.from({ length: many - 1 }, (_, at) => {
    const ms = Math.min(span(initial) * times ** at, span(max));
    return ms % 1000 === 0 ? `${ms / 1000}s` : `${Math.round(ms)}ms`;
  });
}

export function isSpan(text: string): boolean {
  return /^\d{1,9}(ms|s|m|h|d)$/.test(text.trim());
}

/** "Ten tries over 2½ days; then it is kept as failed." */
export function planInWords(form: RetryForm): string {
  const waits = planned(form);
  if (!waits) return "Waits are written like 30s, 5m, 2h or 1d.";
  if (waits.length === 0) return "One try. If it fails, it is kept as failed.";
  const total = waits.reduce((sum, wait) => sum + span(wait), 0);
  return `${capital(spelled(waits.length + 1))} tries over ${long(total)}; then it is kept as failed.`;
}

/** "After 5 s, 30 s and 2 min", for who does not see the rail. */
export function planAsName(waits: string[]): string {
  const each = waits.map((wait) => duration(span(wait)));
  const last = each.pop();
  if (!last) return "No more tries";
  return `After ${each.length > 0 ? `${each.join(", ")} and ` : ""}${last}`;
}

/** What is not a number stays as it was typed, so that the API says what is wrong with it. */
function number(text: string): number {
  const trimmed = text.trim();
  return (trimmed !== "" && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed) as number;
}
