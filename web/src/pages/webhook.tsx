import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { MoreHorizontal } from "lucide-react";
import { useState } from "react";
import { useDeed, useSetStatus } from "@/shell/deeds";
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
import { Ask } from "@/ui/dialog";
import { useKeys } from "@/ui/keys";
import { Link, useGo } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { Menu, type MenuEntry } from "@/ui/menu";
import { Chip } from "@/ui/status";
import { Countdown, Time } from "@/ui/time";
import { Tabs } from "@/ui/tabs";
import { toast } from "@/ui/toast";
import { Say } from "@/ui/verdict";
import * as format from "@/words/format";
import { healthStatus } from "@/words/status";
import { webhookVerdict } from "@/words/verdict-webhook";
import { Attempts } from "./webhook/attempts";
import { ItsChanges } from "./webhook/changes";
import { ItsDeliveries } from "./webhook/deliveries";
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
        <div className="grid min-w-0 gap-5">
          <Attempts of={of} lane={standing} range={range} />
          <WhyFailed of={of} range={range} />
          <Tabs
            tabs={[
              { value: "deliveries", label: "Deliveries", content: <ItsDeliveries of={of} /> },
              { value: "changes", label: "Changes", content: <ItsChanges of={of} /> },
            ]}
          />
        </div>
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

function Next({ of, lane }: { of: Webhook; lane: Schemas["Lane"] | undefined }) {
  const scope = useScope();
  const deed = useDeed();
  const client = useQueryClient();
  const probe = () =>
    void deed(async () => {
      const result = await got(scope.api.POST("/api/v1/webhooks/{id}/probe", { params: { path: { id: of.id } } }));
      toast({ text: result.healed === true ? "It works again: the webhook is active." : result.healed === false ? "It does not work yet." : "A probe goes now." });
      await client.invalidateQueries({ queryKey: [scope.tenant, "webhooks"] });
    });
  const until = lane?.breaker.until ?? lane?.paused_until;
  const canProbe = lane?.breaker.state === "open" || lane?.breaker.state === "half_open" || (of.status === "disabled" && of.status_reason !== "by_request");
  if (!until && !canProbe) return null;
  return (
    <>
      {until && (
        <>
          <span>{lane?.breaker.until ? "Next probe in" : "Goes on in"}</span>
          <b className="count">
            <Countdown to={until} />
          </b>
        </>
      )}
      {canProbe && (
        <button type="button" className="btn mt-1.5" onClick={probe}>
          Probe now
        </button>
      )}
    </>
  );
}

function Head({ of, onTest }: { of: Webhook; onTest: (result: Schemas["TestResult"]) => void }) {
  const scope = useScope();
  const deed = useDeed();
  const go = useGo();
  const client = useQueryClient();
  const setStatus = useSetStatus();
  const [isTesting, setIsTesting] = useState(false);
  const [asks, setAsks] = useState<"delete" | "disable" | null>(null);
  const canEdit = PAGES.some((route) => route.page === "webhook-edit");
  const canMake = PAGES.some((route) => route.page === "webhook-new");
  const path = `/webhooks/${encodeURIComponent(of.id)}`;

  const sendTest = async () => {
    if (isTesting) return;
    setIsTesting(true);
    await deed(async () => onTest(await got(scope.api.POST("/api/v1/webhooks/{id}/test", { params: { path: { id: of.id } } }))));
    setIsTesting(false);
  };
  const isPaused = of.status === "paused";
  const toggle = () => void setStatus([of], of.status === "active" ? "paused" : "active");
  const remove = () =>
    void deed(async () => {
      await got(scope.api.DELETE("/api/v1/webhooks/{id}", { params: { path: { id: of.id } } }));
      await client.invalidateQueries({ queryKey: [scope.tenant, "webhooks", "list"] });
      toast({ text: `${nameOf(of)} is deleted.` });
      go("/webhooks");
    });
  const toggleWord = of.status === "disabled" ? "Enable" : isPaused ? "Resume" : "Pause";
  useKeys([
    { keys: "t", label: "Send a test", run: () => void sendTest() },
    { keys: "p", label: toggleWord, run: toggle },
    ...(canEdit ? [{ keys: "e", label: "Edit", run: () => go(`${path}/edit`) }] : []),
    { keys: "c", label: "Copy the id", run: () => copyId(of.id) },
  ]);
  const entries: (MenuEntry | null)[] = [
    ...(canMake ? [{ label: "Duplicate", run: () => go(`/webhooks/new?like=${encodeURIComponent(of.id)}`) }] : []),
    { label: "Copy the id", hint: "c", run: () => copyId(of.id) },
    { label: "Copy the URL", run: () => copy(of.url, "The URL is copied.") },
    { label: of.starred ? "Remove the star" : "Star it", run: () => void deed(async () => { await got(scope.api.PATCH("/api/v1/webhooks/{id}", { params: { path: { id: of.id } }, body: { starred: !of.starred } })); await client.invalidateQueries({ queryKey: [scope.tenant, "webhooks"] }); }) },
    null,
    ...(of.status === "disabled" ? [] : [{ label: "Disable…", run: () => setAsks("disable") }]),
    { label: "Delete…", run: () => setAsks("delete") },
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
        <button type="button" className="btn" disabled={isTesting} onClick={() => void sendTest()}>
          {isTesting ? "Sending" : "Send a test"} <kbd>t</kbd>
        </button>
        <button type="button" className="btn" onClick={toggle}>
          {toggleWord} <kbd>p</kbd>
        </button>
        {canEdit && (
          <Link className="btn" to={`${path}/edit`}>
            Edit <kbd>e</kbd>
          </Link>
        )}
        <Menu label="More" className="btn icon-only" button={<MoreHorizontal className="icon" aria-hidden />} entries={entries} />
      </div>
      <Removal of={of} asks={asks} close={() => setAsks(null)} remove={remove} disable={() => void setStatus([of], "disabled").then(() => setAsks(null))} />
    </div>
  );
}

function Removal({ of, asks, close, remove, disable }: { of: Webhook; asks: "delete" | "disable" | null; close: () => void; remove: () => void; disable: () => void }) {
  const scope = useScope();
  const { data: standing } = useQuery({ ...lane(scope, of.id), enabled: asks !== null });
  const owed = standing?.owed ?? 0;
  const many = `${format.count(owed)}${standing?.more_owed ? "+" : ""}`;
  const cancelled = owed === 0 ? "Nothing is owed to it now." : `${many} owed ${owed === 1 ? "delivery is" : "deliveries are"} cancelled`;
  if (asks === "disable") {
    return (
      <Ask open onClose={close} title={<>Disable <bdi>{nameOf(of)}</bdi>?</>} keep="Keep it" deed={owed === 0 ? "Disable" : `Disable and cancel ${many}`} onDeed={disable}>
        <p>{owed === 0 ? `${cancelled} Events do not match it any more.` : `${cancelled}; they can be replayed. Events do not match it any more.`}</p>
      </Ask>
    );
  }
  return (
    <Ask open={asks === "delete"} onClose={close} title={<>Delete <bdi>{nameOf(of)}</bdi>?</>} keep="Keep it" deed={owed === 0 ? "Delete" : `Delete and cancel ${many}`} onDeed={remove}>
      <p>{owed === 0 ? cancelled : `${cancelled} and nothing more is sent.`} What was sent stays readable as long as it is kept. This cannot be undone.</p>
    </Ask>
  );
}

