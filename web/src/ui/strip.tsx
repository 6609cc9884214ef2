import { memo, useLayoutEffect, useRef, useState } from "react";
import type { State } from "@/words/status";
import { stripPaths, type StripData } from "@/words/strip";

/** Attempts and what is owed over time, drawn to the width that there is. `name` says in words what the picture shows. */
export const Strip = memo(function Strip({ data, state, from = null, top, name, className = "" }: { data: StripData | null | undefined; state: State; from?: number | null; top?: number; name: string; className?: string }) {
  const place = useRef<HTMLSpanElement>(null);
  const [size, setSize] = useState<[number, number]>([0, 0]);
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return;
    const measure = () => setSize((old) => (old[0] === element.clientWidth && old[1] === element.clientHeight ? old : [element.clientWidth, element.clientHeight]));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const [width, height] = size;
  const paths = data && width > 0 ? stripPaths(data, width, height, from, top) : null;
  return (
    <span ref={place} className={`strip ${state} ${className}`} role="img" aria-label={name}>
      {paths && (
        <svg width={width} height={height} aria-hidden="true" className="block overflow-visible">
          {paths.ok && <path className="ok-bars" d={paths.ok} />}
          {paths.warn && <path className="warn-bars" d={paths.warn} />}
          {paths.bad && <path className="bad-bars" d={paths.bad} />}
          {paths.hill && <path className="hill" d={paths.hill} />}
          {paths.edge && <path className="edge" d={paths.edge} />}
          {paths.ground && <path className="ground" d={paths.ground} />}
          {paths.base && <path className="base" d={paths.base} />}
        </svg>
      )}
    </span>
  );
});
