import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { MoreHorizontal } from "lucide-react";
import { useState } from "react";
import { useDeed } from "@/shell/deeds";
import { got, type Schemas } from "@/api/client";
import { lane, nameOf, webhook, webhookStats } from "@/api/queries";
import { useScope } from "@/api/scope";
import { useNow } from "@/lib/clock";
import { copy, copyId } from "@/ui/copy";
import { useRange } from "@/ui/range";
import { useZone } from "@/lib/you";
import { useLiveRefresh } from "@/live/hooks";
import { usePage } from "@/shell/page";
import { PAGES } from "@/shell/pages";
import { useKeys } from "@/ui/keys";
import { Link, useGo } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { Menu, type MenuEntry } from "@/ui/menu";
import { Chip } from "@/ui/status";
import { Tabs } from "@/ui/tabs";
import { Time } from "@/ui/time";
import { Say } from "@/ui/verdict";
import { healthStatus } from "@/words/status";
import { webhookVerdict } from "@/words/verdict-webhook";
import { Attempts } from "./webhook/attempts";
import { ItsChanges } from "./webhook/changes";
import { useWebhookDeeds } from "./webhook/deeds";
import { ItsDeliveries } from "./webhook/deliveries";
import { Next } from "./webhook/next";
import { Removal } from "./webhook/removal";
import { Tests } from "./webhook/tests";
import { HowSent, ItsLane, Notes, WhatItGets } from "./webhook/side";
import { TestResult } from "./webhook/test-result";
import { WhyFailed } from "./webhook/why-failed";

type Webhook = Schemas["Webhook"];

export default function WebhookPage() {
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const scope = useScope();
  const asked = useQuery(webhook(scope, id));
  usePage({ crumbs: [{ label: "Webhooks", to: "/webhooks" }, { label: asked.data ? nameOf(asked.data) : id }], range: "Last hour" });
  useLiveRefresh(
    [
      [scope.tenant, "webhooks", "one", id],
      [scope.tenant, "webhooks", "lane", id],
      [scope.tenant, "webhooks", "stats", id],
      [scope.tenant, "stats"],
      [scope.tenant, "deliveries", "list"],
    ],
    { kinds: ["delivery", "webhook", "health"], webhooks: [id] },
    2_000,
  );
  return (
    <div className="view">
      <Loaded of={asked} what="The webhook" one="webhook" skeleton={<Skeleton rows={10} height={28} />}>
        {(data) => <Standing of={data} />}
      </Loaded>
    </div>
  );
}

function Standing({ of }: { of: Webhook }) {
  const scope = useScope();
  const zone = useZone();
  const now = useNow();
  const range = useRange();
  const { data: standing } = useQuery(lane(scope, of.id));
  const { data: stats } = useQuery(webhookStats(scope, of.id));
  const { data: last } = useQuery({
    queryKey: [scope.tenant, "deliveries", "last-error", of.id],
    queryFn: ({ signal }) => got(scope.api.GET("/api/v1/deliveries", { signal, params: { query: { webhook: of.id, status: ["retrying"], limit: 1 } } })),
    enabled: of.health.state === "failing" || of.health.state === "degraded",
    refetchInterval: 15_000,
  });
  const [test, setTest] = useState<Schemas["TestResult"] | null>(null);
  const verdict = webhookVerdict(of, standing, { now, zone, day: stats?.last_24h, lastError: last?.data[0]?.last_error_message ?? null });
  return (
    <>
      <Head of={of} onTest={setTest} />
      <Say of={verdict} next={<Next of={of} lane={standing} />} />
      {test && <TestResult of={test} close={() => setTest(null)} />}
      <div className="two tight mt-5">
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
            { value: "changes", label: "Changes", content: <ItsChanges of={of} /> },
          ]}
        />
        <div className="grid gap-5">
          <ItsLane of={of} lane={standing} />
          <WhatItGets of={of} />
          <HowSent of={of} />
          {of.note && <Notes of={of} />}
        </div>
      </div>
    </>
  );
}

function Head({ of, onTest }: { of: Webhook; onTest: (result: Schemas["TestResult"]) => void }) {
  const scope = useScope();
  const deed = useDeed();
  const go = useGo();
  const client = useQueryClient();
  const deeds = useWebhookDeeds(of, onTest, "/webhooks");
  const canEdit = PAGES.some((route) => route.page === "webhook-edit");
  const canMake = PAGES.some((route) => route.page === "webhook-new");
  const path = `/webhooks/${encodeURIComponent(of.id)}`;
  useKeys([
    { keys: "t", label: "Send a test", run: deeds.sendTest },
    { keys: "p", label: deeds.toggle.word, run: deeds.toggle.run },
    ...(canEdit ? [{ keys: "e", label: "Edit", run: () => go(`${path}/edit`) }] : []),
    { keys: "c", label: "Copy the id", run: () => copyId(of.id) },
  ]);
  const entries: (MenuEntry | null)[] = [
    ...(canMake ? [{ label: "Duplicate", run: () => go(`/webhooks/new?like=${encodeURIComponent(of.id)}`) }] : []),
    { label: "Copy the id", hint: "c", run: () => copyId(of.id) },
    { label: "Copy the URL", run: () => copy(of.url, "The URL is copied.") },
    { label: of.starred ? "Remove the star" : "Star it", run: () => void deed(async () => { await got(scope.api.PATCH("/api/v1/webhooks/{id}", { params: { path: { id: of.id } }, body: { starred: !of.starred } })); await client.invalidateQueries({ queryKey: [scope.tenant, "webhooks"] }); }) },
    null,
    ...(of.status === "disabled" ? [] : [{ label: "Disable…", run: () => deeds.ask("disable") }]),
    { label: "Delete…", run: () => deeds.ask("delete") },
  ];
  return (
    <div className="head">
      <div className="min-w-0">
        <h1>
          <bdi>{nameOf(of)}</bdi>
          {of.starred && <span aria-label="starred">★</span>}
          <Chip of={healthStatus(of.health.state)} />
        </h1>
        <div className="facts-line">
          <bdi className="mono break-all">{of.url}</bdi>
          {of.platform && (
            <span>
              Platform <b>{of.platform}</b>
            </span>
          )}
          {scope.tenant && scope.tenant !== "default" && (
            <span>
              Tenant <b>{scope.tenant}</b>
            </span>
          )}
          <span>
            Made{" "}
            <b>
              <Time at={of.created_at} as="date" />
            </b>
          </span>
        </div>
        {of.description && <p className="text-ink-2 mt-1 max-w-[92ch]"><bdi>{of.description}</bdi></p>}
      </div>
      <div className="actions">
        <button type="button" className="btn" disabled={deeds.isTesting} onClick={deeds.sendTest}>
          {deeds.isTesting ? "Sending" : "Send a test"} <kbd>t</kbd>
        </button>
        <button type="button" className="btn" onClick={deeds.toggle.run}>
          {deeds.toggle.word} <kbd>p</kbd>
        </button>
        {canEdit && (
          <Link className="btn" to={`${path}/edit`}>
            Edit <kbd>e</kbd>
          </Link>
        )}
        <Menu label="More" className="btn icon-only" button={<MoreHorizontal className="icon" aria-hidden />} entries={entries} />
      </div>
      <Removal of={of} deeds={deeds} />
    </div>
  );
}
