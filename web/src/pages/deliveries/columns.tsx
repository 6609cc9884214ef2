import type { Schemas } from "@/api/client";
import { Status } from "@/ui/status";
import { Link } from "@/ui/link";
import type { Column } from "@/ui/table";
import { Time } from "@/ui/time";
import { useTicking } from "@/lib/clock";
import { useZone } from "@/lib/you";
import { whatHappened } from "@/words/happened";
import { deliveryStatus } from "@/words/status";

type Delivery = Schemas["Delivery"];
type Names = Record<string, { name: string } | undefined>;

/** Deliveries in lists. Of one webhook, the webhook need not be told in each row. */
export function deliveryColumns({ isOfOne = false, names = {} }: { isOfOne?: boolean; names?: Names } = {}): Column<Delivery>[] {
  const columns: (Column<Delivery> | null)[] = [
    { name: "status", head: "Status", width: isOfOne ? "17%" : "12%", cell: (delivery) => <Status of={deliveryStatus(delivery)} /> },
    {
      name: "event",
      head: "Event",
      width: isOfOne ? "20%" : "16%",
      phone: "spare",
      cell: (delivery) => (
        <Link className="mono cut text-ink-2 block" to={`/deliveries/${delivery.id}`}>
          <bdi>{delivery.event_type}</bdi>
        </Link>
      ),
    },
    { name: "about", head: "About", phone: "wide", cell: (delivery) => <About of={delivery} /> },
    isOfOne ? null : { name: "to", head: "To", width: "17%", phone: "spare", cell: (delivery) => <bdi className="cut block">{names[delivery.webhook]?.name ?? delivery.webhook}</bdi> },
    { name: "happened", head: "What happened", width: "27%", phone: "wide", cell: (delivery) => <Happened of={delivery} /> },
    { name: "accepted", head: "Accepted", isNumber: true, phone: "end", width: isOfOne ? "92px" : "128px", cell: (delivery) => <Time at={delivery.created_at} className="text-ink-3 text-sm" /> },
  ];
  return columns.filter((column) => column !== null);
}

function About({ of }: { of: Delivery }) {
  return (
    <Link className="cut block" tabIndex={-1} to={`/deliveries/${of.id}`}>
      <bdi className="phone-only mono text-ink-2">{of.event_type} </bdi>
      {of.test && <span className="tag mr-1.5">test</span>}
      <bdi>{of.summary ?? <span className="text-ink-3 mono">{of.event}</span>}</bdi>
    </Link>
  );
}

function Happened({ of }: { of: Delivery }) {
  const zone = useZone();
  const text = useTicking((now) => whatHappened(of, now, zone));
  return (
    <bdi className="cut text-ink-2 block" data-tip={of.last_error_message && of.last_error_message.length > 40 ? of.last_error_message : undefined}>
      {text}
    </bdi>
  );
}
