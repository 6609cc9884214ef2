import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import type { Schemas } from "@/api/client";
import { stats } from "@/api/queries";
import { useScope } from "@/api/scope";
import { now } from "@/lib/clock";
import { LASTS, type Last, type Range } from "@/ui/range";
import { useZone } from "@/lib/you";
import { useKeys } from "@/ui/keys";
import { Link } from "@/ui/link";
import { Skeleton } from "@/ui/loading";
import { Segments } from "@/ui/segments";
import { Strip } from "@/ui/strip";
import * as format from "@/words/format";
import { granularityOf, seriesOf, sumOf, type Series } from "@/words/series";
import { healthStatus } from "@/words/status";
import { owedBack, spanOf, ticks } from "@/words/strip";

const SPANS: { value: Last; label: string }[] = [
  { value: "1h", label: "1 h" },
  { value: "24h", label: "24 h" },
  { value: "7d", label: "7 d" },
  { value: "30d", label: "30 d" },
];

/** Attempts over time, what is owed behind them, and how long answers took. A range that is dragged becomes the page's. */
export function Attempts({ of, lane, range }: { of: Schemas["Webhook"]; lane: Schemas["Lane"] | undefined; range: Range }) {
  const scope = useScope();
  const [isTable, setIsTable] = useState(false);
  const isZoomed = range.last === null;
  const last: Last = range.last ?? "1h";
  const length = isZoomed ? (range.to ?? now()) - (range.from ?? 0) : LASTS[last][1];
  const granularity = granularityOf(length);
  const asked = useQuery(
    stats(scope, {
      webhook: of.id,
      granularity,
      // Of the usual ranges the end is now, which the server knows best.
      from: isZoomed || last === "7d" ? new Date(range.from ?? Math.floor((now() - length) / 3_600_000) * 3_600_000).toISOString() : undefined,
      to: range.to === undefined ? undefined : new Date(range.to).toISOString(),
    }),
  );
  const series = asked.data ? seriesOf(asked.data) : null;
  useKeys([{ keys: "z", label: "Undo the zoom", run: range.unzoom }]);
  const { state } = healthStatus(of.health.state);
  return (
    <section className="panel" aria-label="Attempts">
      <header>
        <h2>Attempts</h2>
        <span className="legend ok">
          <i />
          Delivered
        </span>
        <span className="legend bad">
          <i />
          Failed
        </span>
        {state !== "ok" && (
          <span className={`legend ${state}`}>
            <i className="hollow" />
            Owed
          </span>
        )}
        <span className="ml-auto" />
        <Segments label="Range" value={isZoomed ? ("" as Last) : last} options={SPANS} onChange={(next) => range.choose(next === "1h" ? undefined : next)} />
        <button type="button" className="btn quiet small" aria-pressed={isTable} onClick={() => setIsTable(!isTable)}>
          {isTable ? "As a chart" : "As a table"}
        </button>
      </header>
      {series ? isTable ? <AsTable of={series} /> : <Chart webhook={of} series={series} owed={lane && !range.to ? lane.owed : null} range={range} /> : <div className="p-4"><Skeleton rows={1} height={200} /></div>}
    </section>
  );
}

function Chart({ webhook, series, owed, range }: { webhook: Schemas["Webhook"]; series: Series; owed: number | null; range: Range }) {
  const zone = useZone();
  const spans = series.succeeded.length;
  const { state, word } = healthStatus(webhook.health.state);
  const from = state === "ok" ? null : spanOf(webhook.health.since, series.from, series.seconds, spans);
  const most = Math.max(1, ...series.succeeded.map((count, at) => count + (series.throttled[at] ?? 0) + (series.failed[at] ?? 0)));
  const unit = { 60: "a minute", 3600: "an hour", 86400: "a day" }[series.seconds] ?? "";
  const isDays = series.seconds >= 86_400 || spans * series.seconds > 86_400;
  const label = (at: number) => (isDays ? format.day(at, zone) : format.clock(at, zone));
  const all = sumOf(series, 0, spans);
  return (
    <div className="chart">
      <Brush series={series} range={range} webhook={webhook.id}>
        <Strip data={{ ...series, owed: state !== "ok" && owed !== null ? owedBack(series, owed) : null }} state={state} from={from} top={most} name={`${format.count(all.succeeded)} of ${format.count(all.attempts)} attempts succeeded. ${word}.`} />
        <span className="top-value">{`${format.axis(most)} ${unit}`}</span>
        <Answers of={series} />
      </Brush>
      <div className="ticks">
        {ticks(series.from, series.seconds, spans, label).map((tick) => (
          <span key={tick.at} style={{ left: `${tick.at * 100}%` }}>
            {tick.at === 1 && range.to !== undefined ? label(range.to) : tick.label}
          </span>
        ))}
      </div>
    </div>
  );
}

