import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { eventTypes } from "@/api/catalogue";
import type { Schemas } from "@/api/client";
import { useScope } from "@/api/scope";
import { Empty } from "@/ui/empty";
import { Link } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import * as format from "@/words/format";
import { capital } from "@/words/text";
import { usePage } from "./page";

type EventType = Schemas["EventType"];
/** With fewer nobody searches. */
const MANY = 8;

/** What can be asked for: each type with what it means. */
export default function EventsPage() {
  usePage("Events");
  const asked = useQuery(eventTypes(useScope()));
  const [q, setQ] = useState("");
  const wanted = q.trim().toLowerCase();
  return (
    <>
      <div className="portal-head">
        <h1>Events</h1>
        {(asked.data?.types.length ?? 0) > MANY && <input type="search" className="input search" aria-label="Find an event type" placeholder="Find a type" value={q} onChange={(event) => setQ(event.target.value)} />}
      </div>
      <Loaded of={asked} what="Event types" skeleton={<Skeleton rows={6} height={48} />}>
        {({ types }) => {
          const found = types.filter((type) => wanted === "" || [type.name, type.title, type.description, type.group].some((text) => text?.toLowerCase().includes(wanted)));
          if (types.length === 0) return <Empty title="No event types."><p>There is no list of what is published here. A webhook without types gets every event.</p></Empty>;
          if (found.length === 0) return <Empty title="No type matches." action={<button type="button" className="btn" onClick={() => setQ("")}>Show all {format.count(types.length)}</button>} />;
          return groups(found).map(([name, of]) => <Group key={name} name={name} of={of} />);
        }}
      </Loaded>
    </>
  );
}

function groups(types: EventType[]): [string, EventType[]][] {
  const found = new Map<string, EventType[]>();
  for (const type of types) found.set(type.group, [...(found.get(type.group) ?? []), type]);
  return [...found].toSorted(([a], [b]) => a.localeCompare(b));
}

function Group({ name, of }: { name: string; of: EventType[] }) {
  return (
    <section className="mt-4" aria-label={name}>
      <h2 className="mb-2">
        <bdi>{capital(name)}</bdi>
      </h2>
      <ul className="panel rows deliveries">
        {of.map((type) => (
          <li key={type.name}>
            <span className="row">
              <Link className="cut mono" to={`/events/${encodeURIComponent(type.name)}`}>
                <bdi>{type.name}</bdi>
              </Link>
              {type.status !== "active" && <span className="tag">{type.status}</span>}
            </span>
            <bdi className="text-ink-2 break-words" dir="auto">
              {type.description || type.title}
            </bdi>
          </li>
        ))}
      </ul>
    </section>
  );
}
