import type { ReactNode } from "react";
import type { Schemas } from "@/api/client";
import { SecretFact } from "@/pages/webhook/secret";
import { Time } from "@/ui/time";
import { Words } from "@/ui/words";
import { filterInWords, typesInWords } from "@/words/filter";
import * as format from "@/words/format";
import { authWords, bodyWords, orderWords, retryWords, signingWords } from "@/words/settings";
import { capital } from "@/words/text";
import { useMay } from "./page";

/** What it gets and how it is sent, as facts. Limits that are the operator's are among them. */
export function Settings({ of, lane }: { of: Schemas["Webhook"]; lane: Schemas["Lane"] | undefined }) {
  const may = useMay();
  const assets = [...(of.assets?.symbols ?? []), ...(of.assets?.sectors ?? [])];
  const facts: [string, ReactNode][] = [
    ["It gets", <><Words of={typesInWords(of.event_types)} />{of.filter && <>, <Words of={filterInWords(of.filter)} /></>}{assets.length > 0 && <>, about <bdi>{assets.slice(0, 12).join(", ")}{assets.length > 12 ? ` and ${assets.length - 12} more` : ""}</bdi></>}</>],
    ["Body", capital(bodyWords(of))],
    ["Signed", capital(signingWords(of))],
    ...(of.has_secret && may.seeSecrets ? [["Secret", <SecretFact key="secret" of={of} />] as [string, ReactNode]] : []),
    ...(of.public_key ? [["Public key", <code key="key" className="break-all">{of.public_key}</code>] as [string, ReactNode]] : []),
    ["Auth", capital(authWords(of.auth))],
    ["Retries", capital(retryWords(of.retry_plan))],
    ["Order", capital(orderWords(of.ordering))],
    ["Rate", of.rate_limit ? `At most ${format.rateLimit(of.rate_limit)}` : "No limit"],
    ["At one time", `At most ${format.count(of.max_concurrency)} requests${lane && lane.concurrency_limit < of.max_concurrency ? `, now ${format.count(lane.concurrency_limit)}` : ""}`],
    ["Time to answer", format.duration(format.span(of.timeout))],
    ["Made", <Time key="made" at={of.created_at} as="date" />],
  ];
  return (
    <dl className="panel facts wide">
      {facts.map(([name, fact]) => (
        <div key={name} className="contents">
          <dt>{name}</dt>
          <dd>{fact}</dd>
        </div>
      ))}
    </dl>
  );
}
