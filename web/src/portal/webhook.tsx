import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { MoreHorizontal } from "lucide-react";
import { useState } from "react";
import { got, type Schemas } from "@/api/client";
import { deliveries, lane, nameOf, webhook, webhookStats } from "@/api/queries";
import { useScope } from "@/api/scope";
import { useNow } from "@/lib/clock";
import { useZone } from "@/lib/you";
import { Attempts } from "@/pages/webhook/attempts";
import { useWebhookDeeds } from "@/pages/webhook/deeds";
import { Next } from "@/pages/webhook/next";
import { Removal } from "@/pages/webhook/removal";
import { TestResult } from "@/pages/webhook/test-result";
import { Tests } from "@/pages/webhook/tests";
import { WhyFailed } from "@/pages/webhook/why-failed";
import { copy } from "@/ui/copy";
import { Link, useGo } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { Menu, type MenuEntry } from "@/ui/menu";
import { useRange } from "@/ui/range";
import { Chip } from "@/ui/status";
import { Tabs } from "@/ui/tabs";
import { Say } from "@/ui/verdict";
import { ours } from "@/words/hint";
import { healthStatus } from "@/words/status";
import { webhookVerdict } from "@/words/verdict-webhook";
import { useCalm } from "./calm";
import { Back, useMay, usePage } from "./page";
import { Rows } from "./rows";
import { Settings } from "./webhook-settings";

type Webhook = Schemas["Webhook"];
const AGAIN = 10_000;

export default function WebhookPage() {
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const asked = useQuery({ ...webhook(useScope(), id), refetchInterval: AGAIN });
  usePage(asked.data ? nameOf(asked.data) : id);
  return (
    <>
      <Back to="/">Webhooks</Back>
      <Loaded of={asked} what="The webhook" one="webhook" skeleton={<Skeleton rows={8} height={32} />}>
        {(data) => <Standing key={data.id} of={data} />}
      </Loaded>
    </>
  );
}

function Standing({ of }: { of: Webhook }) {
  const scope = useScope();
  const zone = useZone();
  const now = useNow();
  const range = useRange();
  const [test, setTest] = useState<Schemas["TestResult"] | null>(null);
  const { data: standing } = useQuery(lane(scope, of.id));
  const { data: stats } = useQuery(webhookStats(scope, of.id));
  const { data: last } = useQuery({
    queryKey: [scope.tenant, "deliveries", "last-error", of.id],
    queryFn: ({ signal }) => got(scope.api.GET("/api/v1/deliveries", { signal, params: { query: { webhook: of.id, status: ["retrying"], limit: 1 } } })),
    enabled: of.health.state === "failing" || of.health.state === "degraded",
    refetchInterval: AGAIN,
  });
  const error = last?.data[0]?.last_error_message;
  const verdict = webhookVerdict(of, standing, { now, zone, day: stats?.last_24h, lastError: error ? ours(error) : null });
  return (
    <>
      <Head of={of} onTest={setTest} />
      <Say of={verdict} next={<Next of={of} lane={standing} />} />
      {test && <TestResult of={test} close={() => setTest(null)} />}
      <div className="mt-4">
        <Tabs
          tabs={[
            {
              value: "work",
              label: "How it does",
              content: (
                <div className="grid min-w-0 gap-5">
                  <Attempts of={of} lane={standing} range={range} />
                  <WhyFailed of={of} range={range} />
                  <ItsDeliveries of={of} />
                </div>
              ),
            },
            { value: "tests", label: "Tests", content: <Tests of={of} /> },
            { value: "settings", label: "Settings", content: <Settings of={of} lane={standing} /> },
          ]}
        />
      </div>
    </>
  );
}

function Head({ of, onTest }: { of: Webhook; onTest: (result: Schemas["TestResult"]) => void }) {
  const may = useMay();
  const go = useGo();
  const deeds = useWebhookDeeds(of, onTest, "/");
  const path = `/webhooks/${encodeURIComponent(of.id)}`;
  const entries: (MenuEntry | null)[] = [
    { label: "Duplicate", run: () => go(`/webhooks/new?like=${encodeURIComponent(of.id)}`) },
    { label: "Copy the URL", run: () => copy(of.url, "The URL is copied.") },
    null,
    ...(of.status === "disabled" ? [] : [{ label: "Disable…", run: () => deeds.ask("disable") }]),
    { label: "Delete…", run: () => deeds.ask("delete") },
  ];
  return (
    <div className="portal-head top-of-page">
      <div className="min-w-0">
        <h1>
          <bdi>{nameOf(of)}</bdi>
          <Chip of={healthStatus(of.health.state)} />
        </h1>
        <p className="text-ink-3 break-all"><bdi>{of.url}</bdi></p>
        {of.description && <p className="text-ink-2 mt-1 break-words"><bdi>{of.description}</bdi></p>}
      </div>
      {may.change && (
        <div className="actions">
          <button type="button" className="btn main" disabled={deeds.isTesting} onClick={deeds.sendTest}>
            {deeds.isTesting ? "Sending" : "Send a test"}
          </button>
          <button type="button" className="btn" onClick={deeds.toggle.run}>
            {deeds.toggle.word}
          </button>
          <Link className="btn" to={`${path}/edit`}>
            Edit
          </Link>
          <Menu label="More" className="btn icon-only" button={<MoreHorizontal className="icon" aria-hidden />} entries={entries} />
        </div>
      )}
      <Removal of={of} deeds={deeds} />
    </div>
  );
}

/** The last of what was owed to it. */
function ItsDeliveries({ of }: { of: Webhook }) {
  const list = useInfiniteQuery(deliveries(useScope(), { webhook: of.id, limit: 10, test: false }));
  useCalm(list.refetch, AGAIN);
  const rows = list.data?.pages[0]?.data ?? [];
  return (
    <section aria-label="Deliveries">
      <h2 className="mb-2">Deliveries</h2>
      <Loaded of={list} what="Deliveries" skeleton={<Skeleton rows={4} height={56} />}>
        {() =>
          rows.length === 0 ? (
            <p className="text-ink-2">Nothing was owed yet.</p>
          ) : (
            <>
              <Rows of={rows} />
              <Link className="btn mt-3" to={`/deliveries?webhook=${encodeURIComponent(of.id)}`}>
                All of them
              </Link>
            </>
          )
        }
      </Loaded>
    </section>
  );
}
