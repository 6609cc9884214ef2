import { useQuery } from "@tanstack/react-query";
import { got, type Schemas } from "@/api/client";
import { useScope } from "@/api/scope";
import { PAGES } from "@/shell/pages";
import { Link } from "@/ui/link";
import { MiniRail } from "@/ui/rail";
import { Since, Time } from "@/ui/time";
import { Words } from "@/ui/words";
import { filterInWords } from "@/words/filter";
import * as format from "@/words/format";
import { authWords, bodyWords, orderWords, retryWords, signingWords } from "@/words/settings";
import { waitWords } from "@/words/status";
import { SecretFact } from "./secret";

type Webhook = Schemas["Webhook"];

export function ItsLane({ of, lane }: { of: Webhook; lane: Schemas["Lane"] | undefined }) {
  return (
    <section className="panel" aria-label="Its lane, now">
      <header>
        <h2>Its lane, now</h2>
      </header>
      {lane && (
        <dl className="facts right">
          <dt>Owed</dt>
          <dd>
            <b>{`${format.count(lane.owed)}${lane.more_owed ? "+" : ""}`}</b>
          </dd>
          <dt>Oldest</dt>
          <dd className={of.health.state === "failing" ? "bad text-state" : ""}>{lane.oldest_owed_at ? <b><Since at={lane.oldest_owed_at} /></b> : "–"}</dd>
          {lane.waits_for && lane.owed > 0 && (
            <>
              <dt>The next</dt>
              <dd>{waitWords(lane.waits_for.reason)}</dd>
            </>
          )}
          <dt>Under way</dt>
          <dd>
            {format.count(lane.in_flight)} of {format.count(lane.concurrency_limit)}
          </dd>
          <dt>Rate</dt>
          <dd>{of.rate_limit ? `${format.rateLimit(of.rate_limit)}${lane.rate ? `, ${format.count(lane.rate.left)} left` : ""}` : "no limit"}</dd>
          <dt>Order</dt>
          <dd>{orderWords(of.ordering)}</dd>
          {lane.drains_in_seconds !== null && lane.drains_in_seconds !== undefined && lane.owed > 0 && (
            <>
              <dt>All is out</dt>
              <dd>in {format.duration(lane.drains_in_seconds * 1000)}</dd>
            </>
          )}
          {of.counters.last_success_at && (
            <>
              <dt>Last delivered</dt>
              <dd>
                <Time at={of.counters.last_success_at} />
              </dd>
            </>
          )}
        </dl>
      )}
    </section>
  );
}

export function WhatItGets({ of }: { of: Webhook }) {
  const scope = useScope();
  const canEdit = PAGES.some((route) => route.page === "webhook-edit");
  const { data: trial } = useQuery({
    queryKey: [scope.tenant, "trial", of.event_types, of.filter ?? null, of.assets ?? null],
    queryFn: ({ signal }) => got(scope.api.POST("/api/v1/filters/try", { signal, body: { event_types: of.event_types, filter: of.filter ?? undefined, assets: of.assets ?? undefined, last: 200 } })),
    staleTime: 60_000,
    retry: false,
  });
  const all = of.event_types.length === 0 || of.event_types.includes("*");
  const assets = [...(of.assets?.symbols ?? []), ...(of.assets?.sectors ?? [])];
  return (
    <section className="panel" aria-label="What it gets">
      <header>
        <h2>What it gets</h2>
        {canEdit && (
          <Link className="link text-ink-2 text-sm ml-auto" to={`/webhooks/${encodeURIComponent(of.id)}/edit`}>
            Edit
          </Link>
        )}
      </header>
      <div className="grid gap-2 px-3.5 py-2.5">
        <div className="flex flex-wrap gap-1">
          {all ? "Every event" : of.event_types.slice(0, 24).map((type) => <span key={type} className="tag"><bdi>{type}</bdi></span>)}
          {of.event_types.length > 24 && <span className="text-ink-3">and {of.event_types.length - 24} more</span>}
        </div>
        {of.filter && (
          <p className="break-words">
            <Words of={filterInWords(of.filter)} />
          </p>
        )}
        {assets.length > 0 && <p>about {assets.slice(0, 12).join(", ")}{assets.length > 12 ? ` and ${assets.length - 12} more` : ""}</p>}
        {trial && trial.looked_at > 0 && (
          <p className="text-ink-3 text-sm">
            {format.count(trial.matched)} of the last {format.count(trial.looked_at)} events {trial.matched === 1 ? "matches" : "match"}.
          </p>
        )}
      </div>
    </section>
  );
}

export function HowSent({ of }: { of: Webhook }) {
  return (
    <section className="panel" aria-label="How it is sent">
      <header>
        <h2>How it is sent</h2>
      </header>
      <dl className="facts">
        <dt>Body</dt>
        <dd>{bodyWords(of)}</dd>
        <dt>Signed</dt>
        <dd>{signingWords(of)}</dd>
        {of.has_secret && (
          <>
            <dt>Secret</dt>
            <dd>
              <SecretFact of={of} />
            </dd>
          </>
        )}
        <dt>Auth</dt>
        <dd>{authWords(of.auth)}</dd>
        {Object.keys(of.headers).length > 0 && (
          <>
            <dt>Headers</dt>
            <dd className="mono break-all">{Object.keys(of.headers).join(", ")}</dd>
          </>
        )}
        <dt>Timeout</dt>
        <dd>{format.duration(format.span(of.timeout))}</dd>
        {!of.verify_tls && (
          <>
            <dt>TLS</dt>
            <dd>not verified</dd>
          </>
        )}
        <dt>Retries</dt>
        <dd>{retryWords(of.retry_plan)}</dd>
      </dl>
      {of.retry_plan.waits.length > 0 && of.retry_plan.waits.length <= 12 && (
        <div className="px-3.5 pb-1">
          <MiniRail waits={of.retry_plan.waits.map((wait) => wait.replace(/(\d)([a-z])/g, "$1\u202f$2"))} name={`Tries again after ${of.retry_plan.waits.join(", ")}`} />
        </div>
      )}
    </section>
  );
}

export function Notes({ of }: { of: Webhook }) {
  return (
    <section className="panel" aria-label="Notes">
      <header>
        <h2>Notes</h2>
      </header>
      <p className="whitespace-pre-wrap break-words px-3.5 py-2.5">
        <bdi dir="auto">{of.note.slice(0, 4_000)}</bdi>
      </p>
    </section>
  );
}
