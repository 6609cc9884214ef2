import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { eventType, listeners } from "@/api/catalogue";
import type { Schemas } from "@/api/client";
import { events } from "@/api/events";
import { nameOf } from "@/api/queries";
import { useScope } from "@/api/scope";
import { one } from "@/lib/search";
import { useLiveRefresh } from "@/live/hooks";
import { usePage } from "@/shell/page";
import { copy } from "@/ui/copy";
import { Curl } from "@/ui/curl";
import { useKeys } from "@/ui/keys";
import { Link, useSearch } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { Segments } from "@/ui/segments";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { aboutEvent, outcomeWords } from "@/words/event";
import * as format from "@/words/format";
import { healthStatus } from "@/words/status";
import { publishing } from "./events/publishing";
import { Example, Fields, Versions } from "./type/fields";

export default function TypePage() {
  const { name = "" } = useParams({ strict: false }) as { name?: string };
  usePage({ crumbs: [{ label: "Event types", to: "/types" }, { label: name }] });
  const scope = useScope();
  const asked = useQuery(eventType(scope, name));
  return (
    <div className="view">
      <Loaded of={asked} what="The event type" one="event type" skeleton={<Skeleton rows={12} height={26} />}>
        {(data) => <Standing of={data} />}
      </Loaded>
    </div>
  );
}

function Standing({ of }: { of: Schemas["EventType"] }) {
  const scope = useScope();
  const [search, setSearch] = useSearch();
  const newest = of.versions.at(-1);
  const chosen = of.versions.find((version) => String(version.version) === one(search.version)) ?? newest;
  useKeys([{ keys: "c", label: "Copy the name", run: () => copy(of.name, "The name is copied.") }]);
  if (!chosen) return null;
  return (
    <>
      <div className="head">
        <div className="min-w-0">
          <h1>
            <bdi className="mono">{of.name}</bdi>
            {of.status !== "active" && <span className="tag">{of.status}</span>}
          </h1>
          {of.title && <bdi className="text-ink-2 block" dir="auto">{of.title}</bdi>}
          {of.description && (
            <p className="text-ink-2 max-w-[80ch]">
              <bdi dir="auto">{of.description}</bdi>
            </p>
          )}
        </div>
        {of.versions.length > 1 && (
          <div className="actions">
            <Segments
              label="Version"
              value={String(chosen.version)}
              options={of.versions.slice(-6).map((version) => ({ value: String(version.version), label: `Version ${version.version}` }))}
              onChange={(next) => setSearch({ version: next === String(newest?.version) ? undefined : next })}
            />
          </div>
        )}
      </div>
      <div className="two type-page">
        <div className="grid min-w-0 gap-5">
          <Fields of={chosen} />
          <Versions of={of.versions} />
          <LastEvents of={of.name} />
        </div>
        <div className="grid min-w-0 gap-5">
          <Example of={chosen.example} />
          <Listeners of={of.name} />
          <section className="panel" aria-label="Publish one">
            <header>
              <h2>Publish one</h2>
            </header>
            <div className="p-2.5">
              <Curl of={publishing(scope.tenant, of.name, chosen.example)} />
            </div>
          </section>
        </div>
      </div>
    </>
  );
}

function Listeners({ of }: { of: string }) {
  const asked = useQuery(listeners(useScope(), of));
  const count = asked.data?.count;
  return (
    <section className="panel" aria-label="Who listens">
      <header>
        <h2>Who listens</h2>
        {count !== null && count !== undefined && <span className="text-ink-3 text-sm">{format.cappedCount(count, asked.data?.count_is_capped)}</span>}
      </header>
      <Loaded of={asked} what="Its webhooks" skeleton={<div className="h-16" />}>
        {(data) =>
          data.data.length === 0 ? (
            <p className="text-ink-2 px-3.5 py-2.5">No webhook asks for it.</p>
          ) : (
            <ul className="rows">
              {data.data.map((webhook) => (
                <li key={webhook.id} className="flex items-center gap-3">
                  <Link className="link cut" to={`/webhooks/${encodeURIComponent(webhook.id)}`}>
                    <bdi>{nameOf(webhook)}</bdi>
                  </Link>
                  {webhook.filter && <span className="text-ink-3 text-sm">filtered</span>}
                  <span className="ml-auto">
                    <Status of={healthStatus(webhook.health.state)} />
                  </span>
                </li>
              ))}
              {data.has_more && (
                <li>
                  <Link className="link" to={`/webhooks?event_type=${encodeURIComponent(of)}`}>
                    All of them
                  </Link>
                </li>
              )}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

function LastEvents({ of }: { of: string }) {
  const scope = useScope();
  const asked = useInfiniteQuery(events(scope, { type: [of], limit: 10 }));
  useLiveRefresh([[scope.tenant, "events", "list"]], { kinds: ["event"], eventTypes: [of] }, 5_000);
  return (
    <section className="panel" aria-label="The last of them">
      <header>
        <h2>The last of them</h2>
        <Link className="link text-ink-2 text-sm ml-auto" to={`/events?event_type=${encodeURIComponent(of)}`}>
          All of them
        </Link>
      </header>
      <Loaded of={asked} what="Events" skeleton={<div className="h-24" />}>
        {(data) => {
          const rows = data.pages[0]?.data ?? [];
          if (rows.length === 0) return <p className="text-ink-2 px-3.5 py-2.5">None was published yet.</p>;
          return (
            <ul className="rows">
              {rows.map((event) => (
                <li key={event.id} className="flex items-baseline gap-3">
                  <Link className="link cut" to={`/events/${encodeURIComponent(event.id)}`}>
                    <bdi>{aboutEvent(event.data) || event.id}</bdi>
                  </Link>
                  <span className="text-ink-3 text-sm ml-auto whitespace-nowrap">{outcomeWords(null, event.deliveries, event.deliveries_to_come)}</span>
                  <Time at={event.accepted_at} className="text-ink-3 text-sm whitespace-nowrap" />
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </section>
  );
}
