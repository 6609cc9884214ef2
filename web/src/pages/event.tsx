import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Copy, MoreHorizontal } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { got, type Schemas } from "@/api/client";
import { event, eventDeliveries } from "@/api/events";
import { useScope } from "@/api/scope";
import { may } from "@/api/session";
import { beside, opened } from "@/lib/came-from";
import { member, parseJson, writeJson, type Json } from "@/lib/json";
import { useLiveRefresh } from "@/live/hooks";
import { useDeed, useDeliveryDeeds } from "@/shell/deeds";
import { usePage } from "@/shell/page";
import { copy, copyId } from "@/ui/copy";
import { JsonView } from "@/ui/json-view";
import { useKeys } from "@/ui/keys";
import { useGo } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { Menu } from "@/ui/menu";
import { Time } from "@/ui/time";
import { toast } from "@/ui/toast";
import { aboutEvent } from "@/words/event";
import { counted } from "@/words/text";
import { SaveSample } from "./event/save-sample";
import { WhoGotIt } from "./event/who-got-it";

export default function EventPage() {
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  usePage({ crumbs: [{ label: "Events", to: "/events" }, { label: id }] });
  const scope = useScope();
  const go = useGo();
  const asked = useQuery(event(scope, id));
  const { previous, next } = beside(id);
  useLiveRefresh([[scope.tenant, "events", "deliveries", id], [scope.tenant, "events", "webhooks", id]], asked.data ? { kinds: ["delivery"], eventTypes: [asked.data.event.type] } : null, 3_000);
  useKeys([
    { keys: "[", label: "The one before in the list", run: () => previous && go(`/events/${encodeURIComponent(previous)}`) },
    { keys: "]", label: "The next in the list", run: () => next && go(`/events/${encodeURIComponent(next)}`) },
  ]);
  return (
    <div className="view">
      <Loaded of={asked} what="The event" one="event" skeleton={<Skeleton rows={10} height={28} />}>
        {(data) => <Standing key={id} of={data.event} source={data.source} />}
      </Loaded>
    </div>
  );
}

function Standing({ of, source }: { of: Schemas["Event"]; source: string }) {
  const json = useMemo(() => parseJson(source), [source]);
  const data = member(json, "data");
  const metadata = member(json, "metadata");
  useEffect(() => {
    opened(of.id);
    scrollTo({ top: 0 });
  }, [of.id]);
  return (
    <>
      <Head of={of} json={json} />
      <div className="half">
        <section className="panel" aria-label="Data">
          <header>
            <h2>Data</h2>
            <button type="button" className="btn quiet icon-only small ml-auto" aria-label="Copy the data" onClick={() => data && copy(writeJson(data), "The data is copied.")}>
              <Copy className="icon" aria-hidden />
            </button>
          </header>
          <div className="bg-sunken rounded-b-panel px-3.5 py-2.5">
            <JsonView source={source} json={data} />
          </div>
          {metadata && metadata.kind === "object" && (
            <div className="border-t px-3.5 py-2.5">
              <h2>Metadata</h2>
              <JsonView json={metadata} />
            </div>
          )}
        </section>
        <WhoGotIt of={of} />
      </div>
    </>
  );
}

function Head({ of, json }: { of: Schemas["Event"]; json: Json | null }) {
  const { data: deliveries } = useQuery({ ...eventDeliveries(useScope(), of.id), enabled: of.deliveries > 0, retry: false });
  const about = deliveries?.data[0]?.summary ?? aboutEvent(of.data);
  useKeys([{ keys: "c", label: "Copy the id", run: () => copyId(of.id) }]);
  return (
    <div className="head">
      <div className="min-w-0">
        <h1>
          <bdi className="mono">{of.type}</bdi>
          <bdi>{about}</bdi>
        </h1>
        <div className="facts-line">
          <span>
            Published <b><Time at={of.accepted_at} /></b>
          </span>
          {of.timestamp !== of.accepted_at && (
            <span>
              Happened <b><Time at={of.timestamp} as="millis" /></b>
            </span>
          )}
          <Fact name="Key" value={of.ordering_key} />
          <Fact name="Version" value={of.version} />
          <Fact name="Correlation" value={of.correlation_id} />
          <Fact name="From" value={of.source} />
          <Fact name="Trace" value={of.traceparent} />
          <Fact name="Id" value={of.id} />
        </div>
      </div>
      <SendAgain of={of} json={json} deliveries={deliveries?.data ?? []} hasMore={deliveries?.has_more ?? false} />
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string | number | null | undefined }) {
  if (value === null || value === undefined) return null;
  return (
    <span className="min-w-0 break-all">
      {name} <bdi className="mono">{value}</bdi>
    </span>
  );
}

