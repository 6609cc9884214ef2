import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { MoreHorizontal } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useDeliveryDeeds } from "@/shell/deeds";
import type { Schemas } from "@/api/client";
import { delivery, eventFacts, lane, nameOf, webhook } from "@/api/queries";
import { useScope } from "@/api/scope";
import { beside, opened } from "@/lib/came-from";
import { useNow } from "@/lib/clock";
import { copyId } from "@/ui/copy";
import { useZone } from "@/lib/you";
import { useLiveRefresh } from "@/live/hooks";
import { usePage } from "@/shell/page";
import { PAGES } from "@/shell/pages";
import { useKeys } from "@/ui/keys";
import { Link, useGo } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { Menu } from "@/ui/menu";
import { Chip } from "@/ui/status";
import { Time } from "@/ui/time";
import { Say } from "@/ui/verdict";
import * as format from "@/words/format";
import { deliveryStatus } from "@/words/status";
import { deliveryVerdict } from "@/words/verdict-delivery";
import { Attempts, NextTry } from "./delivery/attempts";
import { NextSteps } from "./delivery/next-steps";
import { WhoElse } from "./delivery/who-else";

type Detail = Schemas["DeliveryDetail"];

export default function DeliveryPage() {
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const scope = useScope();
  const asked = useQuery(delivery(scope, id));
  usePage({ crumbs: [{ label: "Deliveries", to: "/deliveries" }, { label: id }] });
  const of = asked.data?.webhook;
  useLiveRefresh([[scope.tenant, "deliveries", "one", id]], of ? { kinds: ["delivery"], webhooks: [of] } : null, 1_500);
  const go = useGo();
  const { previous, next } = beside(id);
  useKeys([
    { keys: "[", label: "The one before in the list", run: () => previous && go(`/deliveries/${previous}`) },
    { keys: "]", label: "The next in the list", run: () => next && go(`/deliveries/${next}`) },
  ]);
  return (
    <div className="view">
      <Loaded of={asked} what="The delivery" one="delivery" skeleton={<Skeleton rows={10} height={28} />}>
        {(data) => <Standing key={data.id} of={data} />}
      </Loaded>
    </div>
  );
}

function Standing({ of }: { of: Detail }) {
  const scope = useScope();
  const zone = useZone();
  const now = useNow();
  const { data: to } = useQuery({ ...webhook(scope, of.webhook), retry: false });
  const { data: standing } = useQuery({ ...lane(scope, of.webhook), enabled: of.planned_attempts.length > 0, retry: false });
  const context = { now, zone, platform: to?.platform ?? null };
  return (
    <>
      <Head of={of} name={to ? nameOf(to) : of.webhook} />
      <Say of={deliveryVerdict(of, context)} next={<NextTry of={of} />} />
      <Attempts of={of} />
      <div className="half mt-5">
        <NextSteps of={of} lane={standing} />
        <WhoElse of={of} />
      </div>
    </>
  );
}

function Head({ of, name }: { of: Detail; name: string }) {
  const scope = useScope();
  const deeds = useDeliveryDeeds();
  const go = useGo();
  const [isBusy, setIsBusy] = useState(false);
  const isOwed = of.status === "pending" || of.status === "retrying";
  // A test was sent once and is over; what it tried can be sent again.
  const canRetry = !of.test && of.status !== "delivered" && of.status !== "unknown";
  const retryWord = isOwed ? "Retry now" : "Retry";
  const run = async (deed: () => Promise<unknown>) => {
    setIsBusy(true);
    await deed();
    setIsBusy(false);
  };
  const retry = () => void run(() => deeds.retry(of.id));
  useKeys([...(canRetry ? [{ keys: "r", label: retryWord, run: retry }] : []), { keys: "c", label: "Copy the id", run: () => copyId(of.id) }]);
  useEffect(() => {
    opened(of.id);
    scrollTo({ top: 0 });
  }, [of.id]);
  const body = of.attempts.at(-1)?.request.body;
  const size = useMemo(() => (body?.encoding === "utf8" ? new TextEncoder().encode(body.content).length : null), [body]);
  const { data: event } = useQuery(eventFacts(scope, of.event));
  const hasEvents = PAGES.some((route) => route.page === "event");
  return (
    <div className="head">
      <div className="min-w-0">
        <h1>
          <Chip of={deliveryStatus(of)} />
          {of.test && <span className="tag">test</span>}
          <bdi>{of.summary ?? of.event_type}</bdi>
          <span className="text-ink-3 font-normal">to</span>
          <Link className="link" to={`/webhooks/${encodeURIComponent(of.webhook)}`}>
            <bdi>{name}</bdi>
          </Link>
        </h1>
        <div className="facts-line">
          <span>
            Event <bdi className="mono">{of.event_type}</bdi> {hasEvents ? <Link className="mono link" to={`/events/${encodeURIComponent(of.event)}`}><bdi>{of.event}</bdi></Link> : <bdi className="mono">{of.event}</bdi>}
          </span>
          <span>
            Accepted{" "}
            <b>
              <Time at={of.created_at} />
            </b>
          </span>
          {event?.ordering_key && (
            <span>
              Key <bdi className="mono">{event.ordering_key}</bdi>
            </span>
          )}
          {event?.correlation_id && (
            <span>
              Correlation <bdi className="mono">{event.correlation_id}</bdi>
            </span>
          )}
          {of.message_id !== of.event && (
            <span>
              Sent as <bdi className="mono">{of.message_id}</bdi>
            </span>
          )}
          {of.replay_of && (
            <span>
              Repeats{" "}
              <Link className="mono link" to={`/deliveries/${of.replay_of}`}>
                {of.replay_of}
              </Link>
            </span>
          )}
          {scope.tenant && scope.tenant !== "default" && (
            <span>
              Tenant <b>{scope.tenant}</b>
            </span>
          )}
          {size !== null && (
            <span>
              Body <b>{format.bytes(size)}</b>
            </span>
          )}
        </div>
      </div>
      <div className="actions">
        {canRetry ? (
          <button type="button" className="btn main" disabled={isBusy} onClick={retry}>
            {retryWord} <kbd>r</kbd>
          </button>
        ) : (
          <button type="button" className="btn" disabled={isBusy} onClick={() => void run(() => deeds.replay(of.id))}>
            Send again
          </button>
        )}
        {isOwed && (
          <button type="button" className="btn" disabled={isBusy} onClick={() => void run(() => deeds.cancel(of.id))}>
            Cancel
          </button>
        )}
        <Menu
          label="More"
          className="btn icon-only"
          button={<MoreHorizontal className="icon" aria-hidden />}
          entries={[
            { label: "Copy the id", hint: "c", run: () => copyId(of.id) },
            { label: "Others of this event", run: () => go(`/deliveries?event=${encodeURIComponent(of.event)}`) },
            { label: "Others to this webhook", run: () => go(`/deliveries?webhook=${encodeURIComponent(of.webhook)}`) },
            ...(canRetry ? [null, { label: "Send again as a new delivery", run: () => void run(() => deeds.replay(of.id)) }] : []),
          ]}
        />
      </div>
    </div>
  );
}
