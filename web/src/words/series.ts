/** Sums of spans as a chart has them: every span is there, also those in which nothing was counted. */
export interface PointLike {
  at: string;
  attempts: number;
  deliveries: number;
  delivered: number;
  failures: Record<string, number | undefined>;
  request_time?: { p95_ms: number } | null;
}

export interface Series {
  from: string;
  seconds: number;
  succeeded: number[];
  throttled: number[];
  failed: number[];
  deliveries: number[];
  /** Within how many milliseconds 95 % were answered; null where nothing was. */
  p95: (number | null)[];
}

const SECONDS: Record<string, number> = { minute: 60, hour: 3_600, day: 86_400 };
/** More is no chart. */
const MOST = 2_000;

export function seriesOf(stats: { from: string; to: string; granularity: string; data: PointLike[] }): Series {
  const seconds = SECONDS[stats.granularity] ?? 60;
  const begin = Date.parse(stats.from);
  const spans = Math.min(MOST, Math.max(1, Math.round((Date.parse(stats.to) - begin) / (seconds * 1000))));
  const zeros = () => new Array<number>(spans).fill(0);
  const series: Series = { from: stats.from, seconds, succeeded: zeros(), throttled: zeros(), failed: zeros(), deliveries: zeros(), p95: new Array<number | null>(spans).fill(null) };
  for (const point of stats.data) {
    const at = Math.floor((Date.parse(point.at) - begin) / (seconds * 1000));
    if (at < 0 || at >= spans) continue;
    const throttled = point.failures.throttled ?? 0;
    const failed = Object.entries(point.failures).reduce((sum, [kind, count]) => (kind === "throttled" ? sum : sum + (count ?? 0)), 0);
    series.throttled[at] = throttled;
    series.failed[at] = failed;
    series.succeeded[at] = Math.max(0, point.attempts - throttled - failed);
    series.deliveries[at] = point.deliveries;
    series.p95[at] = point.request_time?.p95_ms ?? null;
  }
  return series;
}

/** How fine a range is shown. */
export function granularityOf(ms: number): "minute" | "hour" | "day" {
  return ms <= 3 * 3_600_000 ? "minute" : ms <= 8 * 86_400_000 ? "hour" : "day";
}

/** What is in some of the spans, for the note on a range that was dragged. */
export function sumOf(series: Series, first: number, end: number): { attempts: number; succeeded: number; failed: number; throttled: number; deliveries: number } {
  const sum = (of: number[]) => of.slice(first, end).reduce((total, count) => total + count, 0);
  const [succeeded, failed, throttled] = [sum(series.succeeded), sum(series.failed), sum(series.throttled)];
  return { attempts: succeeded + failed + throttled, succeeded, failed, throttled, deliveries: sum(series.deliveries) };
}
