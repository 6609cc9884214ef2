import { useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import { Plus, Search as SearchIcon } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useDeed, useSetStatus } from "@/shell/deeds";
import { got, type Schemas } from "@/api/client";
import { overview, webhook as oneWebhook, webhooks } from "@/api/queries";
import { useScope, type Scope } from "@/api/scope";
import { many, one } from "@/lib/search";
import { useLiveRefresh } from "@/live/hooks";
import { usePage } from "@/shell/page";
import { PAGES } from "@/shell/pages";
import { Curl } from "@/ui/curl";
import { Empty } from "@/ui/empty";
import { StateIcon } from "@/ui/icon";
import { useKeys } from "@/ui/keys";
import { Link, useGo, useSearch } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { Choice } from "@/ui/menu";
import { Segments } from "@/ui/segments";
import { NOTHING, Table, type Selection } from "@/ui/table";
import { toast } from "@/ui/toast";
import * as format from "@/words/format";
import { counted } from "@/words/text";
import { healthStatus } from "@/words/status";
import { webhookColumns } from "./webhooks/columns";

type Webhook = Schemas["Webhook"];
const COLUMNS = webhookColumns();
const HEALTH = ["failing", "degraded", "healthy", "paused", "disabled"] as const;
const hasNew = PAGES.some((route) => route.page === "webhook-new");

export default function WebhooksPage() {
  usePage({ crumbs: [{ label: "Webhooks" }] });
  const scope = useScope();
  const go = useGo();
  const [search, setSearch] = useSearch();
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const health = HEALTH.find((state) => state === one(search.health));
  const eventType = many(search.event_type);
  const q = one(search.q) ?? "";
  const sort = one(search.sort) === "newest" ? "newest" : "worst";
  const query = { sort, limit: 100, health: health ? [health] : undefined, event_type: eventType.length > 0 ? eventType : undefined } as const;
  const list = useInfiniteQuery(webhooks(scope, query));
  const found = useFound(scope, q);
  const { data: all } = useQuery(overview(scope));
  const counts = all?.webhooks;
  const total = counts ? Object.values(counts).reduce((sum, count) => sum + count, 0) : undefined;
  useLiveRefresh([[scope.tenant, "webhooks", "list"]], { kinds: ["webhook", "health"] });
  useKeys(hasNew ? [{ keys: "n", label: "New webhook", run: () => go("/webhooks/new") }] : []);

  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.data) ?? [], [list.data]);
  const shown = q ? (found ?? []).filter((webhook) => !health || webhook.health.state === health) : rows;
  const isFiltered = q !== "" || health !== undefined || eventType.length > 0;
  return (
    <div className="view">
      <div className="head mb-0">
        <h1>Webhooks</h1>
        {hasNew && (
          <div className="actions">
            <Link className="btn main" to="/webhooks/new">
              <Plus className="icon" aria-hidden />
              New webhook <kbd>n</kbd>
            </Link>
          </div>
        )}
      </div>
      <div className="filters">
        <Segments
          label="Health"
          value={health ?? "all"}
          onChange={(next) => setSearch({ health: next === "all" ? undefined : next })}
          options={[
            { value: "all", label: "All", count: total === undefined ? undefined : format.count(total) },
            ...HEALTH.map((state) => {
              const words = healthStatus(state);
              return { value: state, label: <><StateIcon icon={words.icon} state={words.state} />{words.word}</>, count: counts ? format.count(counts[state]) : undefined };
            }),
          ]}
        />
        <span className="ml-auto" />
        <Find value={q} onChange={(next) => setSearch({ q: next || undefined })} />
        <Choice label="Sort" value={sort} options={[{ value: "worst", label: "Sort: worst first" }, { value: "newest", label: "Sort: newest first" }]} onChange={(next) => setSearch({ sort: next === "worst" ? undefined : next })} />
      </div>
      <Loaded of={{ ...list, data: q ? found && list.data : list.data }} what="Webhooks" skeleton={<Skeleton rows={9} height={34} />}>
        {() =>
          shown.length === 0 ? (
            <Nothing isFiltered={isFiltered} total={total} clear={() => setSearch({ q: undefined, health: undefined, event_type: undefined })} />
          ) : (
            <>
              <Table caption="Webhooks" rows={shown} columns={COLUMNS} rowKey={(row) => row.id} href={(row) => `/webhooks/${encodeURIComponent(row.id)}`} total={isFiltered ? undefined : total} onNearEnd={() => !q && list.hasNextPage && !list.isFetchingNextPage && void list.fetchNextPage()} selection={selection} onSelect={setSelection} />
              <Bulk selection={selection} shown={shown} total={isFiltered ? shown.length : (total ?? shown.length)} query={query} clear={() => setSelection(NOTHING)} select={setSelection} isSearch={q !== ""} />
            </>
          )
        }
      </Loaded>
    </div>
  );
}

