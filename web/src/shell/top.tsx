import { Contrast, Search as SearchIcon } from "lucide-react";
import { offlineSince } from "@/api/client";
import { useLivePhase, live } from "@/live/hooks";
import { now } from "@/lib/clock";
import { LASTS, useRange, type Last } from "@/ui/range";
import { Store, useStore } from "@/lib/store";
import { choose, useYou, useZone } from "@/lib/you";
import { keyName } from "@/ui/keys";
import { Link } from "@/ui/link";
import { Choice } from "@/ui/menu";
import * as format from "@/words/format";
import { liveWords } from "@/words/live";
import { pageWords } from "./page";

/** Whether the palette is open, and whether the keys are shown. */
export const palette = new Store(false);
export const help = new Store(false);

export function Top() {
  const { crumbs, range } = useStore(pageWords);
  return (
    <header className="top">
      <nav className="crumbs" aria-label="The way here">
        {crumbs.map((crumb, at) =>
          at < crumbs.length - 1 ? (
            <span key={at} className="flex gap-1.5">
              {crumb.to ? <Link to={crumb.to}>{crumb.label}</Link> : crumb.label}
              <span aria-hidden="true">/</span>
            </span>
          ) : (
            <span key={at} className="cut" aria-current="page">
              <bdi>{crumb.label}</bdi>
            </span>
          ),
        )}
      </nav>
      <span className="ml-auto" />
      <button type="button" className="find" onClick={() => palette.set(true)}>
        <SearchIcon className="icon" aria-hidden />
        Search or jump to
        <kbd>{keyName("mod+k")}</kbd>
      </button>
      {range && <RangeChoice none={range} />}
      <LivePill />
      <ThemeButton />
    </header>
  );
}

function RangeChoice({ none }: { none: string }) {
  const range = useRange();
  const zone = useZone();
  const words = (at: number | undefined) => (at === undefined ? "now" : format.since(at, now(), zone));
  const chosen = range.last === null ? `${range.from === undefined ? "the first" : words(range.from)} to ${words(range.to)}` : none;
  const options = [
    ...(range.last === null ? [{ value: "own", label: chosen }] : []),
    { value: "none", label: none },
    ...Object.entries(LASTS).filter(([, [label]]) => label !== none).map(([value, [label]]) => ({ value, label })),
  ];
  return <Choice label="Range" className="btn quiet range" value={range.last === null ? "own" : (range.last ?? "none")} options={options} onChange={(next) => next !== "own" && range.choose(next === "none" ? undefined : (next as Last))} />;
}

export function toggleLive(): void {
  if (live.phase.get().name === "paused") live.resume();
  else live.pause();
}

function LivePill() {
  const told = useLivePhase();
  const isOffline = useStore(offlineSince) !== null;
  // A stream may not have noticed yet that there is no connection.
  const phase = isOffline && told.name === "live" ? ({ name: "connecting" } as const) : told;
  const zone = useZone();
  const words = liveWords(phase, zone);
  if (!words) return null;
  const dot = phase.name === "live" ? "beats" : phase.name === "paused" ? "bars" : "hollow";
  return (
    <button type="button" className="live" data-tip={phase.name === "paused" ? "Go on  (l)" : "Updates arrive as they happen. Pause  (l)"} onClick={toggleLive}>
      <i className={dot} />
      {words}
    </button>
  );
}

const THEMES = { auto: "light", light: "dark", dark: "auto" } as const;

function ThemeButton() {
  const { theme } = useYou();
  return (
    <button type="button" className="btn quiet icon-only" aria-label={`Theme: ${theme}`} data-tip={`Theme: ${theme}`} onClick={() => choose({ theme: THEMES[theme] })}>
      <Contrast className="icon" aria-hidden />
    </button>
  );
}
