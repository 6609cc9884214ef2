/** Of which time a page shows things. It stands in the URL: `last=24h`, or `from` and `to`. */
import { useMemo } from "react";
import { useSearch } from "./link";
import { now } from "@/lib/clock";
import { one } from "@/lib/search";

export const LASTS = { "1h": ["Last hour", 3_600_000], "24h": ["Last 24 hours", 86_400_000], "7d": ["Last 7 days", 604_800_000], "30d": ["Last 30 days", 2_592_000_000] } as const;
export type Last = keyof typeof LASTS;

export interface Range {
  /** Milliseconds, or undefined for no limit on that side. */
  from: number | undefined;
  to: number | undefined;
  /** Which of the usual ones it is; null if it was chosen freely; undefined if none was. */
  last: Last | null | undefined;
  choose: (last: Last | undefined) => void;
  zoom: (from: number, to: number) => void;
  /** Back to the range before the zoom; nothing if there was no zoom. */
  unzoom: () => void;
}

const before: Record<string, string | undefined>[] = [];

export function useRange(): Range {
  const [search, setSearch] = useSearch();
  const last = one(search.last);
  const [from, to] = [time(one(search.from)), time(one(search.to))];
  const usual = last !== undefined && last in LASTS ? (last as Last) : undefined;
  // Counted from when it was chosen, to the minute, so that nothing is asked for again and again.
  const begin = useMemo(() => (usual ? Math.floor((now() - LASTS[usual][1]) / 60_000) * 60_000 : undefined), [usual]);
  return {
    from: from ?? begin,
    to,
    last: from !== undefined || to !== undefined ? null : usual,
    choose: (next) => {
      before.length = 0;
      setSearch({ last: next, from: undefined, to: undefined }, { push: true });
    },
    zoom: (first, end) => {
      before.push({ last, from: one(search.from), to: one(search.to) });
      setSearch({ last: undefined, from: new Date(first).toISOString(), to: new Date(end).toISOString() }, { push: true });
    },
    unzoom: () => {
      const back = before.pop();
      if (back) setSearch(back, { push: true });
    },
  };
}

function time(text: string | undefined): number | undefined {
  const at = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
