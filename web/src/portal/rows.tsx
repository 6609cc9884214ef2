/** Deliveries as a list in two lines each: what it is about, and what became of it. */
import { useEffect } from "react";
import type { Schemas } from "@/api/client";
import { remember } from "@/lib/came-from";
import { useTicking } from "@/lib/clock";
import { useZone } from "@/lib/you";
import { Link } from "@/ui/link";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { whatHappened } from "@/words/happened";
import { deliveryStatus } from "@/words/status";
import { capital } from "@/words/text";

type Delivery = Schemas["Delivery"];

export function Rows({ of, names }: { of: Delivery[]; names?: Record<string, { name: string } | undefined> }) {
  useEffect(() => remember(of.map((delivery) => delivery.id)), [of]);
  return (
    <ul className="panel rows deliveries">
      {of.map((delivery) => (
        <li key={delivery.id}>
          <span className="row">
            <Link className="cut" to={`/deliveries/${delivery.id}`}>
              <bdi>{delivery.summary ?? delivery.event_type}</bdi>
            </Link>
            <Time at={delivery.created_at} className="text-ink-3" />
          </span>
          <span className="row">
            <Status of={deliveryStatus(delivery)} />
            <Happened of={delivery} to={names && (names[delivery.webhook]?.name ?? delivery.webhook)} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Happened({ of, to }: { of: Delivery; to: string | undefined }) {
  const zone = useZone();
  const text = useTicking((now) => whatHappened(of, now, zone));
  return (
    <span className="cut text-ink-2">
      {to && <bdi>{to}</bdi>}
      {to && text && " · "}
      <bdi>{to ? text : capital(text)}</bdi>
    </span>
  );
}
