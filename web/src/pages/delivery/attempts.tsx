/** The rail of a delivery and the attempt that is chosen on it, alone or beside the one before. */
import { useMemo } from "react";
import type { Schemas } from "@/api/client";
import { useNow } from "@/lib/clock";
import { isPortal } from "@/lib/place";
import { one } from "@/lib/search";
import { useZone } from "@/lib/you";
import { copyAsCurl, ExchangeView } from "@/ui/exchange";
import { useKeys } from "@/ui/keys";
import { useSearch } from "@/ui/link";
import { Rail } from "@/ui/rail";
import { Status } from "@/ui/status";
import { Countdown, Time } from "@/ui/time";
import { compare } from "@/words/compare";
import * as format from "@/words/format";
import { ours } from "@/words/hint";
import { rail } from "@/words/rail";
import { attemptStatus } from "@/words/status";
import { counted } from "@/words/text";
import { Compared } from "./compared";

type Detail = Schemas["DeliveryDetail"];

export function Attempts({ of }: { of: Detail }) {
  const zone = useZone();
  const now = useNow();
  const [search, setSearch] = useSearch();
  const stops = useMemo(() => rail(of, now, zone), [of, now, zone]);
  const last = of.attempts.at(-1);
  const wanted = Number(one(search.attempt));
  const chosen = of.attempts.find((attempt) => attempt.number === wanted) ?? last;
  const before = chosen ? of.attempts[of.attempts.indexOf(chosen) - 1] : undefined;
  const against = useMemo(() => (chosen && before ? { number: before.number, comparison: compare(chosen, before) } : null), [chosen, before]);
  const isComparing = one(search.compare) === "1" && before !== undefined;
  const choose = (number: number) => setSearch({ attempt: number === last?.number ? undefined : String(number) });
  useKeys([
    ...of.attempts.slice(0, 9).map((attempt) => ({ keys: String(attempt.number), label: attempt.number === 1 ? "Attempt 1, and so on" : undefined, run: () => choose(attempt.number) })),
    ...(chosen ? [{ keys: "shift+c", label: "Copy as curl", run: () => copyAsCurl(chosen) }] : []),
  ]);
  return (
    <>
      <Rail of={stops} chosen={chosen?.number ?? null} onChoose={choose} panelId="attempt" />
      {chosen ? (
        <div className="attempt" role="tabpanel" id="attempt" aria-labelledby={`attempt-${chosen.number}`}>
          <header>
            <b>Attempt {chosen.number}</b>
            <Outcome of={chosen} />
            <span className="text-ink-2">{format.duration(chosen.timings.total_us / 1000)}</span>
            <span className="text-ink-3">
              <Time at={chosen.started_at} as="millis" />
              {chosen.remote && !isPortal && (
                <>
                  {" · "}
                  <code>{chosen.remote}</code>
                </>
              )}
              {(chosen.batch?.length ?? 0) > 1 && ` · with ${counted((chosen.batch?.length ?? 1) - 1, "other")}`}
            </span>
            <span className="ml-auto" />
            <button type="button" className="btn" onClick={() => copyAsCurl(chosen)}>
              Copy as curl <kbd>⇧c</kbd>
            </button>
            {before && (
              <button type="button" className="btn" aria-pressed={isComparing} onClick={() => setSearch({ compare: isComparing ? undefined : "1" })}>
                {isComparing ? "Alone" : `Compare with ${before.number}`}
              </button>
            )}
          </header>
          {isComparing && before ? <Compared of={chosen} before={before} /> : <ExchangeView of={chosen} usualMs={of.usual?.p95_ms} against={against} />}
        </div>
      ) : (
        <p className="text-ink-3 mt-3">Nothing was sent yet, so there is no attempt to look at.</p>
      )}
    </>
  );
}

function Outcome({ of }: { of: Schemas["Attempt"] }) {
  const words = attemptStatus(of);
  return <Status of={{ ...words, word: (of.error && (isPortal ? ours(of.error.message) : of.error.message)) ?? (of.response ? `${of.response.status}` : words.word) }} />;
}

/** When it is tried again, and how often still. */
export function NextTry({ of }: { of: Detail }) {
  const isOwed = of.status === "pending" || of.status === "retrying";
  if (!isOwed || !of.next_attempt_at) return null;
  const left = of.planned_attempts.length;
  return (
    <>
      <span>Next try in</span>
      <b className="count">
        <Countdown to={of.next_attempt_at} />
      </b>
      <span>
        at <Time at={of.next_attempt_at} as="seconds" /> · {counted(left, "try", "tries")} left
      </span>
    </>
  );
}
