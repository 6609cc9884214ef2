import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { eventType } from "@/api/catalogue";
import type { Schemas } from "@/api/client";
import { useScope } from "@/api/scope";
import { Example, Fields, Versions } from "@/pages/type/fields";
import { Link } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { Back, useMay, usePage } from "./page";

/** One event type: what it means, an example, its fields, and how to get it. */
export default function EventPage() {
  const { name = "" } = useParams({ strict: false }) as { name?: string };
  usePage(name);
  const asked = useQuery(eventType(useScope(), name));
  return (
    <>
      <Back to="/events">Events</Back>
      <Loaded of={asked} what="The event type" one="event type" skeleton={<Skeleton rows={8} height={28} />}>
        {(data) => <Standing of={data} />}
      </Loaded>
    </>
  );
}

function Standing({ of }: { of: Schemas["EventType"] }) {
  const may = useMay();
  const newest = of.versions.at(-1);
  if (!newest) return null;
  return (
    <>
      <div className="portal-head top-of-page">
        <div className="min-w-0">
          <h1>
            <bdi className="mono break-all">{of.name}</bdi>
            {of.status !== "active" && <span className="tag">{of.status}</span>}
          </h1>
          <p className="text-ink-2 break-words">
            <bdi dir="auto">{of.description || of.title}</bdi>
          </p>
        </div>
        {may.change && (
          <Link className="btn main" to={`/webhooks/new?type=${encodeURIComponent(of.name)}`}>
            <Plus className="icon" aria-hidden />
            Get these
          </Link>
        )}
      </div>
      <div className="grid min-w-0 gap-5">
        <Example of={newest.example} />
        <Fields of={newest} />
        {of.versions.length > 1 && <Versions of={of.versions} />}
      </div>
    </>
  );
}
