import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { Schemas } from "@/api/client";
import { groups, type Deed, type GroupQuery } from "@/api/replays";
import { useScope } from "@/api/scope";
import { one } from "@/lib/search";
import { Empty } from "@/ui/empty";
import { StateIcon } from "@/ui/icon";
import { Link, useSearch } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { useRange } from "@/ui/range";
import { Segments } from "@/ui/segments";
import { Time } from "@/ui/time";
import * as format from "@/words/format";
import { cannotBeSent, causeWords, groupKey, inPlace, lookedAt, type Names } from "@/words/recover";
import { deliveryStatus } from "@/words/status";
import { Sure } from "./deed";

type Group = Schemas["DeliveryGroup"];
const STATUSES = ["failed", "retrying", "cancelled"] as const;

/** Which deliveries are grouped, from the URL. */
export function useGroupQuery(): GroupQuery {
  const [search] = useSearch();
  const range = useRange();
  return {
    status: STATUSES.find((status) => status === one(search.status)) ?? "failed",
    webhook: one(search.webhook),
    from: range.from === undefined ? undefined : new Date(range.from).toISOString(),
    to: range.to === undefined ? undefined : new Date(range.to).toISOString(),
  };
}

interface Plan {
  deed: Deed;
  input: Schemas["ReplayInput"];
  groups: Group[];
}

export function Groups({ query, names, canChange, begun }: { query: GroupQuery; names: Names; canChange: boolean; begun: () => void }) {
  const scope = useScope();
  const [, setSearch] = useSearch();
  const asked = useQuery(groups(scope, query));
  const [plan, setPlan] = useState<Plan | null>(null);
  const order = useRef<{ of: string; keys: string[] }>({ of: "", keys: [] });
  const status = query.status ?? "failed";
  const input = (group?: Group): Schemas["ReplayInput"] => ({
    statuses: [status],
    webhook: group?.webhook ?? query.webhook,
    failures: group?.failure ? [group.failure] : undefined,
    // Of everything there is, the API asks to hear so by a time that lies before it.
    from: query.from ?? (group || query.webhook ? undefined : "1970-01-01T00:00:00Z"),
    to: query.to,
  });
  const hasEverything = Object.keys(names).length < 250;
  return (
    <>
      <div className="filters mt-0">
        <Segments
          label="Status"
          value={status as (typeof STATUSES)[number]}
          onChange={(next) => setSearch({ status: next === "failed" ? undefined : next })}
          options={STATUSES.map((each) => {
            const words = deliveryStatus({ status: each });
            return { value: each, label: <><StateIcon icon={words.icon} state={words.state} />{words.word}</> };
          })}
        />
        {query.webhook && (
          <span className="filter-chip">
            <span className="cut">
              To: <b><bdi>{names[query.webhook]?.name ?? query.webhook}</bdi></b>
            </span>
            <button type="button" className="btn quiet small" onClick={() => setSearch({ webhook: undefined })}>
              All
            </button>
          </span>
        )}
      </div>
      <Loaded of={asked} what="Deliveries" skeleton={<Skeleton rows={5} height={34} />}>
        {(data) => {
          if (data.data.length === 0) return <Nothing status={status} />;
          const of = JSON.stringify(query);
          const shown = inPlace(data.data, order.current.of === of ? order.current.keys : []);
          order.current = { of, keys: shown.map(groupKey) };
          const note = lookedAt(data);
          return (
            <>
              <ul className="panel rows groups" aria-label="By webhook and cause">
                {shown.map((group) => (
                  <Row key={groupKey(group)} of={group} status={status} names={names} areNamesWhole={hasEverything} canChange={canChange} begin={(deed) => setPlan({ deed, input: input(group), groups: [group] })} />
                ))}
              </ul>
              <div className="mt-3 flex flex-wrap items-center gap-2">
                {note && <span className="text-ink-3 text-sm">{note}</span>}
                <span className="ml-auto" />
                {canChange && shown.length > 1 && (
                  <button type="button" className="btn" onClick={() => setPlan({ deed: "retry", input: input(), groups: shown })}>
                    Retry all…
                  </button>
                )}
                {canChange && status === "retrying" && shown.length > 1 && (
                  <button type="button" className="btn" onClick={() => setPlan({ deed: "cancel", input: input(), groups: shown })}>
                    Cancel all…
                  </button>
                )}
              </div>
            </>
          );
        }}
      </Loaded>
      {plan && (
        <Sure
          deed={plan.deed}
          plan={plan.input}
          close={() => setPlan(null)}
          begun={begun}
          to={plan.groups.map((group) => ({ name: names[group.webhook]?.name ?? group.webhook, count: group.count }))}
          isWhole={!asked.data?.more && !asked.data?.more_groups}
          note={plan.deed === "retry" ? cannotBeSent(plan.groups, names, hasEverything) : []}
        />
      )}
    </>
  );
}

function Row({ of, status, names, areNamesWhole, canChange, begin }: { of: Group; status: string; names: Names; areNamesWhole: boolean; canChange: boolean; begin: (deed: Deed) => void }) {
  const words = deliveryStatus({ status });
  const isStuck = cannotBeSent([of], names, areNamesWhole).length > 0;
  const webhook = names[of.webhook];
  const count = format.count(of.count);
  return (
    <li>
      <StateIcon icon={words.icon} state={words.state} />
      <div className="min-w-0">
        <Link className="font-[550] hover:underline" to={`/webhooks/${encodeURIComponent(of.webhook)}`}>
          <bdi>{webhook?.name ?? of.webhook}</bdi>
        </Link>
        {isStuck && <span className="text-ink-3"> {webhook ? "is disabled" : "was deleted"}</span>}
      </div>
      <bdi className="text-ink-2 min-w-0 break-words" dir="auto">
        {causeWords(of)}
      </bdi>
      <b className="num">{count}</b>
      <span className="when text-ink-3 text-sm">
        <Time at={of.first_at} as="since" />
        {of.first_at !== of.last_at && (
          <>
            {" to "}
            <Time at={of.last_at} as="since" />
          </>
        )}
      </span>
      <span className="deeds">
        {canChange && of.failure && !isStuck && (
          <button type="button" className="btn" onClick={() => begin("retry")}>
            {status === "retrying" ? "Retry now" : "Retry"} {count}
          </button>
        )}
        {canChange && of.failure && status === "retrying" && (
          <button type="button" className="btn" onClick={() => begin("cancel")}>
            Cancel {count}
          </button>
        )}
        <Link className="btn quiet" to={`/deliveries?status=${status}&webhook=${encodeURIComponent(of.webhook)}`} aria-label={`Look at those to ${webhook?.name ?? of.webhook}`}>
          Look
        </Link>
      </span>
    </li>
  );
}

function Nothing({ status }: { status: string }) {
  if (status === "failed") {
    return (
      <Empty title="Nothing was given up.">
        <p>Deliveries that use up their tries wait here and can be sent again.</p>
      </Empty>
    );
  }
  return <Empty title={status === "retrying" ? "Nothing waits for another try." : "Nothing was cancelled."} />;
}
