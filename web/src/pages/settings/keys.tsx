import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { apiKeys } from "@/api/access";
import { apiOf, got, type Schemas } from "@/api/client";
import { useScope } from "@/api/scope";
import { useNow } from "@/lib/clock";
import { one } from "@/lib/search";
import { useZone } from "@/lib/you";
import { useDeed } from "@/shell/deeds";
import { copy } from "@/ui/copy";
import { Ask } from "@/ui/dialog";
import { Empty } from "@/ui/empty";
import { useKeys } from "@/ui/keys";
import { useSearch } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { Segments } from "@/ui/segments";
import { Table, type Column } from "@/ui/table";
import { Time } from "@/ui/time";
import { toast } from "@/ui/toast";
import { expiryWords, scopesInWords } from "@/words/access";
import { NewKey } from "./new-key";

type ApiKey = Schemas["ApiKey"];

export function Keys() {
  const scope = useScope();
  const client = useQueryClient();
  const deed = useDeed();
  const [search, setSearch] = useSearch();
  const isOperator = scope.session.tenant === null;
  const ofAll = isOperator && (scope.tenant === "*" || one(search.of) !== "tenant");
  const list = useInfiniteQuery(apiKeys(scope, ofAll));
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const [made, setMade] = useState<ApiKey | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const isMaking = one(search.new) === "key";
  const make = () => setSearch({ new: "key" });
  useKeys([{ keys: "n", label: "New key", run: make }]);
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  const readAgain = () => void client.invalidateQueries({ queryKey: ["keys"] });
  const revoke = async () => {
    if (!revoking) return;
    setIsBusy(true);
    const isDone = await deed(async () => {
      await got((ofAll ? apiOf(null) : scope.api).DELETE("/api/v1/api-keys/{id}", { params: { path: { id: revoking.id } } }));
      toast({ text: "Revoked. Whoever uses it is refused." });
    });
    setIsBusy(false);
    if (isDone) setRevoking(null);
    readAgain();
  };
  return (
    <>
      <div className="filters mt-0">
        {isOperator && scope.tenant !== "*" && (
          <Segments
            label="Whose"
            value={ofAll ? "all" : "tenant"}
            options={[
              { value: "all", label: "All" },
              { value: "tenant", label: `Of ${scope.tenant}` },
            ]}
            onChange={(next) => setSearch({ of: next === "tenant" ? "tenant" : undefined })}
          />
        )}
        <span className="ml-auto" />
        <button type="button" className="btn main" onClick={make}>
          <Plus className="icon" aria-hidden />
          New key <kbd>n</kbd>
        </button>
      </div>
      <Loaded of={list} what="Keys" skeleton={<Skeleton rows={5} height={34} />}>
        {() =>
          rows.length === 0 ? (
            <Empty title="No keys yet.">
              <p>A key is what programs show to publish events and to look at them.</p>
            </Empty>
          ) : (
            <Table caption="API keys" rows={rows} columns={columnsOf(ofAll, setRevoking)} rowKey={(row) => row.id} onNearEnd={() => list.hasNextPage && !list.isFetchingNextPage && void list.fetchNextPage()} />
          )
        }
      </Loaded>
      {isMaking && (
        <NewKey
          close={() => setSearch({ new: undefined })}
          made={(key) => {
            setSearch({ new: undefined });
            setMade(key);
            readAgain();
          }}
        />
      )}
      {made && <Made of={made} close={() => setMade(null)} />}
      {revoking && (
        <Ask open onClose={() => setRevoking(null)} title={<>Revoke <bdi>{revoking.name}</bdi>?</>} keep="Keep it" deed="Revoke it" onDeed={() => void revoke()} isBusy={isBusy}>
          <p>Whoever uses it is refused from now on. This cannot be undone.</p>
          <p>{revoking.last_used_at ? <>It was last used <Time at={revoking.last_used_at} />.</> : "It was not used yet."}</p>
        </Ask>
      )}
    </>
  );
}

function columnsOf(ofAll: boolean, revoke: (key: ApiKey) => void): Column<ApiKey>[] {
  const columns: (Column<ApiKey> | null)[] = [
    {
      name: "name",
      head: "Name",
      width: "24%",
      cell: (key) => (
        <div className="grid min-w-0">
          <bdi className="cut font-[550]">{key.name}</bdi>
          <small className="mono text-ink-3">{key.hint}…</small>
        </div>
      ),
    },
    ofAll ? { name: "whose", head: "Whose", width: "13%", phone: "end", cell: (key) => <bdi className="cut text-ink-2 block">{key.tenant ?? "operator"}</bdi> } : null,
    { name: "scopes", head: "May", phone: "wide", cell: (key) => <Scopes of={key} /> },
    { name: "used", head: "Last used", width: "110px", phone: "wide", cell: (key) => <span className="text-ink-2"><span className="phone-only">Last used </span>{key.last_used_at ? <Time at={key.last_used_at} /> : "never"}</span> },
    { name: "expires", head: "Expires", width: "110px", phone: "spare", cell: (key) => <Expires of={key} /> },
    {
      name: "revoke",
      head: <span className="sr-only">Revoke</span>,
      width: "96px",
      isNumber: true,
      phone: "wide",
      cell: (key) => (
        <button type="button" className="btn small" onClick={() => revoke(key)} aria-label={`Revoke ${key.name}`}>
          Revoke
        </button>
      ),
    },
  ];
  return columns.filter((column) => column !== null);
}

function Scopes({ of }: { of: ApiKey }) {
  const words = scopesInWords(of.scopes);
  return (
    <span className="text-ink-2 block" data-tip={of.scopes.join("\n")}>
      {words}
    </span>
  );
}

function Expires({ of }: { of: ApiKey }) {
  const now = useNow();
  const zone = useZone();
  const { words, state } = expiryWords(of.expires_at, now, zone);
  return <span className={state === "idle" ? "text-ink-2" : `${state} text-state`}>{words}</span>;
}

/** The key itself, shown this once. It goes only when it is sent away: a click beside it must not lose it. */
function Made({ of, close }: { of: ApiKey; close: () => void }) {
  const key = of.key ?? "";
  return (
    <Ask open onClose={close} title={<><bdi>{of.name}</bdi> is made</>} keep="I have kept it" deed="Copy the key" onDeed={() => copy(key, "The key is copied.")}>
      <p>It is shown this once and is nowhere kept. Put it where your program finds it.</p>
      <pre className="rounded-control bg-sunken border p-3 break-all select-all">{key}</pre>
      <p className="text-sm">It may {scopesInWords(of.scopes)}.</p>
    </Ask>
  );
}
