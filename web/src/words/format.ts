/** Numbers and times as people read them. A thin no-break space stands before units. */

const THIN = "\u202f";
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** Shortened, for axes only. */
export function axis(value: number): string {
  if (value < 10_000) return count(value);
  const [divisor, letter] = value < 1e6 ? [1e3, "k"] : value < 1e9 ? [1e6, "M"] : [1e9, "G"];
  const short = value / divisor;
  return `${short < 10 ? floor(short, 1) : Math.floor(short)}${letter}`;
}

/** Of a count that ends at a limit. */
export function cappedCount(value: number, isCapped: boolean | null | undefined): string {
  return isCapped ? `${count(value)}+` : count(value);
}

/** A share of 0 to 1. `100 %` says that it is all, and `0 %` that it is none. */
export function percent(share: number | null | undefined): string {
  const [number, unit] = percentParts(share);
  return unit ? `${number}${THIN}${unit}` : number;
}

export function percentParts(share: number | null | undefined): [string, string] {
  if (share === null || share === undefined) return ["–", ""];
  const percents = floor(share * 100, 1);
  if (share > 0 && percents < 0.1) return ["under 0.1", "%"];
  return [share >= 1 ? "100" : String(percents), "%"];
}

function floor(value: number, digits: number): number {
  const scale = 10 ** digits;
  // 0.9984 * 100 is 99.83999…; what is so near to the next digit is it.
  return Math.floor(value * scale + 1e-9) / scale;
}

/** Two units at most, each with its number. */
export function durationParts(ms: number): [string, string][] {
  if (ms < 0) return durationParts(0);
  if (ms < 1) return [[ms === 0 ? "0" : String(Math.max(0.1, floor(ms, 1))), "ms"]];
  if (ms < SECOND) return [[String(Math.round(ms) === 1000 ? 999 : Math.round(ms)), "ms"]];
  if (ms < 10 * SECOND) return [[String(floor(ms / SECOND, 1)), "s"]];
  if (ms < MINUTE) return [[String(Math.floor(ms / SECOND)), "s"]];
  if (ms < HOUR) return two(ms, MINUTE, "min", SECOND, "s");
  if (ms < DAY) return two(ms, HOUR, "h", MINUTE, "min");
  return two(ms, DAY, "d", HOUR, "h");
}

function two(ms: number, large: number, of: string, small: number, beside: string): [string, string][] {
  const rest = Math.floor((ms % large) / small);
  const first: [string, string] = [count(Math.floor(ms / large)), of];
  return rest === 0 ? [first] : [first, [String(rest), beside]];
}

export function duration(ms: number): string {
  return joined(durationParts(ms));
}

/** With the larger unit only, for columns: `6 min`. */
export function shortDuration(ms: number): string {
  return joined(durationParts(ms).slice(0, 1));
}

function joined(parts: [string, string][]): string {
  return parts.map(([number, unit]) => `${number}${THIN}${unit}`).join(" ");
}

