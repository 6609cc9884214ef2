import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { deliveries, webhookNames } from "@/api/queries";
import { useScope } from "@/api/scope";
import { useFeed, useLivePhase, useLiveRefresh } from "@/live/hooks";
import type { Happening } from "@/live/interest";
import { toggleLive } from "@/shell/top";
import { StateIcon } from "@/ui/icon";
import { Link } from "@/ui/link";
import { Time } from "@/ui/time";
import * as format from "@/words/format";
import { deliveryStatus } from "@/words/status";

const ROWS = 11;

interface Row {
  id: string;
  tenant?: string;
  at: string;
  status: string;
  webhook: string | null;
  event_type: string | null;
  summary: string | null;
  /** What came of it, shortly. */
  outcome: string;
}

/** What happened just now: a sample where much does. It is no live region: nobody could follow it read aloud. */
export function Feed() {
  const scope = useScope();
  const isOfAll = scope.tenant === "*";
  const phase = useLivePhase();
  const { rows, seen, shown } = useFeed({ kinds: ["delivery"] }, ROWS, (happening) => happening.kind + happening.id);
  const { data: names } = useQuery({ ...webhookNames(scope), enabled: !isOfAll });
  const { data: list } = useInfiniteQuery({ ...deliveries(scope, { limit: 25 }), enabled: !isOfAll });
  // The stream does not say what an event is about; the list does.
  useLiveRefresh([[scope.tenant, "deliveries", "list", { limit: 25 }]], isOfAll ? null : { kinds: ["delivery"] }, 1_000);
  const known = list?.pages[0]?.data ?? [];
  const summaries = new Map(known.map((delivery) => [delivery.id, delivery.summary ?? null]));
  const told = rows.flatMap((happening) => ofHappening(happening, summaries));
  const before = known
    .filter((delivery) => !told.some((row) => row.id === delivery.id))
    .map((delivery): Row => ({ ...delivery, webhook: delivery.webhook, summary: delivery.summary ?? null, at: delivery.finished_at ?? delivery.created_at, outcome: word(delivery.status, delivery.last_status ?? null, delivery.finished_at ? Date.parse(delivery.finished_at) - Date.parse(delivery.created_at) : null) }));
  const all = [...told, ...before].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, ROWS);
  return (
    <aside aria-label="Just now">
      <div className="section-head">
        <h2>Just now</h2>
        {seen >= 2 * shown && shown > 0 && (
          <span className="text-ink-3 text-sm">
            1 of {format.count(Math.round(seen / shown))} shown
          </span>
        )}
        <button type="button" className="btn quiet small ml-auto" onClick={toggleLive}>
          {phase.name === "paused" ? "Go on" : "Pause"} <kbd>l</kbd>
        </button>
      </div>
      {all.length === 0 ? (
        <p className="text-ink-3 py-3 text-sm">Nothing yet. What is published and sent appears here.</p>
      ) : (
        <ul className="feed">
          {all.map((row) => {
            const status = deliveryStatus(row);
            return (
              <li key={row.id} className={status.state}>
                <StateIcon icon={status.icon} />
                <Link className="cut" to={`/deliveries/${row.id}${row.tenant ? `?tenant=${encodeURIComponent(row.tenant)}` : ""}`}>
                  <code>
                    <bdi>{row.event_type ?? "gone"}</bdi>
                  </code>{" "}
                  <b>
                    <bdi>{row.summary ?? ""}</bdi>
                  </b>
                </Link>
                <span className={status.state === "ok" ? "text-ink-2" : "text-state"}>{row.outcome}</span>
                <bdi className="cut">{(row.webhook && names?.[row.webhook]?.name) ?? row.webhook ?? "a deleted webhook"}</bdi>
                <Time at={row.at} as="age" className="text-right" />
              </li>
            );
          })}
        </ul>
      )}
    </aside>
  );
}

function ofHappening(happening: Happening, summaries: Map<string, string | null>): Row[] {
  if (happening.kind !== "delivery") return [];
  const { attempt } = happening;
  return [
    {
      ...happening,
      webhook: happening.webhook ?? null,
      event_type: happening.event_type ?? null,
      summary: summaries.get(happening.id) ?? null,
      outcome: word(happening.status, attempt?.status ?? null, attempt?.took_ms ?? null),
    },
  ];
}

function word(status: string, answer: number | null, tookMs: number | null): string {
  switch (status) {
    case "delivered": return tookMs === null ? "" : format.duration(tookMs);
    case "pending": return "waits";
    case "retrying":
    case "failed": return answer === null ? "no answer" : String(answer);
    default: return status;
  }
}
