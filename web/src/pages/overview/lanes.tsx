import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState, type PointerEvent } from "react";
import type { Schemas } from "@/api/client";
import { lane, nameOf, webhooks, webhookStats } from "@/api/queries";
import { ScopeContext, scopeOf, useScope } from "@/api/scope";
import { useTicking } from "@/lib/clock";
import { useZone } from "@/lib/you";
import { useLiveRefresh } from "@/live/hooks";
import { StateIcon } from "@/ui/icon";
import { Link } from "@/ui/link";
import { Strip } from "@/ui/strip";
import { Since } from "@/ui/time";
import * as format from "@/words/format";
import { healthStatus } from "@/words/status";
import { owedBack, spanOf, ticks } from "@/words/strip";
import { laneReason } from "@/words/verdict-overview";

/** So many are drawn one by one; the others are a click away. */
const SHOWN = 12;

type Health = Schemas["Health"];

/** All lanes on one time axis, the worst first. */
export function Lanes({ of }: { of: Schemas["Overview"] }) {
  const scope = useScope();
  const zone = useZone();
  const isOfAll = scope.tenant === "*";
  const { data } = useInfiniteQuery({ ...webhooks(scope, { sort: "worst", limit: SHOWN }), enabled: !isOfAll });
  const listed = data?.pages[0]?.data ?? [];
  const all = Object.values(of.webhooks).reduce((sum, count) => sum + count, 0);
  const shown = isOfAll ? of.in_trouble.length : listed.length;
  const minutes = of.minutes;
  const worst = of.webhooks.failing > 0 ? "bad" : of.webhooks.degraded > 0 ? "warn" : "ok";
  const begun = of.in_trouble[0]?.health.since;
  const from = worst === "ok" ? null : spanOf(begun, minutes.from, minutes.seconds, 60);
  const strip = useMemo(() => ({ ...minutes, owed: worst === "ok" ? null : owedBack(minutes, of.owed.count) }), [minutes, worst, of.owed.count]);
  return (
    <Crosshair from={minutes.from}>
      <div className="axis">
        <span className="text-ink font-semibold">Lanes, worst first</span>
        <span className="ticks" data-axis>
          {ticks(minutes.from, minutes.seconds, 60, (at) => format.clock(at, zone)).map((tick) => (
            <span key={tick.at} style={{ left: `${tick.at * 100}%` }}>
              {tick.label}
            </span>
          ))}
        </span>
        <span className="num">Owed</span>
        <span className="num">Oldest</span>
        <span className="num">p95</span>
      </div>
      <div className="lane total">
        <span className="name">{all === 1 ? "One webhook" : `All ${format.count(all)} webhooks`}</span>
        <Strip data={strip} state={worst} from={from} name="Attempts of all webhooks in the last hour" className="tall" />
        <span className="num">{format.count(of.owed.count)}</span>
        <span className="num">{of.owed.oldest_at ? <Since at={of.owed.oldest_at} isShort /> : <span className="text-ink-3">–</span>}</span>
        <span className="num">{of.last_hour.delivered_in ? format.shortDuration(of.last_hour.delivered_in.p95_ms) : <span className="text-ink-3">–</span>}</span>
      </div>
      {isOfAll
        ? of.in_trouble.map((webhook) => (
            <ScopeContext.Provider key={`${webhook.tenant} ${webhook.id}`} value={scopeOf(scope.session, webhook.tenant ?? undefined)}>
              <Lane id={webhook.id} name={nameOf(webhook)} of={webhook.tenant ?? ""} tenant={webhook.tenant ?? null} health={webhook.health} />
            </ScopeContext.Provider>
          ))
        : listed.map((webhook) => <Lane key={webhook.id} id={webhook.id} name={nameOf(webhook)} of={webhook.platform ?? ""} tenant={null} health={webhook.health} />)}
      {all > shown && (
        <Link className="lane" to="/webhooks" keepsRange={false}>
          <span className="name">{isOfAll ? `${format.count(all - shown)} more` : `${format.count(all - shown)} more, less urgent`}</span>
        </Link>
      )}
    </Crosshair>
  );
}

