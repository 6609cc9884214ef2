import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "@/api/client";
import { hostOf, lane, nameOf, webhookStats } from "@/api/queries";
import { useScope } from "@/api/scope";
import { Link } from "@/ui/link";
import { PlatformTile } from "@/ui/platform";
import { Status } from "@/ui/status";
import { Strip } from "@/ui/strip";
import type { Column } from "@/ui/table";
import { Words } from "@/ui/words";
import { typesInWords } from "@/words/filter";
import * as format from "@/words/format";
import { healthStatus } from "@/words/status";
import { spanOf } from "@/words/strip";

type Webhook = Schemas["Webhook"];

/** Rows in view ask for their own strip and lane; those out of view are not drawn and ask for nothing. */
function useRow(id: string) {
  const scope = useScope();
  const { data: stats } = useQuery({ ...webhookStats(scope, id), staleTime: 30_000, refetchInterval: 60_000 });
  const { data: standing } = useQuery({ ...lane(scope, id), staleTime: 10_000, refetchInterval: 30_000 });
  return { stats, standing };
}

const NONE = <span className="text-ink-3">–</span>;

export function webhookColumns(): Column<Webhook>[] {
  return [
    {
      name: "webhook",
      head: "Webhook",
      width: "25%",
      cell: (webhook) => (
        <Link className="who" to={`/webhooks/${encodeURIComponent(webhook.id)}`}>
          <PlatformTile of={webhook.platform} />
          <span>
            <bdi className="cut font-[550]">{nameOf(webhook)}</bdi>
            <small className="cut">
              <bdi>{address(webhook)}</bdi>
            </small>
          </span>
        </Link>
      ),
    },
    {
      name: "health",
      head: "Health",
      width: "15%",
      phone: "end",
      cell: (webhook) => (
        <div className="grid min-w-0">
          <Status of={healthStatus(webhook.health.state)} />
          {webhook.health.reason && webhook.health.state !== "paused" && (
            <bdi className="desk-only cut text-ink-3 pl-[23px] text-[12px] leading-4" data-tip={webhook.health.reason}>
              {webhook.health.reason}
            </bdi>
          )}
        </div>
      ),
    },
    {
      name: "gets",
      head: "Gets",
      isSpare: true,
      width: "16%",
      phone: "spare",
      cell: (webhook) => (
        <div className="cut text-ink-2 text-sm">
          <Words of={typesInWords(webhook.event_types)} />
          {webhook.filter ? ", filtered" : ""}
        </div>
      ),
    },
    { name: "strip", head: "Last 24 hours", width: "19%", phone: "wide", cell: (webhook) => <DayStrip of={webhook} /> },
    { name: "delivered", head: "Delivered", isNumber: true, isSpare: true, phone: "spare", cell: (webhook) => format.count(webhook.counters.delivered) },
    { name: "success", head: "Success", isNumber: true, phone: "spare", cell: (webhook) => <Success id={webhook.id} /> },
    { name: "owed", head: "Owed", isNumber: true, phone: "spare", cell: (webhook) => <Owed of={webhook} /> },
    { name: "p95", head: "p95", isNumber: true, isSpare: true, phone: "spare", cell: (webhook) => <P95 id={webhook.id} /> },
  ];
}

function address(webhook: Webhook): string {
  if (!webhook.platform || webhook.platform === "custom") return webhook.url.replace(/^https?:\/\//, "");
  return `${webhook.platform} · ${hostOf(webhook.url)}`;
}

function DayStrip({ of }: { of: Webhook }) {
  const { stats } = useRow(of.id);
  const { state, word } = healthStatus(of.health.state);
  const strip = stats?.half_hours;
  const from = strip && state !== "ok" ? spanOf(of.health.since, strip.from, strip.seconds, 48) : null;
  return <Strip data={strip} state={state} from={from} name={`Attempts in the last 24 hours: ${word}`} />;
}

function Success({ id }: { id: string }) {
  const { stats } = useRow(id);
  return stats ? format.percent(stats.last_24h.success_rate) : NONE;
}

function Owed({ of }: { of: Webhook }) {
  const { standing } = useRow(of.id);
  if (!standing) return NONE;
  const isBad = of.health.state === "failing" && standing.owed > 0;
  return <span className={isBad ? "bad text-state font-semibold" : ""}>{`${format.count(standing.owed)}${standing.more_owed ? "+" : ""}`}</span>;
}

function P95({ id }: { id: string }) {
  const { stats } = useRow(id);
  const p95 = stats?.last_24h.delivered_in?.p95_ms;
  return p95 === undefined ? NONE : format.shortDuration(p95);
}
