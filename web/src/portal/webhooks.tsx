import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { got, type Schemas } from "@/api/client";
import { hostOf, lane, nameOf, webhooks, webhookStats } from "@/api/queries";
import { useScope } from "@/api/scope";
import { useNow } from "@/lib/clock";
import { useZone } from "@/lib/you";
import { useDeed } from "@/shell/deeds";
import { Empty } from "@/ui/empty";
import { Link } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { Chip } from "@/ui/status";
import { Strip } from "@/ui/strip";
import { toast } from "@/ui/toast";
import { Say } from "@/ui/verdict";
import { cardWords, portalVerdict } from "@/words/portal";
import { healthStatus } from "@/words/status";
import { owedBack, spanOf } from "@/words/strip";
import { useMay, usePage } from "./page";

type Webhook = Schemas["Webhook"];

/** Each card asks for its own numbers. */
const AT_ONCE = 12;
const AGAIN = 15_000;

export function WebhooksPage() {
  usePage("Webhooks");
  const scope = useScope();
  const may = useMay();
  const list = useInfiniteQuery({ ...webhooks(scope, { sort: "worst", limit: AT_ONCE }), refetchInterval: AGAIN });
  const rows = useSteady(list.data?.pages.flatMap((page) => page.data));
  return (
    <>
      <div className="portal-head">
        <h1>Webhooks</h1>
        {may.change && (
          <Link className="btn main" to="/webhooks/new">
            <Plus className="icon" aria-hidden />
            Add
          </Link>
        )}
      </div>
      <Loaded of={list} what="Webhooks" skeleton={<Skeleton rows={3} height={130} />}>
        {() =>
          rows.length === 0 ? (
            <Empty title="No webhooks yet." action={may.change && <Link className="btn main" to="/webhooks/new">Add a webhook</Link>}>
              <p>A webhook says where events go, which, and how.</p>
            </Empty>
          ) : (
            <>
              <Matter of={rows} />
              <ul className="cards">
                {rows.map((webhook) => (
                  <Card key={webhook.id} of={webhook} />
                ))}
              </ul>
              {list.hasNextPage && (
                <button type="button" className="btn" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                  Show more
                </button>
              )}
            </>
          )
        }
      </Loaded>
    </>
  );
}

/** In the order in which they were first seen: no card moves by itself. New ones come behind. */
function useSteady(rows: Webhook[] | undefined): Webhook[] {
  const [order] = useState(() => new Map<string, number>());
  return useMemo(() => {
    const all = rows ?? [];
    for (const { id } of all) if (!order.has(id)) order.set(id, order.size);
    const once = [...new Map(all.map((webhook) => [webhook.id, webhook])).values()];
    return once.toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
  }, [rows, order]);
}

function named(webhook: Webhook) {
  return { ...webhook, name: nameOf(webhook) };
}

/** What is the matter, before all else; nothing where nothing is. */
function Matter({ of }: { of: Webhook[] }) {
  const scope = useScope();
  const now = useNow();
  const zone = useZone();
  const may = useMay();
  const troubled = (state: string) => of.filter((webhook) => webhook.health.state === state);
  const worst = troubled("failing")[0] ?? troubled("degraded")[0];
  const { data: standing } = useQuery({ ...lane(scope, worst?.id ?? ""), enabled: worst !== undefined });
  const verdict = portalVerdict(of.map(named), standing, now, zone);
  if (!verdict || !worst) return null;
  // Of several each is named, and leads to its own page.
  if (troubled(worst.health.state).length > 1) return <Say of={verdict} />;
  return (
    <Say of={verdict}>
      <div className="deeds">
        <Link className="btn" to={`/webhooks/${encodeURIComponent(worst.id)}`}>
          See why
        </Link>
        {may.change && <TestButton of={worst} />}
      </div>
    </Say>
  );
}

function TestButton({ of }: { of: Webhook }) {
  const scope = useScope();
  const client = useQueryClient();
  const deed = useDeed();
  const [isBusy, setIsBusy] = useState(false);
  const send = async () => {
    setIsBusy(true);
    await deed(async () => {
      const result = await got(scope.api.POST("/api/v1/webhooks/{id}/test", { params: { path: { id: of.id } } }));
      toast({ text: result.delivered ? "The test arrived." : `The test did not arrive${result.error ? `: ${result.error.message}` : ""}.` });
      await client.invalidateQueries({ queryKey: [scope.tenant, "webhooks"] });
    });
    setIsBusy(false);
  };
  return (
    <button type="button" className="btn" disabled={isBusy} onClick={() => void send()}>
      {isBusy ? "Sending" : "Send a test"}
    </button>
  );
}

function Card({ of }: { of: Webhook }) {
  const scope = useScope();
  const now = useNow();
  const zone = useZone();
  const { data: stats } = useQuery({ ...webhookStats(scope, of.id), staleTime: AGAIN, refetchInterval: 30_000 });
  const { data: standing } = useQuery({ ...lane(scope, of.id), staleTime: AGAIN, refetchInterval: AGAIN });
  const status = healthStatus(of.health.state);
  const strip = stats?.half_hours;
  const from = strip && status.state !== "ok" ? spanOf(of.health.since, strip.from, strip.seconds, strip.succeeded.length) : null;
  const owed = strip && status.state !== "ok" && standing ? owedBack(strip, standing.owed) : null;
  const words = cardWords(of, standing, stats?.last_24h, now, zone);
  return (
    <li className="card">
      <div className="row">
        <h2 className="cut">
          <Link to={`/webhooks/${encodeURIComponent(of.id)}`}>
            <bdi>{nameOf(of)}</bdi>
          </Link>
        </h2>
        <Chip of={status} />
      </div>
      <bdi className="cut text-ink-3 address">{address(of)}</bdi>
      <Strip data={strip && { ...strip, owed }} state={status.state} from={from} name={`Attempts in the last 24 hours: ${status.word}`} />
      <div className="row text-ink-3">
        <span>{words.left}</span>
        <span>{words.right}</span>
      </div>
    </li>
  );
}

/** Where it goes: a platform by its name, since its address says nothing to people. */
function address(webhook: Webhook): string {
  if (!webhook.platform || webhook.platform === "custom") return webhook.url.replace(/^https?:\/\//, "");
  return `${webhook.platform} · ${hostOf(webhook.url)}`;
}
