/** Short notes of what was done, with the way back where there is one. */
import { useEffect, useRef } from "react";
import { Store, useStore } from "@/lib/store";

export interface Toast {
  text: string;
  /** What the button says and does; "Undo" where nothing else is said. */
  action?: { label?: string; run: () => void };
}

const LASTS = 8_000;
const SHORT = 3_000;
const toasts = new Store<(Toast & { id: number })[]>([]);
let next = 0;

export function toast(what: Toast): void {
  next += 1;
  toasts.update((before) => [...before.slice(-2), { ...what, id: next }]);
}

export function Toasts() {
  const shown = useStore(toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((each) => (
        <One key={each.id} of={each} close={() => toasts.update((before) => before.filter((other) => other.id !== each.id))} />
      ))}
    </div>
  );
}

function One({ of, close }: { of: Toast; close: () => void }) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef(close);
  latest.current = close;
  const start = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => latest.current(), of.action ? LASTS : SHORT);
  };
  useEffect(() => {
    start();
    return () => clearTimeout(timer.current);
    // Once: it lasts as long as it did when it came.
  }, []);
  const stay = () => clearTimeout(timer.current);
  return (
    <div className="toast" onPointerEnter={stay} onPointerLeave={start} onFocus={stay} onBlur={start}>
      <div>{of.text}</div>
      {of.action && (
        <button
          type="button"
          className="btn"
          onClick={() => {
            of.action?.run();
            close();
          }}
        >
          {of.action.label ?? "Undo"}
        </button>
      )}
    </div>
  );
}
