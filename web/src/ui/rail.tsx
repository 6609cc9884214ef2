/** The rail: a tab list of the attempts that were, and plain text for those to come. Arrows, Home and End go along it. */
import { Fragment, useRef, type CSSProperties, type KeyboardEvent } from "react";
import type { Rail as Stops, Stop } from "@/words/rail";
import { EndIcon, StateIcon } from "./icon";

export function Rail({ of, chosen, onChoose, panelId }: { of: Stops; chosen: number | null; onChoose: (attempt: number) => void; panelId: string }) {
  const place = useRef<HTMLDivElement>(null);
  const attempts = of.stops.filter((stop) => stop.kind === "attempt");
  const onKey = (event: KeyboardEvent) => {
    const at = attempts.findIndex((stop) => stop.number === chosen);
    const step = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: attempts.length - 1 }[event.key];
    const next = step === undefined ? undefined : attempts[step];
    if (!next) return;
    event.preventDefault();
    onChoose(next.number);
    place.current?.querySelector<HTMLElement>(`[data-attempt="${next.number}"]`)?.focus();
  };
  const before = of.stops.filter((stop) => stop.kind === "accepted");
  const after = of.stops.filter((stop) => stop.kind === "planned" || stop.kind === "end");
  return (
    <div className="overflow-x-auto">
      <div className="rail" ref={place} style={{ minWidth: of.stops.length > 14 ? `${of.stops.length * 68}px` : undefined }}>
        {before.map((stop) => (
          <div key="accepted" className="stop first">
            <Inner of={stop} />
          </div>
        ))}
        <div role="tablist" aria-label="Attempts" className="contents" onKeyDown={onKey}>
          {attempts.map((stop) => (
            <button
              key={stop.number}
              type="button"
              className="stop"
              role="tab"
              id={`attempt-${stop.number}`}
              data-attempt={stop.number}
              aria-selected={stop.number === chosen}
              aria-controls={stop.number === chosen ? panelId : undefined}
              tabIndex={stop.number === chosen ? 0 : -1}
              onClick={() => onChoose(stop.number)}
            >
              <span className="sr-only">Attempt {stop.number}:</span>
              <Inner of={stop} />
            </button>
          ))}
        </div>
        {after.map((stop, at) => (
          <Fragment key={at}>
            {stop.kind === "end" && of.folded && (
              <div className="stop folded to-come">
                <StateIcon icon="pending" state="idle" className="node" />
                <b>{of.folded}</b>
              </div>
            )}
            <ToCome of={stop} />
          </Fragment>
        ))}
      </div>
    </div>
  );
}

/** Where the word would lie over the stop before. */
const CLOSE = 0.15;

function ToCome({ of }: { of: Stop & { kind: "planned" | "end" } }) {
  if (of.kind === "end") {
    return (
      <div className="stop to-come">
        <Inner of={of} />
      </div>
    );
  }
  const style = { "--gone": `${Math.round(of.gone * 100)}%`, "--gone-share": of.gone } as CSSProperties;
  return (
    <div className={of.isNext ? "stop to-come nearest" : "stop to-come later"} style={of.isNext ? style : undefined}>
      {of.isNext && of.gone < 1 && <span className={of.gone < CLOSE ? "now close" : "now"} aria-hidden="true" />}
      <Inner of={of} />
    </div>
  );
}

function Inner({ of }: { of: Stop }) {
  return (
    <>
      {of.gap && <span className="gap">{of.gap}</span>}
      {of.kind === "accepted" ? <EndIcon of="accepted" /> : of.kind === "end" ? <EndIcon of="given-up" /> : of.kind === "attempt" ? <StateIcon icon={of.status.icon} state={of.status.state} className="node" /> : <StateIcon icon="pending" state="idle" className="node" />}
      <b>{of.label}</b>
      <span className="when">{of.when}</span>
    </>
  );
}

/** A retry schedule as a small rail. */
export function MiniRail({ waits, name }: { waits: string[]; name: string }) {
  return (
    <div className="mini-rail" role="img" aria-label={name}>
      <i />
      {waits.map((wait, at) => (
        <Fragment key={at}>
          <span>
            <small>{wait}</small>
          </span>
          <i />
        </Fragment>
      ))}
    </div>
  );
}