/** Within how long 95 % were answered, on the same axis. */
function Answers({ of }: { of: Series }) {
  const most = Math.max(...of.p95.map((ms) => ms ?? 0));
  const spans = of.p95.length;
  let line = "";
  let isDown = false;
  of.p95.forEach((ms, at) => {
    if (ms === null) {
      isDown = false;
      return;
    }
    const [x, y] = [((at + 0.5) / spans) * 1000, 32 - (ms / Math.max(most, 1)) * 28];
    line += isDown ? `L${x.toFixed(1)} ${y.toFixed(1)}` : `M${x.toFixed(1)} ${y.toFixed(1)}h0.1`;
    isDown = true;
  });
  return (
    <div className="relative mt-2 border-t pt-1.5">
      <span className="text-ink-3 absolute left-0 top-1 bg-surface pr-1 text-[11.5px] leading-[14px]">Time to answer, 95 %{most > 0 ? `, up to ${format.duration(most)}` : ""}</span>
      <svg viewBox="0 0 1000 36" preserveAspectRatio="none" className="block h-9 w-full" aria-hidden="true">
        <path d={line} fill="none" stroke="var(--accent)" strokeWidth="1.5" strokeLinecap="round" vectorEffect="non-scaling-stroke" />
      </svg>
    </div>
  );
}

/** A range is dragged over the chart, or made with the arrows; its numbers stand beside it. */
function Brush({ series, range, webhook, children }: { series: Series; range: Range; webhook: string; children: React.ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<[number, number] | null>(null);
  const dragged = useRef<number | null>(null);
  const spans = series.succeeded.length;
  useEffect(() => setChosen(null), [series.from, series.seconds]);
  const at = (event: PointerEvent) => {
    const box = place.current?.getBoundingClientRect();
    return box ? Math.max(0, Math.min(spans - 1, Math.floor(((event.clientX - box.left) / box.width) * spans))) : 0;
  };
  const start = (event: PointerEvent) => {
    if (event.button !== 0 || (event.target as Element).closest("a,button")) return;
    dragged.current = at(event);
    setChosen(null);
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    if (dragged.current === null) return;
    const to = at(event);
    setChosen([Math.min(dragged.current, to), Math.max(dragged.current, to) + 1]);
  };
  const key = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (event.key === "Escape") return setChosen(null);
    if (step === 0) return;
    event.preventDefault();
    setChosen((before) => {
      const [first, end] = before ?? [spans - 1, spans];
      return event.shiftKey ? [first, Math.max(first + 1, Math.min(spans, end + step))] : [Math.max(0, Math.min(spans - 1, first + step)), Math.max(1, Math.min(spans, end + step))];
    });
  };
  return (
    <div ref={place} className="relative touch-pan-y select-none" tabIndex={0} role="group" aria-label="Choose a range with the arrows; Shift widens it" onPointerDown={start} onPointerMove={move} onPointerUp={() => (dragged.current = null)} onPointerCancel={() => (dragged.current = null)} onKeyDown={key}>
      {children}
      {chosen && (
        <>
          <span className="brush inset-y-0" style={{ left: `${(chosen[0] / spans) * 100}%`, width: `${((chosen[1] - chosen[0]) / spans) * 100}%` }} />
          <Note series={series} chosen={chosen} range={range} webhook={webhook} />
        </>
      )}
    </div>
  );
}

function Note({ series, chosen: [first, end], range, webhook }: { series: Series; chosen: [number, number]; range: Range; webhook: string }) {
  const zone = useZone();
  const begin = Date.parse(series.from) + first * series.seconds * 1000;
  const close = Date.parse(series.from) + end * series.seconds * 1000;
  const sum = sumOf(series, first, end);
  const word = (at: number) => (series.seconds >= 3600 ? format.moment(at, now(), zone) : format.clock(at, zone));
  const isLeft = first / series.succeeded.length > 0.5;
  const delivered = sum.succeeded === 0 ? "none delivered" : `${format.count(sum.succeeded)} delivered`;
  const search = `from=${new Date(begin).toISOString()}&to=${new Date(close).toISOString()}`;
  return (
    <div className="popup note absolute top-1" style={isLeft ? { right: `calc(${100 - (first / series.succeeded.length) * 100}% + 8px)` } : { left: `calc(${(end / series.succeeded.length) * 100}% + 8px)` }}>
      <b>
        {word(begin)} to {word(close)}
      </b>
      <br />
      {format.count(sum.attempts)} attempts, {delivered}
      <br />
      {format.count(sum.deliveries)} accepted
      <div className="mt-1 flex gap-3">
        <Link className="link" to={`/deliveries?webhook=${encodeURIComponent(webhook)}&${search}`}>
          Show deliveries
        </Link>
        <button type="button" className="link" onClick={() => range.zoom(begin, close)}>
          Zoom in
        </button>
      </div>
    </div>
  );
}

function AsTable({ of }: { of: Series }) {
  const zone = useZone();
  const rows = of.succeeded.map((succeeded, at) => ({ at: Date.parse(of.from) + at * of.seconds * 1000, succeeded, throttled: of.throttled[at] ?? 0, failed: of.failed[at] ?? 0, p95: of.p95[at] ?? null })).toReversed();
  return (
    <div className="max-h-[280px] overflow-y-auto px-3.5 pb-2" tabIndex={0} role="region" aria-label="Attempts as a table">
      <table className="table dense">
        <caption>Attempts over time</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col" className="num">Delivered</th>
            <th scope="col" className="num">Asked to wait</th>
            <th scope="col" className="num">Failed</th>
            <th scope="col" className="num">p95</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.at}>
              <td>{of.seconds >= 3600 ? format.moment(row.at, now(), zone) : format.clock(row.at, zone)}</td>
              <td className="num">{format.count(row.succeeded)}</td>
              <td className="num">{format.count(row.throttled)}</td>
              <td className="num">{format.count(row.failed)}</td>
              <td className="num">{row.p95 === null ? "–" : format.duration(row.p95)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
