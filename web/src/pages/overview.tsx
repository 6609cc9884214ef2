import { useQueries, useQuery } from "@tanstack/react-query";
import type { Schemas } from "@/api/client";
import { lane, overview, readiness } from "@/api/queries";
import { scopeOf, useScope } from "@/api/scope";
import { useNow } from "@/lib/clock";
import { useZone } from "@/lib/you";
import { usePage } from "@/shell/page";
import { Loaded, Skeleton } from "@/ui/loading";
import { Verdict } from "@/ui/verdict";
import { overviewVerdict } from "@/words/verdict-overview";
import { Feed } from "./overview/feed";
import { Figures } from "./overview/figures";
import { FirstDay } from "./overview/first-day";
import { Lanes } from "./overview/lanes";

export default function OverviewPage() {
  usePage({ crumbs: [{ label: "Overview" }] });
  const scope = useScope();
  const asked = useQuery(overview(scope));
  return (
    <div className="view">
      <Loaded of={asked} what="The overview" skeleton={<Waiting />}>
        {(data) => (isFirstDay(data) ? <FirstDay /> : <Standing of={data} />)}
      </Loaded>
    </div>
  );
}

function isFirstDay({ webhooks, last_24h }: Schemas["Overview"]): boolean {
  return Object.values(webhooks).every((count) => count === 0) && last_24h.events === 0;
}

function Standing({ of }: { of: Schemas["Overview"] }) {
  return (
    <>
      <Matter of={of} />
      <Figures of={of} />
      <div className="two">
        <Lanes of={of} />
        <Feed />
      </div>
    </>
  );
}

/** Drawn anew each second, as its sentences have times. */
function Matter({ of }: { of: Schemas["Overview"] }) {
  const { session, tenant } = useScope();
  const zone = useZone();
  const now = useNow();
  const { data: ready } = useQuery(readiness());
  const worst = of.in_trouble.slice(0, 3);
  const lanes = useQueries({ queries: worst.map((webhook) => lane(scopeOf(session, webhook.tenant ?? tenant ?? undefined), webhook.id)) });
  const cannotCommit = ready?.status === "ready" || !ready ? null : (ready.troubles[0] ?? null);
  const verdict = overviewVerdict(of, { now, zone, cannotCommit, lanes: Object.fromEntries(worst.map((webhook, at) => [webhook.id, lanes[at]?.data])) });
  return <Verdict of={verdict} />;
}

function Waiting() {
  return (
    <div className="grid gap-6">
      <Skeleton rows={2} height={28} gap={10} />
      <Skeleton rows={1} height={86} />
      <Skeleton rows={9} height={26} gap={10} />
    </div>
  );
}
