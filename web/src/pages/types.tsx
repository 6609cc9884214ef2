import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Search as SearchIcon } from "lucide-react";
import { useRef, useState } from "react";
import { eventTypes } from "@/api/catalogue";
import { got, type Schemas } from "@/api/client";
import { useScope } from "@/api/scope";
import { may } from "@/api/session";
import { one } from "@/lib/search";
import { useDeed } from "@/shell/deeds";
import { usePage } from "@/shell/page";
import { Empty } from "@/ui/empty";
import { useKeys } from "@/ui/keys";
import { Link, useSearch } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { toast } from "@/ui/toast";
import * as format from "@/words/format";
import { matching } from "@/words/search";
import { capital, counted } from "@/words/text";

type EventType = Schemas["EventType"];

export default function TypesPage() {
  usePage({ crumbs: [{ label: "Event types" }] });
  const scope = useScope();
  const [search, setSearch] = useSearch();
  const q = one(search.q) ?? "";
  const asked = useQuery(eventTypes(scope));
  return (
    <div className="view">
      <div className="head">
        <h1>Event types</h1>
      </div>
      <Loaded of={asked} what="Event types" skeleton={<Skeleton rows={10} height={30} />}>
        {({ types, more }) => {
          if (types.length === 0) return <Nothing />;
          const found = types.filter((type) => matching(`${type.name} ${type.title ?? ""} ${type.group}`, q) || type.name.includes(q));
          return (
            <>
              <div className="filters mt-0">
                <Find value={q} onChange={(next) => setSearch({ q: next || undefined })} />
                <span className="text-ink-3">{q ? `${format.count(found.length)} of ${format.count(types.length)}` : `${format.count(types.length)}${more ? "+" : ""}`}</span>
              </div>
              {found.length === 0 ? (
                <Empty title="No event type matches." action={<button type="button" className="btn" onClick={() => setSearch({ q: undefined })}>Clear filters</button>}>
                  <p>{format.count(types.length)} are outside of these filters.</p>
                </Empty>
              ) : (
                byGroup(found).map(([group, of]) => <Group key={group} name={group} of={of} />)
              )}
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

function byGroup(types: EventType[]): [string, EventType[]][] {
  const groups = new Map<string, EventType[]>();
  for (const type of types) groups.set(type.group, [...(groups.get(type.group) ?? []), type]);
  return [...groups].toSorted(([a], [b]) => a.localeCompare(b));
}

function Group({ name, of }: { name: string; of: EventType[] }) {
  return (
    <section className="mb-6" aria-label={name}>
      <h2 className="mb-2">
        <bdi>{capital(name)}</bdi> <span className="text-ink-3 font-normal">{format.count(of.length)}</span>
      </h2>
      <ul className="panel rows types">
        {of.map((type) => {
          const newest = type.versions.at(-1)?.version ?? 1;
          return (
            <li key={type.name}>
              <Link className="mono link break-all" to={`/types/${encodeURIComponent(type.name)}`}>
                <bdi>{type.name}</bdi>
              </Link>
              <bdi className="cut text-ink-2" dir="auto">
                {type.description || type.title}
              </bdi>
              <span className="text-ink-3 text-sm whitespace-nowrap">
                {type.status !== "active" && <span className="tag mr-2">{type.status}</span>}
                {type.versions.length > 1 ? `${counted(type.versions.length, "version")}, newest ${newest}` : `version ${newest}`}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Find({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  useKeys([{ keys: "/", label: "Filter this page", run: () => input.current?.focus() }]);
  return (
    <label className="find w-[260px]">
      <SearchIcon className="icon" aria-hidden />
      <input ref={input} type="search" aria-label="Name or group" placeholder="Name or group" value={value} onChange={(event) => onChange(event.target.value)} onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()} />
      <kbd>/</kbd>
    </label>
  );
}

function Nothing() {
  const scope = useScope();
  const client = useQueryClient();
  const deed = useDeed();
  const [isBusy, setIsBusy] = useState(false);
  const canAdd = scope.session.tenant === null && may(scope.session, "catalogue:write");
  const add = async () => {
    setIsBusy(true);
    await deed(async () => {
      const imported = await got(scope.api.POST("/api/v1/event-types", { body: { pack: "market" } }));
      toast({ text: `${counted(imported.created.length, "event type")} added.` });
    });
    await client.invalidateQueries({ queryKey: [scope.tenant, "types"] });
    setIsBusy(false);
  };
  return (
    <Empty
      title="No event types."
      action={
        canAdd && (
          <button type="button" className="btn main" disabled={isBusy} onClick={() => void add()}>
            Add the market pack
          </button>
        )
      }
    />
  );
}
