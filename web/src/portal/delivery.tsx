import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { Schemas } from "@/api/client";
import { delivery, lane, nameOf, webhook } from "@/api/queries";
import { useScope } from "@/api/scope";
import { useNow } from "@/lib/clock";
import { useZone } from "@/lib/you";
import { Attempts, NextTry } from "@/pages/delivery/attempts";
import { NextSteps } from "@/pages/delivery/next-steps";
import { useDeliveryDeeds } from "@/shell/deeds";
import { copyId } from "@/ui/copy";
import { Link } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { Chip } from "@/ui/status";
import { Time } from "@/ui/time";
import { Say } from "@/ui/verdict";
import { deliveryStatus } from "@/words/status";
import { deliveryVerdict } from "@/words/verdict-delivery";
import { Back, useMay, usePage } from "./page";

type Detail = Schemas["DeliveryDetail"];
const WHILE_OWED = 3_000;

export default function DeliveryPage() {
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const asked = useQuery({ ...delivery(useScope(), id), refetchInterval: (query) => (["pending", "retrying"].includes(query.state.data?.status ?? "") ? WHILE_OWED : false) });
  usePage(asked.data?.summary ?? "Delivery");
  useEffect(() => scrollTo({ top: 0 }), [id]);
  return (
    <>
      <Back to="/deliveries">Deliveries</Back>
      <Loaded of={asked} what="The delivery" one="delivery" skeleton={<Skeleton rows={8} height={32} />}>
        {(data) => <Standing key={data.id} of={data} />}
      </Loaded>
    </>
  );
}

function Standing({ of }: { of: Detail }) {
  const scope = useScope();
  const zone = useZone();
  const now = useNow();
  const { data: to } = useQuery({ ...webhook(scope, of.webhook), retry: false });
  const { data: standing } = useQuery({ ...lane(scope, of.webhook), enabled: of.planned_attempts.length > 0, retry: false });
  return (
    <>
      <Head of={of} name={to ? nameOf(to) : of.webhook} />
      <Say of={deliveryVerdict(of, { now, zone, platform: to?.platform ?? null, isPortal: true })} next={<NextTry of={of} />}>
        <Deeds of={of} />
      </Say>
      <Attempts of={of} />
      {of.status !== "delivered" && (
        <div className="mt-5">
          <NextSteps of={of} lane={standing} />
        </div>
      )}
    </>
  );
}

function Head({ of, name }: { of: Detail; name: string }) {
  return (
    <div className="portal-head top-of-page">
      <div className="min-w-0">
        <h1>
          <bdi>{of.summary ?? of.event_type}</bdi>
          <Chip of={deliveryStatus(of)} />
          {of.test && <span className="tag">test</span>}
        </h1>
        <p className="text-ink-3 facts-in-line">
          <bdi className="mono">{of.event_type}</bdi>
          <span>
            to{" "}
            <Link className="link" to={`/webhooks/${encodeURIComponent(of.webhook)}`}>
              <bdi>{name}</bdi>
            </Link>
          </span>
          <span>
            accepted <Time at={of.created_at} />
          </span>
          <button type="button" className="mono" data-tip="Copy the id" onClick={() => copyId(of.id)}>
            {of.id}
          </button>
        </p>
      </div>
    </div>
  );
}

function Deeds({ of }: { of: Detail }) {
  const may = useMay();
  const deeds = useDeliveryDeeds();
  const [isBusy, setIsBusy] = useState(false);
  if (!may.retry) return null;
  const isOwed = of.status === "pending" || of.status === "retrying";
  const canRetry = !of.test && of.status !== "delivered" && of.status !== "unknown";
  const run = async (deed: (id: string) => Promise<unknown>) => {
    setIsBusy(true);
    await deed(of.id);
    setIsBusy(false);
  };
  return (
    <div className="deeds">
      {canRetry ? (
        <button type="button" className="btn main" disabled={isBusy} onClick={() => void run(deeds.retry)}>
          {isOwed ? "Retry now" : "Retry"}
        </button>
      ) : (
        <button type="button" className="btn" disabled={isBusy} onClick={() => void run(deeds.replay)}>
          Send again
        </button>
      )}
      {isOwed && (
        <button type="button" className="btn" disabled={isBusy} onClick={() => void run(deeds.cancel)}>
          Cancel
        </button>
      )}
    </div>
  );
}
