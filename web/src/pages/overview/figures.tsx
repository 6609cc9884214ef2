import type { ReactNode } from "react";
import type { Schemas } from "@/api/client";
import { useNow } from "@/lib/clock";
import { Link } from "@/ui/link";
import * as format from "@/words/format";

/** Older than this is no good sign, and older than that is trouble. */
const LATE = 60_000;
const VERY_LATE = 300_000;

/** Age before rates: how old the oldest is that is owed, how many are, then how well it goes. */
export function Figures({ of }: { of: Schemas["Overview"] }) {
  const now = useNow();
  const { owed, last_hour: hour, last_24h: day } = of;
  const age = owed.oldest_at ? Math.max(0, now - Date.parse(owed.oldest_at)) : null;
  const most = hour.oldest_owed_seconds;
  const oldest = owed.oldest_of;
  return (
    <dl className="figures">
      <Figure
        name="Oldest owed"
        state={age === null || age < LATE ? undefined : age < VERY_LATE ? "warn" : "bad"}
        parts={age === null ? [["–", ""]] : format.durationParts(age)}
        note={age === null ? "nothing waits" : most === null || most === undefined ? "" : `at most ${format.duration(most * 1000)} this hour`}
      />
      <Figure
        name="Owed"
        parts={[[format.count(owed.count), ""]]}
        note={
          oldest ? (
            <>
              the oldest to{" "}
              <Link className="link" to={oldest.tenant ? `/webhooks/${encodeURIComponent(oldest.id)}?tenant=${encodeURIComponent(oldest.tenant)}` : `/webhooks/${encodeURIComponent(oldest.id)}`}>
                <bdi>{oldest.name || oldest.id}</bdi>
              </Link>
            </>
          ) : (
            ""
          )
        }
      />
      <Figure name="First-try success" parts={[format.percentParts(hour.first_try_success_rate)]} note={`in 24 h ${format.percent(day.first_try_success_rate)}`} />
      <Figure name="Published to received" parts={hour.delivered_in ? format.durationParts(hour.delivered_in.p50_ms) : [["–", ""]]} note={hour.delivered_in ? `95 % within ${format.duration(hour.delivered_in.p95_ms)}` : "nothing was received this hour"} />
      <Figure name="Published" parts={[hour.events > 0 ? format.rateParts(hour.events, 3_600_000) : ["0", ""]]} note={`${format.count(hour.events)} this hour`} />
    </dl>
  );
}

function Figure({ name, parts, note, state = "" }: { name: string; parts: [string, string][]; note: ReactNode; state?: string }) {
  return (
    <div className={state}>
      <dt>{name}</dt>
      <dd>
        {parts.map(([number, unit], at) => (
          <span key={at}>
            {at > 0 && " "}
            {number}
            {unit && (
              <>
                {"\u202f"}
                <small>{unit}</small>
              </>
            )}
          </span>
        ))}
      </dd>
      <dd className="cut">{note || "\u00a0"}</dd>
    </div>
  );
}
