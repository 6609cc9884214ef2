import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Copy, Plus } from "lucide-react";
import { eventType } from "@/api/catalogue";
import type { Schemas } from "@/api/client";
import { useScope } from "@/api/scope";
import { jsonOf, writeJson } from "@/lib/json";
import { Fields, Versions } from "@/pages/type/fields";
import { copy } from "@/ui/copy";
import { JsonView } from "@/ui/json-view";
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
  const example = jsonOf(newest.example);
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
        <section className="panel" aria-label="Example">
          <header>
            <h2>Example</h2>
            <button type="button" className="btn quiet icon-only small ml-auto" aria-label="Copy the example" onClick={() => copy(writeJson(example), "The example is copied.")}>
              <Copy className="icon" aria-hidden />
            </button>
          </header>
          <div className="bg-sunken rounded-b-panel px-3.5 py-2.5">
            <JsonView json={example} />
          </div>
        </section>
        <Fields of={newest} />
        {of.versions.length > 1 && <Versions of={of.versions} />}
      </div>
    </>
  );
}