/** By a part of the name or of the host: the server finds them, and each is read. */
function useFound(scope: Scope, q: string): Webhook[] | undefined {
  const { data } = useQuery({
    queryKey: [scope.tenant, "search", "webhooks", q],
    queryFn: ({ signal }) => got(scope.api.GET("/api/v1/search", { signal, params: { query: { q, limit: 20 } } })),
    enabled: q !== "",
  });
  const ids = data?.data.flatMap((result) => (result.kind === "webhook" ? [result.id] : [])) ?? [];
  const read = useQueries({ queries: ids.map((id) => oneWebhook(scope, id)) });
  if (!data || read.some((each) => each.isPending)) return undefined;
  return read.flatMap((each) => each.data ?? []);
}

function Find({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useKeys([{ keys: "/", label: "Filter this page", run: () => input.current?.focus() }]);
  return (
    <label className="find w-[220px]">
      <SearchIcon className="icon" aria-hidden />
      <input
        ref={input}
        type="search"
        aria-label="Name or URL"
        placeholder="Name or URL"
        defaultValue={value}
        onChange={(event) => {
          clearTimeout(timer.current);
          const next = event.target.value.trim();
          timer.current = setTimeout(() => onChange(next), 200);
        }}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
      <kbd>/</kbd>
    </label>
  );
}

function Nothing({ isFiltered, total, clear }: { isFiltered: boolean; total: number | undefined; clear: () => void }) {
  if (isFiltered) {
    return (
      <Empty title="No webhook matches." action={<button type="button" className="btn" onClick={clear}>Clear filters</button>}>
        {total ? <p>{format.count(total)} are outside of these filters.</p> : null}
      </Empty>
    );
  }
  return (
    <Empty title="No webhooks yet." action={hasNew ? <Link className="btn main" to="/webhooks/new">New webhook</Link> : null}>
      <p>A webhook says where events go, which, and how.</p>
      <Curl of={{ method: "POST", url: `${location.origin}/api/v1/webhooks`, headers: [{ name: "Authorization", value: "[redacted]" }, { name: "Content-Type", value: "application/json" }], body: '{"url": "https://example.com/hook"}' }} />
    </Empty>
  );
}

function Bulk({ selection, shown, total, query, clear, select, isSearch }: { selection: Selection; shown: Webhook[]; total: number; query: object; clear: () => void; select: (selection: Selection) => void; isSearch: boolean }) {
  const scope = useScope();
  const setStatus = useSetStatus();
  const deed = useDeed();
  const [isBusy, setIsBusy] = useState(false);
  const count = selection.all ? total : selection.ids.size;
  if (count === 0) return null;
  const chosen = async (): Promise<Webhook[]> => (selection.all && !isSearch ? everyWebhook(scope, query) : shown.filter((webhook) => selection.all || selection.ids.has(webhook.id)));
  const test = async () => {
    setIsBusy(true);
    let arrived = 0;
    const of = await chosen();
    await deed(async () => {
      for (const webhook of of) {
        const result = await got(scope.api.POST("/api/v1/webhooks/{id}/test", { params: { path: { id: webhook.id } } }));
        if (result.delivered) arrived += 1;
      }
    });
    toast({ text: `${counted(arrived, "test")} of ${format.count(of.length)} arrived.` });
    setIsBusy(false);
  };
  const run = async (status: "paused" | "active") => {
    setIsBusy(true);
    await setStatus(await chosen(), status);
    setIsBusy(false);
    clear();
  };
  return (
    <div className="bulk-bar" role="group" aria-label="With what is selected">
      <b>{format.count(count)} selected</b>
      {!selection.all && total > count && (
        <button type="button" className="link" onClick={() => select({ ids: selection.ids, all: true })}>
          Select all {format.count(total)} that match
        </button>
      )}
      <span className="ml-auto" />
      <button type="button" className="btn" disabled={isBusy} onClick={() => void test()}>
        Send {format.count(count)} {count === 1 ? "test" : "tests"}
      </button>
      <button type="button" className="btn" disabled={isBusy} onClick={() => void run("paused")}>
        Pause {format.count(count)}
      </button>
      <button type="button" className="btn" disabled={isBusy} onClick={() => void run("active")}>
        Resume {format.count(count)}
      </button>
      <button type="button" className="btn quiet" onClick={clear}>
        Clear <kbd>Esc</kbd>
      </button>
    </div>
  );
}

/** All that a filter matches, page by page. */
async function everyWebhook({ api }: Scope, query: object): Promise<Webhook[]> {
  const all: Webhook[] = [];
  let cursor: string | undefined;
  do {
    const page = await got(api.GET("/api/v1/webhooks", { params: { query: { ...query, limit: 250, cursor } } }));
    all.push(...page.data);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return all;
}
