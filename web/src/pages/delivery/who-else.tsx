import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { eventWebhooks } from "@/api/queries";
import { useScope } from "@/api/scope";
import { StateIcon } from "@/ui/icon";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loading";
import { Words } from "@/ui/words";
import * as format from "@/words/format";
import { deliveryStatus } from "@/words/status";
import { capital } from "@/words/text";
import { whyNot } from "@/words/why-not";

type Verdict = Schemas["WebhookVerdict"];
/** So many that did not match are told one by one at first. */
const FEW = 2;

/** Every webhook with what the event came to there, or the first clause that said no. */
export function WhoElse({ of }: { of: Schemas["DeliveryDetail"] }) {
  const scope = useScope();
  const asked = useQuery({ ...eventWebhooks(scope, of.event), retry: false });
  const total = asked.data?.count ?? asked.data?.data.length;
  return (
    <section className="panel" aria-label="Who else got this event">
      <header>
        <h2>Who else got this event</h2>
        {total !== undefined && <span className="text-ink-3 text-sm">of {format.cappedCount(total, asked.data?.count_is_capped)} {total === 1 ? "webhook" : "webhooks"}</span>}
      </header>
      <Loaded of={asked} what="Its other webhooks" one="event" skeleton={<div className="h-24" />}>
        {(data) => <List of={data.data.filter((verdict) => verdict.webhook !== of.webhook)} hasMore={data.has_more} />}
      </Loaded>
    </section>
  );
}

function List({ of, hasMore }: { of: Verdict[]; hasMore: boolean }) {
  const [isOpen, setIsOpen] = useState(false);
  const got = of.filter((verdict) => verdict.delivery);
  const not = of.filter((verdict) => !verdict.delivery);
  const shown = isOpen ? not : not.slice(0, FEW);
  const rest = not.slice(shown.length);
  if (of.length === 0) return <p className="text-ink-2 px-3.5 py-2.5">There is no other webhook.</p>;
  return (
    <ul className="fan rows">
      {got.map((verdict) => {
        const words = deliveryStatus({ status: verdict.delivery?.status ?? "" });
        return (
          <li key={verdict.webhook}>
            <StateIcon icon={words.icon} state={words.state} />
            <Link className="link cut" to={`/deliveries/${verdict.delivery?.id}`}>
              <bdi>{verdict.name || verdict.webhook}</bdi>
            </Link>
            <span className="text-ink-3">{words.word.toLowerCase()}</span>
          </li>
        );
      })}
      {shown.map((verdict) => (
        <NotMatched key={verdict.webhook} of={verdict} />
      ))}
      {rest.length > 0 && (
        <li>
          <StateIcon icon="dash" state="idle" />
          <button type="button" className="link text-left" onClick={() => setIsOpen(true)}>
            {format.count(rest.length)} more
          </button>
          <span className="text-ink-3">did not match</span>
          <p>{byReason(rest)}</p>
        </li>
      )}
      {hasMore && <li className="text-ink-3">Only the first 250 webhooks are told here.</li>}
    </ul>
  );
}

function NotMatched({ of }: { of: Verdict }) {
  return (
    <li>
      <StateIcon icon="dash" state="idle" />
      <Link className="cut" to={`/webhooks/${encodeURIComponent(of.webhook)}`}>
        <bdi>{of.name || of.webhook}</bdi>
      </Link>
      <span className="text-ink-3">{of.matches ? "would match now" : "did not match"}</span>
      {of.mismatch && (
        <p>
          <Words of={sentenceOf(of.mismatch)} />
        </p>
      )}
    </li>
  );
}

function sentenceOf(mismatch: Schemas["Mismatch"]) {
  const [first, ...others] = whyNot(mismatch);
  return first === undefined ? [] : [typeof first === "string" ? capital(first) : first, ...others, "."];
}

function byReason(verdicts: Verdict[]): string {
  const names: Record<string, string> = { event_types: "by type", filter: "by filter", assets: "by asset", disabled: "as they are disabled" };
  const counts = new Map<string, number>();
  for (const { mismatch } of verdicts) {
    const name = mismatch ? (names[mismatch.reason] ?? "otherwise") : "made or changed later";
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return `${[...counts].map(([name, count]) => `${format.count(count)} ${name}`).join(", ")}.`;
}
