/** What a page shows until an answer is there, and what it says if none comes. */
import { useEffect, useState, type ReactNode } from "react";
import { problemOf } from "@/api/problem";
import { isPortal } from "@/lib/place";
import { copy } from "./copy";
import { problemInWords } from "@/words/problem";

/** Whether it lasts already so long. */
export function useLate(ms: number): boolean {
  const [isLate, setIsLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLate(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return isLate;
}

interface Asked<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

/**
 * What was asked for, once it is there. Nothing for 150 ms, then a skeleton in the final geometry, after four seconds a word. An error keeps
 * what is on the screen and is said above it. `what` is what is asked for, in the plural; `one` is one of it.
 */
export function Loaded<T>({ of, what, one, skeleton, children }: { of: Asked<T>; what: string; one?: string; skeleton?: ReactNode; children: (data: T) => ReactNode }) {
  if (of.data !== undefined) {
    return (
      <>
        {of.error ? <Trouble error={of.error} what={what} one={one} again={of.refetch} /> : null}
        {children(of.data)}
      </>
    );
  }
  if (of.error) return <Trouble error={of.error} what={what} one={one} again={of.refetch} />;
  return <Waiting skeleton={skeleton} />;
}

function Waiting({ skeleton }: { skeleton?: ReactNode }) {
  const isShown = useLate(150);
  const isLate = useLate(4_000);
  if (!isShown) return null;
  return (
    <div aria-busy="true">
      {isLate && <p className="text-ink-2 mb-3">Still loading. The server takes longer than usual.</p>}
      {skeleton ?? <Skeleton rows={6} />}
    </div>
  );
}

export function Skeleton({ rows, height = 20, gap = 14 }: { rows: number; height?: number; gap?: number }) {
  return (
    <div aria-hidden="true" className="grid" style={{ gap }}>
      {Array.from({ length: rows }, (_, at) => (
        <div key={at} className="skeleton" style={{ height, width: `${96 - ((at * 13) % 34)}%` }} />
      ))}
    </div>
  );
}

/** What went wrong, with the request's id for whoever helps. */
export function Trouble({ error, what, one, again }: { error: unknown; what: string; one?: string; again?: () => unknown }) {
  const words = problemInWords(problemOf(error), what, one, isPortal);
  return (
    <div role="alert" className="bad mb-3 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-control bg-wash px-3 py-2">
      <span>
        <b>{words.title}</b> {words.detail}
      </span>
      {words.retry && again && (
        <button type="button" className="btn small" onClick={() => again()}>
          Try again
        </button>
      )}
      {words.requestId && (
        <button type="button" className="mono text-ink-3" onClick={() => copy(words.requestId ?? "")}>
          {words.requestId}
        </button>
      )}
    </div>
  );
}

