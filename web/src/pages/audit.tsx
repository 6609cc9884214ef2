import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { audit } from "@/api/audit";
import { useScope } from "@/api/scope";
import { many, one } from "@/lib/search";
import { usePage } from "@/shell/page";
import { Empty } from "@/ui/empty";
import { useSearch } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { useRange } from "@/ui/range";
import * as format from "@/words/format";
import { Filters } from "./audit/filters";
import { Lines } from "./audit/lines";
import type { AuditQuery } from "@/api/audit";

/** Who did what: the audit trail, with what was before and after. */
export default function AuditPage() {
  usePage({ crumbs: [{ label: "Audit" }], range: "All that is kept" });
  const scope = useScope();
  const [search, setSearch] = useSearch();
  const range = useRange();
  const actions = many(search.action) as NonNullable<AuditQuery["action"]>;
  const [actor, subject] = [one(search.actor), one(search.subject)];
  const query = {
    action: actions.length > 0 ? actions : undefined,
    actor,
    subject,
    from: range.from === undefined ? undefined : new Date(range.from).toISOString(),
    to: range.to === undefined ? undefined : new Date(range.to).toISOString(),
    limit: 50,
    count: true,
  };
  const list = useInfiniteQuery(audit(scope, query));
  const lines = useMemo(() => list.data?.pages.flatMap((page) => page.data) ?? [], [list.data]);
  const first = list.data?.pages[0];
  const isFiltered = actions.length > 0 || actor !== undefined || subject !== undefined || query.from !== undefined || query.to !== undefined;
  return (
    <div className="view">
      <div className="head mb-0">
        <h1>Audit</h1>
      </div>
      <Filters />
      <Loaded of={list} what="The audit trail" skeleton={<Skeleton rows={10} height={44} gap={10} />}>
        {() =>
          lines.length === 0 && !list.hasNextPage ? (
            isFiltered ? (
              <Empty title="No line matches." action={<button type="button" className="btn" onClick={() => setSearch({ action: undefined, actor: undefined, subject: undefined, from: undefined, to: undefined, last: undefined })}>Clear filters</button>} />
            ) : (
              <Empty title="Nothing was changed yet." />
            )
          ) : (
            <>
              {first?.count != null && (
                <p className="text-ink-2 mb-2" role="status">
                  {format.cappedCount(first.count, first.count_is_capped)} {isFiltered ? "match" : "are kept"}
                </p>
              )}
              <Lines of={lines} list={list} showsTenant={scope.tenant === "*"} />
            </>
          )
        }
      </Loaded>
    </div>
  );
}
