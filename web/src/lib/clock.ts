/**
 * The server's time, as far as it is known here, and one timer for everything that shows time. Countdowns to times of the server's would be
 * wrong on a machine whose clock is.
 */
import { useSyncExternalStore } from "react";

let offset = 0;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

export function now(): number {
  return Date.now() + offset;
}

/** From an answer's `Date` header, which knows seconds: only what is further off is believed. */
export function learn(date: string | null): void {
  const theirs = date ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(theirs)) return;
  const difference = theirs + 500 - Date.now();
  if (Math.abs(difference - offset) > 2_000) offset = Math.abs(difference) > 2_000 ? difference : 0;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => listeners.forEach((each) => each()), 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** What becomes of the time in words; whoever asks is drawn again only when the words change. */
export function useTicking<T extends string | number | boolean>(of: (now: number) => T): T {
  return useSyncExternalStore(subscribe, () => of(now()));
}

/** The time to the second. */
export function useNow(): number {
  return useTicking((now) => Math.floor(now / 1_000) * 1_000);
}
