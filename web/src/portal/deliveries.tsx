import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useState } from "react";
import { got, type Schemas } from "@/api/client";
import { deliveries, webhookNames } from "@/api/queries";
import { useScope } from "@/api/scope";
import { now } from "@/lib/clock";
import { one } from "@/lib/search";
import { useZone } from "@/lib/you";
import { useDeed } from "@/shell/deeds";
import { Ask } from "@/ui/dialog";
import { Empty } from "@/ui/empty";
import { useSearch } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { useRange } from "@/ui/range";
import { Segments } from "@/ui/segments";
import { toast } from "@/ui/toast";
import * as format from "@/words/format";
import { counted } from "@/words/text";
import { useCalm } from "./calm";
import { useMay, usePage } from "./page";
import { Rows } from "./rows";

type Status = Schemas["DeliveryStatus"];
const STATUSES: Record<string, { label: string; of: Status[] }> = {
  all: { label: "All", of: [] },
  owed: { label: "Owed", of: ["pending", "retrying"] },
  failed: { label: "Failed", of: ["failed"] },
  delivered: { label: "Delivered", of: ["delivered"] },
};
const NO_NAMES = {};
const AGAIN = 10_000;

export default function DeliveriesPage() {
  usePage("Deliveries");
  const scope = useScope();
  const zone = useZone();
  const may = useMay();
  const [search, setSearch] = useSearch();
  const range = useRange();
  const which = one(search.status) ?? "all";
  const status = STATUSES[which]?.of ?? [];
  const webhook = one(search.webhook);
  const time = { from: iso(range.from), to: iso(range.to) };
  const list = useInfiniteQuery(deliveries(scope, { status: status.length > 0 ? status : undefined, webhook, ...time, test: false, limit: 30, count: true }));
  useCalm(list.refetch, AGAIN);
  const { data: names = NO_NAMES as Record<string, { name: string } | undefined> } = useQuery(webhookNames(scope));
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  const first = list.data?.pages[0];
  const clear = () => setSearch({ status: undefined, webhook: undefined, from: undefined, to: undefined, last: undefined });
  const isFiltered = which !== "all" || webhook !== undefined || range.last !== undefined;
  return (
    <>
      <div className="portal-head">
        <h1>Deliveries</h1>
      </div>
      <div className="filters">
        <Segments label="Status" value={which} onChange={(next) => setSearch({ status: next === "all" ? undefined : next })} options={Object.entries(STATUSES).map(([value, { label }]) => ({ value, label }))} />
        <select className="input to" aria-label="To" value={webhook ?? ""} onChange={(event) => setSearch({ webhook: event.target.value || undefined })}>
          <option value="">To all webhooks</option>
          {webhook && !names[webhook] && <option value={webhook}>{webhook}</option>}
          {Object.entries(names).map(([id, of]) => (
            <option key={id} value={id}>
              {of?.name ?? id}
            </option>
          ))}
        </select>
        {range.last === null && (
          <button type="button" className="btn" data-tip="Show those of all times" onClick={() => setSearch({ from: undefined, to: undefined })}>
            {[range.from !== undefined && `from ${format.since(range.from, now(), zone)}`, range.to !== undefined && `to ${format.since(range.to, now(), zone)}`].filter(Boolean).join(" ")}
            <X className="icon" aria-hidden />
          </button>
        )}
      </div>
      <Loaded of={list} what="Deliveries" skeleton={<Skeleton rows={6} height={56} />}>
        {() =>
          rows.length === 0 ? (
            <Empty title={which === "failed" ? "Nothing was given up." : isFiltered ? "No delivery matches." : "Nothing was owed yet."} action={isFiltered && <button type="button" className="btn" onClick={clear}>Clear filters</button>}>
              {which === "failed" ? <p>Deliveries that use up their tries wait here and can be sent again.</p> : null}
            </Empty>
          ) : (
            <>
              <div className="portal-head">
                <p className="text-ink-2" role="status">
                  {first?.count !== undefined && first.count !== null && `${format.cappedCount(first.count, first.count_is_capped)} ${first.count === 1 ? "delivery" : "deliveries"}`}
                </p>
                {may.retry && which === "failed" && <RetryAll webhook={webhook} time={time} />}
              </div>
              <Rows of={rows} names={names} />
              {list.hasNextPage && (
                <button type="button" className="btn mt-3" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
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

function iso(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

/** All that failed and match, not the page of them. What it comes to is counted before. */
function RetryAll({ webhook, time }: { webhook: string | undefined; time: { from?: string; to?: string } }) {
  const { api, tenant } = useScope();
  const client = useQueryClient();
  const deed = useDeed();
  const [plan, setPlan] = useState<Schemas["ReplayEstimate"] | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const ask = (dryRun: boolean) => got(api.POST("/api/v1/deliveries/retry", { body: { webhook, ...time, statuses: ["failed"], dry_run: dryRun } }));
  const run = async (dryRun: boolean) => {
    setIsBusy(true);
    await deed(async () => {
      const answer = await ask(dryRun);
      if (dryRun) return setPlan(answer as Schemas["ReplayEstimate"]);
      setPlan(null);
      toast({ text: "They go out, one after the other." });
      await client.invalidateQueries({ queryKey: [tenant, "deliveries"] });
    });
    setIsBusy(false);
  };
  const many = plan ? `${format.count(plan.count)}${plan.more ? "+" : ""}` : "";
  return (
    <>
      <button type="button" className="btn" disabled={isBusy} onClick={() => void run(true)}>
        Retry all…
      </button>
      <Ask open={plan !== null} onClose={() => setPlan(null)} title={`Retry ${plan ? counted(plan.count, "delivery", "deliveries") : ""}?`} deed={`Retry ${many}`} isBusy={isBusy || plan?.count === 0} onDeed={() => void run(false)}>
        <p>They are owed again, with their tries from the start.{plan?.takes_seconds ? ` It takes about ${format.duration(plan.takes_seconds * 1000)}.` : ""}</p>
        {plan?.notes.map((note) => <p key={note}>{note}</p>)}
      </Ask>
    </>
  );
}