/** To those who got it, by new deliveries; or once more as an event of its own, which today's webhooks are asked about. */
function SendAgain({ of, json, deliveries, hasMore }: { of: Schemas["Event"]; json: Json | null; deliveries: Schemas["Delivery"][]; hasMore: boolean }) {
  const scope = useScope();
  const client = useQueryClient();
  const deed = useDeed();
  const { replay } = useDeliveryDeeds();
  const go = useGo();
  const [isBusy, setIsBusy] = useState(false);
  const [isSaving, setIsSaving] = useState(false);
  // The newest of each webhook, if it has come to an end.
  const ended = [...new Map(deliveries.toReversed().map((delivery) => [delivery.webhook, delivery])).values()].filter((delivery) => ["delivered", "failed", "cancelled"].includes(delivery.status));
  const isWriter = may(scope.session, "deliveries:write");
  const toAll = async () => {
    setIsBusy(true);
    let done = 0;
    await deed(async () => {
      for (const delivery of ended) {
        await got(scope.api.POST("/api/v1/deliveries/{id}/replay", { params: { path: { id: delivery.id } } }));
        done += 1;
      }
    });
    setIsBusy(false);
    if (done > 0) toast({ text: `It is sent again, by ${counted(done, "new delivery", "new deliveries")}.` });
    void client.invalidateQueries({ queryKey: [scope.tenant, "events"] });
  };
  const publish = () =>
    void deed(async () => {
      const receipt = (await got(scope.api.POST("/api/v1/events", { body: { type: of.type, data: null }, bodySerializer: () => again(json) }))) as Schemas["PublishedEvent"];
      toast({ text: `Published as a new event, for ${counted(receipt.deliveries, "webhook")}.`, action: { label: "Open it", run: () => go(`/events/${encodeURIComponent(receipt.id)}`) } });
    });
  return (
    <div className="actions">
      {isWriter && ended.length > 0 && (
        <button type="button" className="btn main" disabled={isBusy} onClick={() => void toAll()}>
          Send again to {ended.length === 1 ? "1 webhook" : `${ended.length}${hasMore ? " of them" : " webhooks"}`}
        </button>
      )}
      <Menu
        label="More"
        className="btn icon-only"
        button={<MoreHorizontal className="icon" aria-hidden />}
        entries={[
          ...(may(scope.session, "events:write") ? [{ label: "Publish it as a new event", run: publish }, { label: "Save as sample…", run: () => setIsSaving(true) }] : []),
          { label: "Copy the id", hint: "c", run: () => copyId(of.id) },
          { label: "Its deliveries", run: () => go(`/deliveries?event=${encodeURIComponent(of.id)}`) },
          { label: "Others of this type", run: () => go(`/events?event_type=${encodeURIComponent(of.type)}`) },
          ...(isWriter ? ended.slice(0, 8).map((delivery) => ({ label: `Send again to ${delivery.webhook}`, run: () => void replay(delivery.id) })) : []),
        ]}
      />
      {isSaving && <SaveSample of={of} close={() => setIsSaving(false)} />}
    </div>
  );
}

const KEPT = ["type", "version", "data", "ordering_key", "correlation_id", "source", "metadata"];

/** What it was published as, with its data as it was written. */
function again(json: Json | null): string {
  const members = json?.kind === "object" ? json.members.filter(([name, value]) => KEPT.includes(name) && !(name !== "data" && value.kind === "word")) : [];
  return writeJson({ kind: "object", members });
}
