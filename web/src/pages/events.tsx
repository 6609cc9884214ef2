import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Schemas } from "@/api/client";
import { eventDeliveries, events } from "@/api/events";
import { useScope } from "@/api/scope";
import { lastOpened, remember } from "@/lib/came-from";
import { many } from "@/lib/search";
import { useLive } from "@/live/hooks";
import { usePage } from "@/shell/page";
import { Curl } from "@/ui/curl";
import { Empty } from "@/ui/empty";
import { StateIcon } from "@/ui/icon";
import { useKeys } from "@/ui/keys";
import { Link, useSearch } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { useRange } from "@/ui/range";
import { Table, type Column } from "@/ui/table";
import { Time } from "@/ui/time";
import { aboutEvent, outcomesOf, outcomeWords, worstOf } from "@/words/event";
import * as format from "@/words/format";
import { deliveryStatus } from "@/words/status";
import { Filters } from "./events/filters";
import { publishing } from "./events/publishing";

type Event = Schemas["Event"];

export default function EventsPage() {
  usePage({ crumbs: [{ label: "Events" }], range: "All that is kept" });
  const scope = useScope();
  const [search, setSearch] = useSearch();
  const range = useRange();
  const types = many(search.event_type);
  const query = {
    type: types.length > 0 ? types : undefined,
    from: range.from === undefined ? undefined : new Date(range.from).toISOString(),
    to: range.to === undefined ? undefined : new Date(range.to).toISOString(),
    limit: 50,
    count: true,
  };
  const list = useInfiniteQuery(events(scope, query));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.data) ?? [], [list.data]);
  useEffect(() => remember(rows.map((row) => row.id)), [rows]);
  const { waiting, show } = useNewRows(rows, types, query.to === undefined);
  useKeys([
    { keys: "Home", label: "Show what is new", run: show },
    { keys: "z", label: "Undo the zoom", run: range.unzoom },
  ]);
  const first = list.data?.pages[0];
  const count = first?.count ?? undefined;
  const isFiltered = types.length > 0 || query.from !== undefined || query.to !== undefined;
  return (
    <div className="view">
      <div className="head mb-0">
        <h1>Events</h1>
      </div>
      <Filters />
      <Loaded of={list} what="Events" skeleton={<Skeleton rows={14} height={24} gap={10} />}>
        {() =>
          rows.length === 0 && !list.hasNextPage ? (
            isFiltered ? (
              <Empty title="No event matches." action={<button type="button" className="btn" onClick={() => setSearch({ event_type: undefined, from: undefined, to: undefined, last: undefined })}>Clear filters</button>} />
            ) : (
              <Empty title="Nothing published yet">
                <Curl of={publishing(scope.tenant, "price_alert", { symbol: "ACME", price: 187.5 })} />
              </Empty>
            )
          ) : (
            <>
              <p className="text-ink-2 mb-2" role="status">
                {count !== undefined && `${format.cappedCount(count, first?.count_is_capped)} ${isFiltered ? "match" : "are kept"}`}
                {!list.hasNextPage && rows.length > 0 && (
                  <>
                    , the oldest from <Time at={rows.at(-1)?.accepted_at ?? ""} as="moment" />
                  </>
                )}
              </p>
              {waiting > 0 && (
                <div className="new-rows">
                  <button type="button" className="btn" onClick={show}>
                    {format.count(waiting)} new <kbd>Home</kbd>
                  </button>
                </div>
              )}
              <Table caption="Events" isDense rows={rows} columns={COLUMNS} rowKey={(row) => row.id} href={(row) => addressOf(row)} total={first?.count_is_capped ? undefined : count} onNearEnd={() => list.hasNextPage && !list.isFetchingNextPage && void list.fetchNextPage()} startAt={lastOpened()} />
            </>
          )
        }
      </Loaded>
    </div>
  );
}

function addressOf(event: Event): string {
  return `/events/${encodeURIComponent(event.id)}`;
}

const COLUMNS: Column<Event>[] = [
  {
    name: "type",
    head: "Type",
    width: "22%",
    cell: (event) => (
      <Link className="mono cut block" to={addressOf(event)}>
        <bdi>{event.type}</bdi>
      </Link>
    ),
  },
  { name: "about", head: "About", phone: "wide", cell: (event) => <About of={event} /> },
  { name: "outcome", head: "What became of it", width: "28%", phone: "wide", cell: (event) => <Outcome of={event} /> },
  { name: "published", head: "Published", isNumber: true, phone: "end", width: "128px", cell: (event) => <Time at={event.accepted_at} className="text-ink-3 text-sm" /> },
];

/** Of more than so many a row only says how many there are. */
const MOST_IN_A_ROW = 50;

/** Rows in view read their own deliveries; those out of view are not drawn and ask for nothing. */
function useDeliveries(of: Event) {
  const scope = useScope();
  return useQuery({ ...eventDeliveries(scope, of.id), enabled: of.deliveries > 0 && of.deliveries <= MOST_IN_A_ROW, retry: false });
}

function About({ of }: { of: Event }) {
  const { data } = useDeliveries(of);
  const summary = data?.data[0]?.summary ?? aboutEvent(of.data);
  return <bdi className="cut block">{summary || <span className="text-ink-3 mono">{of.id}</span>}</bdi>;
}

function Outcome({ of }: { of: Event }) {
  const { data } = useDeliveries(of);
  const outcomes = data && !data.has_more ? outcomesOf(data.data) : null;
  const words = outcomeWords(outcomes, of.deliveries, of.deliveries_to_come);
  const status = deliveryStatus({ status: worstOf(outcomes, of.deliveries + of.deliveries_to_come) });
  return (
    <span className="cut text-ink-2 block">
      <StateIcon icon={status.icon} state={status.state} className="mr-1.5 inline" />
      {words}
    </span>
  );
}

/** New ones come in by themselves only while the list is at its top and nobody points into it; otherwise they are counted until asked for. */
function useNewRows(rows: Event[], types: string[], isOpenEnded: boolean): { waiting: number; show: () => void } {
  const scope = useScope();
  const client = useQueryClient();
  const [waiting, setWaiting] = useState(0);
  const seen = useRef(new Set<string>());
  const known = useRef(new Set<string>());
  known.current = new Set(rows.map((row) => row.id));
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => () => void (timer.current && clearTimeout(timer.current)), []);
  const readAgain = () => {
    setWaiting(0);
    seen.current.clear();
    void client.invalidateQueries({ queryKey: [scope.tenant, "events", "list"] });
  };
  const look = () => {
    timer.current = null;
    const isAtTop = scrollY < 8 && !document.querySelector(".table tbody :focus, .table tbody tr:hover");
    if (isAtTop) readAgain();
    else setWaiting(seen.current.size);
  };
  useLive(isOpenEnded ? { kinds: ["event"], eventTypes: types.length > 0 ? types : undefined } : null, (happenings) => {
    for (const happening of happenings) if (happening.kind === "event" && !known.current.has(happening.id)) seen.current.add(happening.id);
    if (seen.current.size > 0) timer.current ??= setTimeout(look, 2_000);
  }, readAgain);
  return {
    waiting,
    show: () => {
      readAgain();
      scrollTo({ top: 0 });
    },
  };
}
