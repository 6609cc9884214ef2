import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Schemas } from "@/api/client";
import { deliveries, delivery as oneDelivery, webhookNames } from "@/api/queries";
import { useScope } from "@/api/scope";
import { lastOpened, remember } from "@/lib/came-from";
import { useRange } from "@/ui/range";
import { many, one } from "@/lib/search";
import { useLive } from "@/live/hooks";
import { usePage } from "@/shell/page";
import { Empty } from "@/ui/empty";
import { useKeys } from "@/ui/keys";
import { useSearch } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { NOTHING, Table, type Selection } from "@/ui/table";
import { Time } from "@/ui/time";
import * as format from "@/words/format";
import { BulkBar } from "./deliveries/bulk";
import { deliveryColumns } from "./deliveries/columns";
import { Filters } from "./deliveries/filters";

type Delivery = Schemas["Delivery"];
type Status = Schemas["DeliveryStatus"];

const NO_NAMES = {};

export default function DeliveriesPage() {
  usePage({ crumbs: [{ label: "Deliveries" }], range: "All that is kept" });
  const scope = useScope();
  const client = useQueryClient();
  const [search, setSearch] = useSearch();
  const range = useRange();
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const filter = {
    status: many(search.status) as Status[],
    webhook: one(search.webhook),
    event: one(search.event),
    event_type: many(search.event_type),
    from: range.from === undefined ? undefined : new Date(range.from).toISOString(),
    to: range.to === undefined ? undefined : new Date(range.to).toISOString(),
  };
  const query = {
    ...filter,
    status: filter.status.length > 0 ? filter.status : undefined,
    event_type: filter.event_type.length > 0 ? filter.event_type : undefined,
    limit: 100,
    count: true,
  };
  const list = useInfiniteQuery(deliveries(scope, query));
  const { data: names = NO_NAMES } = useQuery(webhookNames(scope));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.data) ?? [], [list.data]);
  useEffect(() => remember(rows.map((row) => row.id)), [rows]);
  useEffect(() => setSelection(NOTHING), [JSON.stringify(filter)]);
  const columns = useMemo(() => deliveryColumns({ names }), [names]);
  const { overlay, waiting, show } = useLiveRows(rows, filter, selection !== NOTHING);
  useKeys([
    { keys: "Home", label: "Show what is new", run: show },
    { keys: "z", label: "Undo the zoom", run: range.unzoom },
  ]);

  const first = list.data?.pages[0];
  const count = first?.count ?? undefined;
  const isFiltered = Object.values(filter).some((value) => (Array.isArray(value) ? value.length > 0 : value !== undefined));
  const isFailedOnly = filter.status.length === 1 && filter.status[0] === "failed" && !filter.webhook && !filter.event && filter.event_type.length === 0;
  return (
    <div className="view">
      <div className="head mb-0">
        <h1>Deliveries</h1>
      </div>
      <Filters names={names} />
      <Loaded of={list} what="Deliveries" skeleton={<Skeleton rows={14} height={24} gap={10} />}>
        {() =>
          rows.length === 0 ? (
            <Empty title={isFailedOnly ? "Nothing was given up." : isFiltered ? "No delivery matches." : "Nothing was owed in this time."} action={isFiltered && !isFailedOnly ? <button type="button" className="btn" onClick={() => setSearch({ status: undefined, webhook: undefined, event: undefined, event_type: undefined, from: undefined, to: undefined, last: undefined })}>Clear filters</button> : null}>
              {isFailedOnly ? <p>Deliveries that use up their tries wait here and can be sent again.</p> : null}
            </Empty>
          ) : (
            <>
              <p className="text-ink-2 mb-2" role="status">
                {count !== undefined && `${format.cappedCount(count, first?.count_is_capped)} match`}
                {!list.hasNextPage && rows.length > 0 && (
                  <>
                    , the oldest from <Time at={rows.at(-1)?.created_at ?? ""} as="moment" />
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
              <Table
                caption="Deliveries"
                isDense
                rows={rows.map((row) => overlay.get(row.id) ?? row)}
                columns={columns}
                rowKey={(row) => row.id}
                href={(row) => `/deliveries/${row.id}`}
                total={first?.count_is_capped ? undefined : count}
                onNearEnd={() => list.hasNextPage && !list.isFetchingNextPage && void list.fetchNextPage()}
                startAt={lastOpened()}
                selection={selection}
                onSelect={setSelection}
                isChanged={(row) => overlay.has(row.id)}
              />
              <BulkBar
                selection={selection}
                rows={rows}
                filter={filter}
                total={count ?? rows.length}
                isCapped={first?.count_is_capped ?? false}
                select={setSelection}
                done={() => {
                  setSelection(NOTHING);
                  void client.invalidateQueries({ queryKey: [scope.tenant, "deliveries"] });
                }}
              />
            </>
          )
        }
      </Loaded>
    </div>
  );
}

/**
 * A row that is there changes in place and keeps its place. New rows come in by themselves only while the list is at its top and nobody points
 * into it; otherwise they are counted until they are asked for.
 */
function useLiveRows(rows: Delivery[], filter: { status: string[]; webhook?: string; event?: string; event_type: string[]; from?: string; to?: string }, isHeld: boolean) {
  const scope = useScope();
  const client = useQueryClient();
  const [overlay, setOverlay] = useState<Map<string, Delivery>>(new Map());
  const [waiting, setWaiting] = useState(0);
  const seen = useRef(new Set<string>());
  const known = useRef(new Set<string>());
  known.current = new Set(rows.map((row) => row.id));
  const readAgain = () => {
    setWaiting(0);
    seen.current.clear();
    setOverlay(new Map());
    void client.invalidateQueries({ queryKey: [scope.tenant, "deliveries", "list"] });
  };
  const changed = useRef(new Set<string>());
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => () => void (timer.current && clearTimeout(timer.current)), []);

  const look = () => {
    timer.current = null;
    const isAtTop = scrollY < 8 && !document.querySelector(".table tbody :focus, .table tbody tr:hover") && !isHeld;
    if (isAtTop) {
      changed.current.clear();
      return readAgain();
    }
    const ids = [...changed.current].slice(0, 20);
    changed.current.clear();
    void Promise.all(ids.map((id) => client.fetchQuery({ ...oneDelivery(scope, id), staleTime: 0 }).catch(() => null))).then((read) =>
      setOverlay((before) => {
        const next = new Map(before);
        for (const row of read) if (row) next.set(row.id, row);
        return next;
      }),
    );
    setWaiting(seen.current.size);
  };
  const isOpenEnded = filter.to === undefined;
  useLive({ kinds: ["delivery"], webhooks: filter.webhook ? [filter.webhook] : undefined, eventTypes: filter.event_type.length > 0 ? filter.event_type : undefined }, (happenings) => {
    for (const happening of happenings) {
      if (happening.kind !== "delivery") continue;
      if (known.current.has(happening.id)) changed.current.add(happening.id);
      else if (isOpenEnded && (filter.status.length === 0 || filter.status.includes(happening.status)) && (!filter.event || filter.event === happening.event)) seen.current.add(happening.id);
    }
    if (changed.current.size + seen.current.size > 0) timer.current ??= setTimeout(look, 1_500);
  }, readAgain);
  return {
    overlay,
    waiting,
    show: () => {
      readAgain();
      scrollTo({ top: 0 });
    },
  };
}
