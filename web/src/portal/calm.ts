import { useEffect, useRef } from "react";

/** Whether somebody points into a list, is in it with the keyboard, or has scrolled down to something. */
function isHeld(): boolean {
  return scrollY > 8 || document.querySelector(".deliveries:hover, .deliveries :focus-visible") !== null;
}

/** Reads a list again now and then, and never while its rows would move under a pointer. */
export function useCalm(refetch: () => unknown, every: number): void {
  const latest = useRef(refetch);
  latest.current = refetch;
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && !isHeld() && latest.current(), every);
    return () => clearInterval(timer);
  }, [every]);
}
