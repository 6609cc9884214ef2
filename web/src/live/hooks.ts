import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useStore } from "@/lib/store";
import type { Happening, Interest } from "./interest";
import { browser, LiveTab, type Phase } from "./tab";

export const live = new LiveTab(browser);

export function useLivePhase(): Phase {
  return useStore(live.phase);
}

/** Tells a part of a page what happens, once a frame at most. `again`: something may have been missed. */
export function useLive(interest: Interest | null, told: (happenings: Happening[]) => void, again?: () => void): void {
  const latest = useRef({ told, again });
  latest.current = { told, again };
  const key = JSON.stringify(interest);
  useEffect(() => {
    const wanted = JSON.parse(key) as Interest | null;
    if (!wanted) return;
    return live.listen({
      interest: wanted,
      told: (happenings) => latest.current.told(happenings),
      again: () => latest.current.again?.(),
    });
  }, [key]);
}

/** Has what these keys name read again when something happens to it: once in `every` milliseconds at most. */
export function useLiveRefresh(keys: QueryKey[], interest: Interest | null, every = 2_000): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const last = useRef(0);
  const refresh = () => {
    timer.current = null;
    last.current = Date.now();
    for (const queryKey of keys) void client.invalidateQueries({ queryKey });
  };
  const soon = () => {
    if (timer.current) return;
    timer.current = setTimeout(refresh, Math.max(250, last.current + every - Date.now()));
  };
  useEffect(() => () => void (timer.current && clearTimeout(timer.current)), []);
  useLive(interest, soon, refresh);
}

/**
 * The last of what happens, for a feed. Where much happens it is a sample, four times a second, and says of how many: `seen` were since the
 * last picture, `shown` of them are new in it.
 */
export function useFeed(interest: Interest | null, most: number, key: (happening: Happening) => string): { rows: Happening[]; seen: number; shown: number } {
  const [feed, setFeed] = useState<{ rows: Happening[]; seen: number; shown: number }>({ rows: [], seen: 0, shown: 0 });
  const waiting = useRef<Happening[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useLive(interest, (happenings) => {
    waiting.current.push(...happenings);
    timer.current ??= setTimeout(() => {
      timer.current = null;
      const come = waiting.current;
      waiting.current = [];
      setFeed((before) => {
        const newest = new Map<string, Happening>();
        for (const happening of come.toReversed()) {
          if (newest.size >= most) break;
          if (!newest.has(key(happening))) newest.set(key(happening), happening);
        }
        const kept = before.rows.filter((row) => !newest.has(key(row)));
        return { rows: [...newest.values(), ...kept].slice(0, most), seen: come.length, shown: newest.size };
      });
    }, 250);
  });
  useEffect(() => () => void (timer.current && clearTimeout(timer.current)), []);
  return feed;
}