function Lane({ id, name, of, tenant, health }: { id: string; name: string; of: string; tenant: string | null; health: Health }) {
  const scope = useScope();
  const zone = useZone();
  const { data: stats } = useQuery(webhookStats(scope, id));
  const { data: standing } = useQuery({ ...lane(scope, id), enabled: health.state !== "disabled" });
  useLiveRefresh([[scope.tenant, "webhooks", "lane", id]], tenant === null ? { kinds: ["delivery"] } : null, 5_000);
  const status = healthStatus(health.state);
  const isTroubled = status.state !== "ok";
  const isBad = status.state === "bad";
  // Its words change with the time, and only then is the lane drawn anew.
  const words = useTicking((now) => JSON.stringify(laneReason(health, standing, now, zone)));
  const reason = JSON.parse(words) as ReturnType<typeof laneReason>;
  const minutes = stats?.minutes;
  const owed = standing?.owed;
  const strip = useMemo(() => (minutes ? { ...minutes, owed: isTroubled && owed !== undefined ? owedBack(minutes, owed) : null } : null), [minutes, isTroubled, owed]);
  const from = isTroubled && minutes ? spanOf(health.since, minutes.from, minutes.seconds, 60) : null;
  const address = `/webhooks/${encodeURIComponent(id)}${tenant ? `?tenant=${encodeURIComponent(tenant)}` : ""}`;
  const p95 = stats?.last_24h.delivered_in?.p95_ms;
  return (
    <Link to={address} className={`lane ${status.state} ${reason ? "troubled" : ""}`}>
      <span className="name">
        <StateIcon icon={status.icon} aria-hidden={false} aria-label={status.word} role="img" />
        <bdi className="cut">{name}</bdi>
        {of && <bdi className="of cut">{of}</bdi>}
      </span>
      <Strip data={strip} state={status.state} from={from} name={`Attempts in the last hour: ${status.word}`} />
      <span className={`num ${isBad ? "font-semibold" : "text-ink"}`}>{standing ? `${format.count(standing.owed)}${standing.more_owed ? "+" : ""}` : <span className="text-ink-3">–</span>}</span>
      <span className={`num ${isBad ? "font-semibold" : "text-ink"}`}>{standing?.oldest_owed_at ? <Since at={standing.oldest_owed_at} isShort /> : <span className="text-ink-3">–</span>}</span>
      <span className="num text-ink">{p95 === undefined ? <span className="text-ink-3">–</span> : format.shortDuration(p95)}</span>
      {reason && (
        <span className="why">
          <bdi>{reason.why}</bdi> {reason.next && <span>{reason.next}</span>}
        </span>
      )}
    </Link>
  );
}

/** One line through all lanes, with its time. */
function Crosshair({ from, children }: { from: string; children: React.ReactNode }) {
  const zone = useZone();
  const board = useRef<HTMLDivElement>(null);
  const [line, setLine] = useState<{ x: number; label: string } | null>(null);
  const move = (event: PointerEvent) => {
    const axis = board.current?.querySelector("[data-axis]")?.getBoundingClientRect();
    if (!axis || axis.width === 0 || event.pointerType !== "mouse") return setLine(null);
    const share = (event.clientX - axis.left) / axis.width;
    if (share < 0 || share > 1) return setLine(null);
    const minute = Math.min(59, Math.floor(share * 60));
    setLine({ x: event.clientX - (board.current?.getBoundingClientRect().left ?? 0), label: format.clock(Date.parse(from) + minute * 60_000, zone) });
  };
  return (
    <div className="board" ref={board} onPointerMove={move} onPointerLeave={() => setLine(null)}>
      {children}
      {line && (
        <span className="crosshair" style={{ left: line.x }} aria-hidden="true">
          <b>{line.label}</b>
        </span>
      )}
    </div>
  );
}
