/** One request and what came of it: time, request, answer. For attempts of deliveries and for tests alike. */
import { memo, useState } from "react";
import type { Schemas } from "@/api/client";
import { copy } from "./copy";
import { isPortal } from "@/lib/place";
import { useZone } from "@/lib/you";
import type { Comparison } from "@/words/compare";
import { curl, isInside } from "@/words/curl";
import * as format from "@/words/format";
import { hint } from "@/words/hint";
import { waterfall } from "@/words/phases";
import { JsonView, TextView } from "./json-view";
import { Words } from "./words";

type Exchange = Schemas["Exchange"];
type Body = Schemas["Body"];

/** Bodies are long, and the pages around this are drawn anew each second for their countdowns. */
export const ExchangeView = memo(function ExchangeView({ of, usualMs, against }: { of: Exchange; usualMs?: number | null; against?: { number: number; comparison: Comparison } | null }) {
  return (
    <div className="exchange">
      <div>
        <h2>Time</h2>
        <Waterfall of={of} />
        {usualMs !== null && usualMs !== undefined && <p className="text-ink-3 mt-3 text-sm">Usually it answers within {format.duration(usualMs)}.</p>}
        <Hint of={of} />
        {against && (
          <>
            <h2 className="mt-3.5">Against attempt {against.number}</h2>
            <p className="text-ink-2 text-sm mt-0.5">
              <Words of={against.comparison.sentences} />
            </p>
          </>
        )}
      </div>
      <Request of={of} differing={against?.comparison.headers ?? []} />
      <Answer of={of} />
    </div>
  );
});

function Waterfall({ of }: { of: Exchange }) {
  const { isReused, phases } = waterfall(of.timings, Boolean(of.response));
  return (
    <>
      <div className="waterfall">
        {phases.map((phase) => (
          <div key={phase.name} className="contents">
            <span className="text-ink-2">{phase.name}</span>
            <span className="bar">
              <i style={{ left: `${Math.min(phase.left, 99)}%`, width: `${phase.width}%`, background: `var(--p${phase.tone})` }} />
            </span>
            <span className="text-right">{format.duration(phase.ms)}</span>
          </div>
        ))}
      </div>
      {isReused && <p className="text-ink-3 mt-2 text-sm">{isInside(of.request.url) ? "Handed over within the server, without a connection." : "Over a connection that was kept: nothing to look up, nothing to connect."}</p>}
    </>
  );
}

function Hint({ of }: { of: Exchange }) {
  const zone = useZone();
  const said = hint(of, { zone, isPortal });
  return (
    <>
      {said && (
        <p className="text-ink-2 mt-3 text-sm">
          <bdi>{said}</bdi>
        </p>
      )}
      {of.remark && (
        <p className="text-ink-2 mt-1 text-sm">
          <bdi>{of.remark}</bdi>
        </p>
      )}
    </>
  );
}

function Request({ of: { request }, differing }: { of: Exchange; differing: string[] }) {
  const isSigned = request.headers.some((header) => /signature/i.test(header.name));
  return (
    <div>
      <h2 className="flex gap-2">
        Request
        <span className="text-ink-3 text-sm ml-auto font-normal">
          {request.method}
          {isSigned && " · signed"}
          {request.body && ` · ${size(request.body)}`}
        </span>
      </h2>
      <p className="mono text-ink-2 mt-1 break-all text-[12px]">
        <bdi>{request.url}</bdi>
      </p>
      <Headers of={request.headers} differing={differing} />
      {request.body ? <BodyView of={request.body} isCut={request.truncated} /> : <Removed isCut={request.truncated} />}
    </div>
  );
}

function Answer({ of: { response, error } }: { of: Exchange }) {
  return (
    <div>
      <h2 className="flex gap-2">
        Answer
        {response && (
          <span className="text-ink-3 text-sm ml-auto font-normal">
            {response.status} · {size(response.body)}
          </span>
        )}
      </h2>
      {response ? (
        <>
          <Headers of={response.headers} differing={[]} />
          {response.body.content ? <BodyView of={response.body} isCut={response.truncated} /> : <p className="text-ink-3 text-sm">Without a body.</p>}
        </>
      ) : (
        <p className="text-ink-3 text-sm mt-2">{error ? "No answer came." : "Nothing is kept of it."}</p>
      )}
    </div>
  );
}

function Headers({ of, differing }: { of: Schemas["Header"][]; differing: string[] }) {
  const [open, setOpen] = useState<number | null>(null);
  return (
    <dl className="headers">
      {of.map((header, at) => (
        <div key={at} className="contents">
          <dt>
            <bdi>{header.name}</bdi>
          </dt>
          <dd className={open === at ? "open" : ""} onClick={() => setOpen(open === at ? null : at)} data-tip={header.value === "[redacted]" ? "Secrets are never shown here" : undefined}>
            <bdi className={differing.includes(header.name.toLowerCase()) ? "differs" : ""}>{header.value.slice(0, 4_000)}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function BodyView({ of, isCut }: { of: Body; isCut: boolean }) {
  return (
    <>
      {of.encoding === "base64" ? (
        <>
          <p className="text-ink-3 text-sm">No text; in base64:</p>
          <TextView text={of.content} />
        </>
      ) : (
        <JsonView source={of.content} />
      )}
      {isCut && <p className="text-ink-3 mt-2 text-sm">The first {size(of)}; there was more.</p>}
    </>
  );
}

function Removed({ isCut }: { isCut: boolean }) {
  return <p className="text-ink-3 text-sm">{isCut ? "The body is left out here: newer attempts have the room." : "The body is not kept any more. Headers and times are still here."}</p>;
}

function size(body: Body): string {
  const length = body.encoding === "base64" ? Math.floor((body.content.length * 3) / 4) : new TextEncoder().encode(body.content).length;
  return format.bytes(length);
}

/** With the very bytes and headers. */
export function copyAsCurl({ request }: Exchange): void {
  const body = request.body?.encoding === "utf8" && !request.truncated ? request.body.content : null;
  const hasSecret = request.headers.some((header) => header.value === "[redacted]");
  const isSigned = request.headers.some((header) => /signature/i.test(header.name));
  copy(curl({ method: request.method, url: request.url, headers: request.headers, body }), `Copied.${hasSecret ? " $SECRET stands for what is never shown." : ""}${isInside(request.url) ? " $URL stands for a receiver: an inspector has no address." : ""}${isSigned ? " Receivers take its signature for about 5 min from when it was sent." : ""}`);
}
