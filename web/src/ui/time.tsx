import { useTicking } from "@/lib/clock";
import { copy } from "./copy";
import { useZone } from "@/lib/you";
import * as format from "@/words/format";

type Style = "relative" | "age" | "since" | "moment" | "millis" | "seconds" | "date";

/** A time. Hover or focus tells it exactly, here and in UTC; a click copies that. */
export function Time({ at, as = "relative", className }: { at: string | number; as?: Style; className?: string }) {
  const zone = useZone();
  const when = typeof at === "number" ? at : Date.parse(at);
  const text = useTicking((now) => written(as, when, now, zone));
  const utc = format.exact(when, "UTC");
  const local = format.exact(when, undefined);
  return (
    <time
      dateTime={new Date(when).toISOString()}
      data-tip={local === utc ? utc : `${local}\n${utc}`}
      className={className}
      onClick={(event) => {
        event.preventDefault();
        event.stopPropagation();
        copy(new Date(when).toISOString(), "The time is copied.");
      }}
    >
      {text}
    </time>
  );
}

function written(as: Style, at: number, now: number, zone: string | undefined): string {
  switch (as) {
    case "relative": return format.relative(at, now, zone);
    case "age": return format.age(at, now);
    case "since": return format.since(at, now, zone);
    case "moment": return format.moment(at, now, zone);
    case "millis": return format.clockMillis(at, zone);
    case "seconds": return format.clockSeconds(at, zone);
    case "date": return format.date(at, now, zone);
  }
}

/** How long something has been so, growing. */
export function Since({ at, isShort = false }: { at: string; isShort?: boolean }) {
  const from = Date.parse(at);
  return useTicking((now) => (isShort ? format.shortDuration : format.duration)(Math.max(0, now - from)));
}

/** Time that is left. At its end it says *now*, and waits for what happens. */
export function Countdown({ to }: { to: string }) {
  const at = Date.parse(to);
  return useTicking((now) => format.countdown(at - now));
}
