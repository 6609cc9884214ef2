import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "@/api/client";
import { failures } from "@/api/queries";
import { useScope } from "@/api/scope";
import { now } from "@/lib/clock";
import { isPortal } from "@/lib/place";
import { LASTS, type Range } from "@/ui/range";
import { Time } from "@/ui/time";
import { granularityOf } from "@/words/series";
import * as format from "@/words/format";
import { ours } from "@/words/hint";
import { failureName } from "@/words/failure";

const WORDS: Record<string, string> = { "1h": "this hour", "24h": "in 24 h", "7d": "in 7 d", "30d": "in 30 d" };

/** What went wrong, how often, from when to when, and what it mostly means. Nothing is shown where nothing failed. */
export function WhyFailed({ of, range }: { of: Schemas["Webhook"]; range: Range }) {
  const scope = useScope();
  const last = range.last ?? "1h";
  const from = range.from ?? Math.floor((now() - LASTS[last][1]) / 60_000) * 60_000;
  const { data } = useQuery(
    failures(scope, { webhook: of.id, granularity: granularityOf((range.to ?? now()) - from), from: new Date(from).toISOString(), to: range.to === undefined ? undefined : new Date(range.to).toISOString() }),
  );
  if (!data || data.kinds.length === 0) return null;
  return (
    <section className="panel" aria-label="Why attempts fail">
      <header>
        <h2>Why attempts fail</h2>
        <span className="text-ink-3 text-sm">{range.last === null ? "in this range" : WORDS[last]}</span>
      </header>
      <ul className="rows">
        {data.kinds.map((kind) => (
          <li key={kind.kind} className="grid gap-x-6 gap-y-0.5 phone:grid-cols-[minmax(0,1fr)_178px]">
            <b className="font-semibold">{failureName(kind.kind)}</b>
            <span className="phone:text-right whitespace-nowrap">
              <b>{format.count(kind.count)}</b>{" "}
              <span className="text-ink-3">
                <Time at={kind.first_seen} as="since" />
                {kind.first_seen !== kind.last_seen && (
                  <>
                    {" "}
                    to <Time at={kind.last_seen} as="since" />
                  </>
                )}
              </span>
            </span>
            <p className="text-ink-2">{isPortal ? ours(kind.hint) : kind.hint}</p>
            <div className="meter bad">
              <i style={{ width: `${kind.share * 100}%` }} />
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
