import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { got, type Schemas } from "@/api/client";
import { deliveries } from "@/api/queries";
import { useScope } from "@/api/scope";
import { remember } from "@/lib/came-from";
import { one } from "@/lib/search";
import { Link, useSearch } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { Segments } from "@/ui/segments";
import { Table } from "@/ui/table";
import * as format from "@/words/format";
import { deliveryColumns } from "../deliveries/columns";

const STATUSES = { all: undefined, owed: ["pending", "retrying"], failed: ["failed"] } as const;
const COLUMNS = deliveryColumns({ isOfOne: true });
type Which = keyof typeof STATUSES;

/** The last of what was owed to it. */
export function ItsDeliveries({ of }: { of: Schemas["Webhook"] }) {
  const scope = useScope();
  const [search, setSearch] = useSearch();
  const which: Which = one(search.deliveries) === "owed" ? "owed" : one(search.deliveries) === "failed" ? "failed" : "all";
  const status = STATUSES[which];
  const list = useInfiniteQuery(deliveries(scope, { webhook: of.id, limit: 12, status: status ? [...status] : undefined }));
  const { data: failed } = useQuery({
    queryKey: [scope.tenant, "deliveries", "failed-count", of.id],
    queryFn: async ({ signal }) => got(scope.api.GET("/api/v1/deliveries", { signal, params: { query: { webhook: of.id, status: ["failed"], limit: 1, count: true } } })),
    staleTime: 10_000,
    refetchInterval: 30_000,
  });
  const rows = list.data?.pages[0]?.data ?? [];
  useEffect(() => remember(rows.map((row) => row.id)), [rows]);
  const all = `/deliveries?webhook=${encodeURIComponent(of.id)}${status ? status.map((each) => `&status=${each}`).join("") : ""}`;
  return (
    <section className="panel" aria-label="Deliveries">
      <header>
        <h2>Deliveries</h2>
        <Segments
          label="Status"
          value={which}
          onChange={(next) => setSearch({ deliveries: next === "all" ? undefined : next })}
          options={[
            { value: "all", label: "All" },
            { value: "owed", label: "Owed" },
            { value: "failed", label: "Failed", count: failed?.count === undefined || failed.count === null ? undefined : format.cappedCount(failed.count, failed.count_is_capped) },
          ]}
        />
        <Link className="link text-ink-2 text-sm ml-auto" to={all}>
          All of them
        </Link>
      </header>
      <div className="px-3.5 pb-1">
        <Loaded of={list} what="Deliveries" skeleton={<Skeleton rows={6} height={26} gap={8} />}>
          {() =>
            rows.length === 0 ? (
              <p className="text-ink-3 py-3">{which === "failed" ? "Nothing was given up." : which === "owed" ? "Nothing is owed." : "Nothing was owed yet."}</p>
            ) : (
              <Table caption="Its last deliveries" isDense rows={rows} columns={COLUMNS} rowKey={(row) => row.id} href={(row) => `/deliveries/${row.id}`} />
            )
          }
        </Loaded>
      </div>
    </section>
  );
}
