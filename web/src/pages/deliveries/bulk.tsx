import { useState } from "react";
import { useDeed } from "@/shell/deeds";
import { got, type Schemas } from "@/api/client";
import { useScope } from "@/api/scope";
import { useGo } from "@/ui/link";
import { PAGES } from "@/shell/pages";
import { Ask } from "@/ui/dialog";
import { useKeys } from "@/ui/keys";
import type { Selection } from "@/ui/table";
import { toast } from "@/ui/toast";
import * as format from "@/words/format";
import { counted } from "@/words/text";

type Delivery = Schemas["Delivery"];
type Deed = "retry" | "cancel";

export interface BulkFilter {
  status: string[];
  webhook?: string;
  event?: string;
  event_type: string[];
  from?: string;
  to?: string;
}

interface Plan {
  deed: Deed;
  count: number;
  more: boolean;
  seconds: number | null;
  notes: string[];
}

/** Retry and cancel for what is selected: some rows, or all that the filters match. What it will do is counted before. */
export function BulkBar({ selection, rows, filter, total, isCapped, select, done }: { selection: Selection; rows: Delivery[]; filter: BulkFilter; total: number; isCapped: boolean; select: (selection: Selection) => void; done: () => void }) {
  const { api } = useScope();
  const deed = useDeed();
  const go = useGo();
  const [plan, setPlan] = useState<Plan | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const count = selection.all ? total : selection.ids.size;
  useKeys([{ keys: "r", label: "Retry what is selected", run: () => void prepare("retry") }], count > 0);
  if (count === 0) return null;

  const chosen = rows.filter((row) => selection.ids.has(row.id));
  const many = (dryRun: boolean) => ({
    webhook: filter.webhook,
    statuses: filter.status.length > 0 ? (filter.status as Schemas["DeliveryStatus"][]) : undefined,
    event_types: filter.event_type.length > 0 ? filter.event_type : undefined,
    from: filter.from,
    to: filter.to,
    dry_run: dryRun,
  });
  const ask = (which: Deed, dryRun: boolean) => (which === "retry" ? got(api.POST("/api/v1/deliveries/retry", { body: many(dryRun) })) : got(api.POST("/api/v1/deliveries/cancel", { body: many(dryRun) })));

  async function prepare(which: Deed) {
    if (!selection.all || filter.event) {
      setPlan({ deed: which, count: selection.ids.size, more: false, seconds: null, notes: [] });
      return;
    }
    setIsBusy(true);
    await deed(async () => {
      const estimate = (await ask(which, true)) as Schemas["ReplayEstimate"];
      setPlan({ deed: which, count: estimate.count, more: estimate.more, seconds: estimate.takes_seconds ?? null, notes: estimate.notes });
    });
    setIsBusy(false);
  }

  const run = async () => {
    if (!plan) return;
    setIsBusy(true);
    const isDone = await deed(async () => {
      if (selection.all && !filter.event) {
        const replay = (await ask(plan.deed, false)) as Schemas["Replay"];
        const hasPage = PAGES.some((route) => route.page === "replay");
        toast({ text: `${plan.deed === "retry" ? "They go out" : "They are cancelled"}, one after the other.`, action: hasPage ? { label: "Watch", run: () => go(`/replays/${replay.id}`) } : undefined });
        return;
      }
      let refused = 0;
      for (const row of chosen) {
        const path = { params: { path: { id: row.id } } };
        const asked = plan.deed === "retry" ? api.POST("/api/v1/deliveries/{id}/retry", path) : api.POST("/api/v1/deliveries/{id}/cancel", path);
        const answer = await asked;
        if (!answer.response.ok) refused += 1;
      }
      toast({ text: `${counted(chosen.length - refused, "delivery", "deliveries")} ${plan.deed === "retry" ? "due now" : "cancelled"}.${refused > 0 ? ` ${format.count(refused)} could not be: finished, or the webhook is gone or disabled.` : ""}` });
    });
    setIsBusy(false);
    setPlan(null);
    if (isDone) done();
  };

  const shown = `${format.count(count)}${selection.all && isCapped ? "+" : ""}`;
  return (
    <>
      <div className="bulk-bar" role="group" aria-label="With what is selected">
        <b>{shown} selected</b>
        {!selection.all && total > count && !filter.event && (
          <button type="button" className="link" onClick={() => select({ ids: selection.ids, all: true })}>
            Select all {format.cappedCount(total, isCapped)} that match
          </button>
        )}
        <span className="ml-auto" />
        <button type="button" className="btn" disabled={isBusy} onClick={() => void prepare("retry")}>
          Retry… <kbd>r</kbd>
        </button>
        <button type="button" className="btn" disabled={isBusy} onClick={() => void prepare("cancel")}>
          Cancel…
        </button>
      </div>
      {plan && <Sure plan={plan} isBusy={isBusy} close={() => setPlan(null)} run={() => void run()} />}
    </>
  );
}

function Sure({ plan, isBusy, close, run }: { plan: Plan; isBusy: boolean; close: () => void; run: () => void }) {
  const many = `${format.count(plan.count)}${plan.more ? "+" : ""}`;
  const word = plan.deed === "retry" ? "Retry" : "Cancel";
  return (
    <Ask open onClose={close} title={`${word} ${many} ${plan.count === 1 ? "delivery" : "deliveries"}?`} deed={`${word} ${many}`} onDeed={run} isBusy={isBusy || plan.count === 0}>
      <p>
        {plan.deed === "retry" ? "What failed or was cancelled is owed again, with its tries from the start; what waits goes next." : "Nothing more is sent of them. They can be retried later."}
        {plan.seconds !== null && plan.seconds > 0 ? ` It takes about ${format.duration(plan.seconds * 1000)}.` : ""}
      </p>
      {plan.notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
    </Ask>
  );
}
