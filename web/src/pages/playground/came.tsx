/** What came to an inspector, as it comes. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { got, type Schemas } from "@/api/client";
import { inspected } from "@/api/inspectors";
import { useScope } from "@/api/scope";
import { may } from "@/api/session";
import { useLiveRefresh } from "@/live/hooks";
import { useDeed } from "@/shell/deeds";
import { JsonView, TextView } from "@/ui/json-view";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loading";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";
import * as format from "@/words/format";
import { givenWords, signatureWords } from "@/words/playground";
import { counted } from "@/words/text";

type Request = Schemas["InspectedRequest"];

export function Came({ of }: { of: Schemas["Inspector"] }) {
  const { api, tenant, session } = useScope();
  const scope = useScope();
  const client = useQueryClient();
  const deed = useDeed();
  const key = [tenant, "inspectors", "requests", of.id];
  const asked = useQuery(inspected(scope, of.id));
  useLiveRefresh([key], { kinds: ["inspector"] }, 250);
  const empty = () =>
    void deed(async () => {
      await got(api.DELETE("/api/v1/inspectors/{id}/requests", { params: { path: { id: of.id } } }));
      await client.invalidateQueries({ queryKey: key });
    });
  return (
    <section className="panel mt-5" aria-label="What came">
      <header>
        <h2>What came</h2>
        <span className="text-ink-3 text-sm">{asked.data ? counted(asked.data.count ?? asked.data.data.length, "request") : ""}</span>
        {may(session, "webhooks:write") && (asked.data?.data.length ?? 0) > 0 && <button type="button" className="btn small ml-auto" onClick={empty}>Empty it</button>}
      </header>
      <Loaded of={asked} what="What came" one="inspector">
        {(page) =>
          page.data.length === 0 ? (
            <p className="text-ink-2 p-3.5">Nothing came yet. Send a sample, or give a webhook the inspector's URL.</p>
          ) : (
            <ol className="grid">{page.data.map((request) => <Row key={request.number} of={request} />)}</ol>
          )
        }
      </Loaded>
    </section>
  );
}

function Row({ of }: { of: Request }) {
  const signature = signatureWords(of.signature);
  return (
    <li className="border-b last:border-0">
      <details className="px-3.5 py-2">
        <summary className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-0.5">
          <span className="text-ink-3 tabular-nums">{of.number}</span>
          <code className="min-w-0 break-all"><bdi>{of.method} {of.path.slice(0, 300)}</bdi></code>
          <Status of={signature} />
          <span className="text-ink-2">{givenWords(of)}</span>
          <span className="text-ink-3 ml-auto"><Time at={of.received_at} as="millis" /></span>
        </summary>
        <div className="grid gap-3 py-2.5">
          {signature.reason && <p className="text-ink-2 text-sm"><bdi>{signature.reason}</bdi></p>}
          <p className="text-ink-2 text-sm">
            {of.webhook ? <>From <Link to={`/webhooks/${encodeURIComponent(of.webhook)}`}><bdi>{of.webhook}</bdi></Link></> : of.from ? <>From outside, <bdi className="mono">{of.from}</bdi></> : "From a webhook that is not saved"}
            {of.delivery && <>, <Link to={`/deliveries/${of.delivery}`}><bdi className="mono">{of.delivery}</bdi></Link></>}
          </p>
          <dl className="headers">
            {of.headers.map((header, at) => (
              <div key={at} className="contents">
                <dt><bdi>{header.name}</bdi></dt>
                <dd><bdi>{header.value.slice(0, 4_000)}</bdi></dd>
              </div>
            ))}
          </dl>
          {of.size > 0 && (
            <div>
              {of.body.encoding === "base64" ? <TextView text={of.body.content} /> : <JsonView source={of.body.content} />}
              <p className="text-ink-3 mt-1 text-sm">{format.bytes(of.size)}{of.body.encoding === "base64" && ", no text: in base64"}{of.truncated && ", of which the first are shown"}</p>
            </div>
          )}
        </div>
      </details>
    </li>
  );
}
