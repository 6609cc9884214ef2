/** A strip as paths: one for each state. Bars are attempts, stacked; the hill is what is owed; the base line is the lane's state. */
export interface StripData {
  succeeded: number[];
  throttled: number[];
  failed: number[];
  /** What was owed at the end of each span, where that is known. */
  owed?: (number | null)[] | null;
}

export interface StripPaths {
  ok: string;
  warn: string;
  bad: string;
  ground: string;
  hill: string;
  edge: string;
  base: string;
}

const BASE = 2;
/** What failed is never smaller than this. */
const LEAST_BAD = 3;

/**
 * `from` is the first span in which the lane's state holds, for the base line; null for none. `top` is the most of one span, where several
 * strips share a scale.
 */
export function stripPaths(data: StripData, width: number, height: number, from: number | null, top?: number): StripPaths {
  const spans = data.succeeded.length;
  const paths: StripPaths = { ok: "", warn: "", bad: "", ground: "", hill: "", edge: "", base: "" };
  if (spans === 0 || width <= 0) return paths;
  const step = width / spans;
  const bar = Math.max(1, Math.floor(step) - 1);
  const room = height - BASE - 2;
  const all = data.succeeded.map((count, at) => count + (data.throttled[at] ?? 0) + (data.failed[at] ?? 0));
  const most = Math.max(top ?? 0, ...all, 1);
  for (let at = 0; at < spans; at += 1) {
    const x = Math.round(at * step);
    let y = height - BASE - 1;
    for (const [state, count] of [["ok", data.succeeded[at]], ["warn", data.throttled[at]], ["bad", data.failed[at]]] as const) {
      if (!count) continue;
      const least = state === "bad" ? LEAST_BAD : 1;
      const size = Math.min(Math.max(Math.round((count / most) * room), least), y);
      paths[state] += `M${x} ${y - size}h${bar}v${size}h-${bar}z`;
      y -= size;
    }
  }
  const begin = from === null ? spans : Math.max(0, Math.min(from, spans));
  const hill = hillPoints(data.owed, step, height, room, width);
  if (hill) {
    paths.hill = `M${hill[0]?.[0]} ${height - BASE - 1}${hill.map(([x, y]) => `L${x} ${y}`).join("")}V${height - BASE - 1}z`;
    paths.edge = `M${hill.map(([x, y]) => `${x} ${y}`).join("L")}`;
  }
  const ground = Math.round(begin * step);
  if (ground > 0) paths.ground = `M0 ${height - BASE}h${ground}v1h-${ground}z`;
  if (begin < spans) paths.base = `M${ground} ${height - BASE}h${width - ground}v2h-${width - ground}z`;
  return paths;
}

function hillPoints(owed: StripData["owed"], step: number, height: number, room: number, width: number): [number, number][] | null {
  if (!owed) return null;
  const most = Math.max(...owed.map((count) => count ?? 0));
  const first = owed.findIndex((count) => (count ?? 0) > 0);
  if (most <= 0 || first < 0) return null;
  const points = owed.slice(first).map((count, at): [number, number] => [Math.round((first + at) * step), round(height - BASE - 1 - ((count ?? 0) / most) * room)]);
  return [...points, [width, points.at(-1)?.[1] ?? 0]];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The span in which a time is, for the base line; null before the strip began or where it is unknown. */
export function spanOf(at: string | null | undefined, from: string, seconds: number, spans: number): number | null {
  if (!at) return null;
  const span = Math.floor((Date.parse(at) - Date.parse(from)) / (seconds * 1000));
  return span >= spans ? spans - 1 : Math.max(0, span);
}

/**
 * What was owed at the end of each span, counted back from what is owed now: what came to be owed since and was not delivered. What was given
 * up or cancelled meanwhile is not in a strip, so the hill is a picture and no number.
 */
export function owedBack(strip: { deliveries: number[]; succeeded: number[] }, owedNow: number): number[] {
  const owed = new Array<number>(strip.deliveries.length);
  let rest = owedNow;
  for (let at = owed.length - 1; at >= 0; at -= 1) {
    owed[at] = Math.max(0, rest);
    rest -= (strip.deliveries[at] ?? 0) - (strip.succeeded[at] ?? 0);
  }
  // The two numbers are of different moments, so a few are over in the end: they are no hill.
  const least = Math.max(...owed) * 0.05;
  return owed.map((count) => (count < least ? 0 : count));
}

/** The times on an axis: four and the present. */
export function ticks(from: string, seconds: number, spans: number, word: (at: number) => string): { at: number; label: string }[] {
  const begin = Date.parse(from);
  const shown = [0, 0.25, 0.5, 0.75].map((share) => ({ at: share, label: word(begin + Math.round(share * spans) * seconds * 1000) }));
  return [...shown, { at: 1, label: "now" }];
}