/** A countdown's digits: `7:10`, `51 s`, `2 d 12 h`. Never below zero. */
export function countdown(ms: number): string {
  const seconds = Math.ceil(ms / SECOND);
  if (seconds <= 0) return "now";
  if (seconds < 60) return `${seconds}${THIN}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return duration(seconds * SECOND);
}

export function bytes(value: number): string {
  if (value < 1_000) return `${value}${THIN}B`;
  for (const [divisor, unit] of [[1e3, "kB"], [1e6, "MB"], [1e9, "GB"], [1e12, "TB"]] as const) {
    const size = value / divisor;
    if (size < 1_000 || unit === "TB") return `${size < 10 ? floor(size, 1) : Math.floor(size)}${THIN}${unit}`;
  }
  return "";
}

/** How often something comes, so many of it in so long a time. */
export function rateParts(many: number, ms: number): [string, string] {
  for (const [length, unit] of [[SECOND, "a second"], [MINUTE, "a minute"], [HOUR, "an hour"]] as const) {
    const rate = (many * length) / ms;
    if (rate >= 1) return [rate < 10 ? String(floor(rate, 1)) : count(Math.round(rate)), unit];
  }
  return [count(Math.round((many * DAY) / ms)), "a day"];
}

export function rate(many: number, ms: number): string {
  return rateParts(many, ms).join(" ");
}

/** A webhook's rate limit: `600 a minute`. */
export function rateLimit(limit: { limit: number; per: string }): string {
  return `${count(limit.limit)} ${limit.per === "hour" ? "an" : "a"} ${limit.per}`;
}

/** The API's times of settings, such as `5s`, `2m`, `1d` or `500ms`, in milliseconds. */
export function span(text: string): number {
  const units: Record<string, number> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY };
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) sum += Number(number) * (units[unit ?? ""] ?? 0);
  return sum;
}

/** As the zone that a person chose has it; `zone` is an IANA name or undefined for the browser's. */
export type Zone = string | undefined;

const formats = new Map<string, Intl.DateTimeFormat>();

function parts(at: number, zone: Zone): Record<string, string> {
  let format = formats.get(zone ?? "");
  if (!format) {
    const options: Intl.DateTimeFormatOptions = {
      weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
      hourCycle: "h23", timeZone: zone,
    };
    format = new Intl.DateTimeFormat("en-GB", options);
    formats.set(zone ?? "", format);
  }
  const found: Record<string, string> = {};
  for (const part of format.formatToParts(at)) found[part.type] = part.value;
  // Some engines write "Sept".
  if (found.month) found.month = found.month.slice(0, 3);
  return found;
}

/** `03:09` */
export function clock(at: number, zone: Zone): string {
  const { hour, minute } = parts(at, zone);
  return `${hour}:${minute}`;
}

/** `03:09:31` */
export function clockSeconds(at: number, zone: Zone): string {
  const { hour, minute, second } = parts(at, zone);
  return `${hour}:${minute}:${second}`;
}

/** `03:09:31.402`: exact to the millisecond. */
export function clockMillis(at: number, zone: Zone): string {
  return `${clockSeconds(at, zone)}.${String(Math.floor(at) % 1000).padStart(3, "0")}`;
}

/** `Tue 10 Nov` */
export function day(at: number, zone: Zone): string {
  const { weekday, day, month } = parts(at, zone);
  return `${weekday} ${day} ${month}`;
}

/** `3 Aug`, and with its year where that is another. */
export function date(at: number, now: number, zone: Zone): string {
  const [of, today] = [parts(at, zone), parts(now, zone)];
  return of.year === today.year ? `${of.day} ${of.month}` : `${of.day} ${of.month} ${of.year}`;
}

/** `Tue 10 Nov, 04:12`, with its year where that is another. */
export function moment(at: number, now: number, zone: Zone): string {
  const [of, today] = [parts(at, zone), parts(now, zone)];
  const year = of.year === today.year ? "" : ` ${of.year}`;
  return `${day(at, zone)}${year}, ${clock(at, zone)}`;
}

/** With its time alone if it is of today: `03:05`, else `Tue 10 Nov, 04:12`. */
export function since(at: number, now: number, zone: Zone): string {
  return isSameDay(at, now, zone) ? clock(at, zone) : moment(at, now, zone);
}

/** With seconds while it is near, for stops of a rail: `03:19:50`, `Fri 15:20`, `Fri 27 Nov`. */
export function stop(at: number, now: number, zone: Zone): string {
  if (isSameDay(at, now, zone)) return clockSeconds(at, zone);
  if (Math.abs(at - now) < 6 * DAY) return `${parts(at, zone).weekday} ${clock(at, zone)}`;
  return day(at, zone);
}

export function isSameDay(a: number, b: number, zone: Zone): boolean {
  const [of, other] = [parts(a, zone), parts(b, zone)];
  return of.day === other.day && of.month === other.month && of.year === other.year;
}

/** `now`, `12 s ago`, `6 min ago`, `3 h ago`, then the moment. To come: `in 7 min 10 s`. */
export function relative(at: number, now: number, zone: Zone): string {
  const past = now - at;
  if (past < 0) return past > -SECOND ? "now" : past > -7 * DAY ? `in ${duration(-past)}` : moment(at, now, zone);
  if (past < 2 * SECOND) return "now";
  if (past < DAY) return `${shortDuration(past < MINUTE ? Math.floor(past / SECOND) * SECOND : past)} ago`;
  return moment(at, now, zone);
}

/** The same in a column: `12 s` and no `ago`. */
export function age(at: number, now: number): string {
  const past = now - at;
  if (past < 2 * SECOND) return "now";
  return shortDuration(past < MINUTE ? Math.floor(past / SECOND) * SECOND : past);
}

/** Exactly, with the zone: `Tue 10 Nov 2026, 03:09:31.402 UTC`. */
export function exact(at: number, zone: Zone): string {
  const { weekday, day, month, year } = parts(at, zone);
  return `${weekday} ${day} ${month} ${year}, ${clockMillis(at, zone)} ${zoneName(at, zone)}`;
}

export function zoneName(at: number, zone: Zone): string {
  if (zone === "UTC") return "UTC";
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "short" }).formatToParts(at);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
}
