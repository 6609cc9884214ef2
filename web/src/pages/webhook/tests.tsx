/** Tests of a webhook: one is sent with an event that is chosen, and those that were sent before, each with what came of it. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { typeNames } from "@/api/catalogue";
import { got, type Schemas } from "@/api/client";
import { savedEvents } from "@/api/events";
import { problemOf, Refusal } from "@/api/problem";
import { deliveries } from "@/api/queries";
import { useScope } from "@/api/scope";
import { may } from "@/api/session";
import { isPortal } from "@/lib/place";
import { useZone } from "@/lib/you";
import { useTicking } from "@/lib/clock";
import { useDeed } from "@/shell/deeds";
import { Ask } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Link } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { toast } from "@/ui/toast";
import { whatHappened } from "@/words/happened";
import { sentence } from "@/words/problem";
import { deliveryStatus } from "@/words/status";
import { OWN_DATA, testOf, TEST_OF_ITSELF, type TestDraft } from "@/words/tests";
import { TestResult } from "./test-result";

type Webhook = Schemas["Webhook"];
type Delivery = Schemas["Delivery"];

export function Tests({ of }: { of: Webhook }) {
  const scope = useScope();
  const client = useQueryClient();
  const [result, setResult] = useState<Schemas["TestResult"] | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const canSend = may(scope.session, "webhooks:write");
  /** `data` is sent as it is written: a number in it may be finer than numbers are here. */
  const send = async (body: Schemas["TestInput"], data?: string) => {
    setIsBusy(true);
    setFault(null);
    try {
      setResult(await got(scope.api.POST("/api/v1/webhooks/{id}/test", { params: { path: { id: of.id } }, body, bodySerializer: data === undefined ? undefined : () => `{"data":${data}}` })));
    } catch (error) {
      const problem = problemOf(error);
      const wrong = error instanceof Refusal ? error.problem.errors?.[0]?.message : undefined;
      setFault(sentence(wrong ?? problem.detail ?? "no answer came from the server"));
    }
    setIsBusy(false);
    await client.invalidateQueries({ queryKey: [scope.tenant, "deliveries", "list"] });
  };
  return (
    <div className="grid min-w-0 gap-4 [&>.attempt]:mt-0">
      {canSend && <Composer of={of} fault={fault} isBusy={isBusy} send={(body, data) => void send(body, data)} />}
      {result && <TestResult of={result} close={() => setResult(null)} />}
      <Before of={of} again={canSend ? (delivery) => void send(isPortal ? { type: delivery.event_type } : { event_id: delivery.event }) : null} isBusy={isBusy} />
    </div>
  );
}

function Composer({ of, fault, isBusy, send }: { of: Webhook; fault: string | null; isBusy: boolean; send: (body: Schemas["TestInput"], data?: string) => void }) {
  const scope = useScope();
  const [draft, setDraft] = useState<TestDraft>({ event: TEST_OF_ITSELF, data: "" });
  const { data: types = [] } = useQuery(typeNames(scope));
  const hasSaved = !isPortal && may(scope.session, "events:read");
  const { data: saved } = useQuery({ ...savedEvents(scope), enabled: hasSaved });
  const asked = testOf(draft);
  const sample = draft.event.startsWith("saved:") ? draft.event.slice("saved:".length) : null;
  return (
    <form
      className="panel grid gap-3 p-3.5"
      aria-label="Send a test"
      onSubmit={(event) => {
        event.preventDefault();
        if (asked.body) send(asked.body as Schemas["TestInput"], draft.event === OWN_DATA ? draft.data : undefined);
      }}
    >
      <div className="form-row">
        <Field label="With" help="It is sent at once, signed, and also while the webhook is paused. It counts in no statistics.">
          {(given) => (
            <select {...given} className="input" value={draft.event} onChange={(event) => setDraft({ ...draft, event: event.target.value })}>
              <option value={TEST_OF_ITSELF}>an event that it asks for</option>
              {(saved?.data.length ?? 0) > 0 && (
                <optgroup label="Samples">
                  {saved?.data.map((sample) => (
                    <option key={sample.name} value={`saved:${sample.name}`}>{sample.name}{sample.description ? `: ${sample.description.slice(0, 60)}` : ""}</option>
                  ))}
                </optgroup>
              )}
              {types.length > 0 && (
                <optgroup label="The example of a type">
                  {types.map((type) => (
                    <option key={type} value={`type:${type}`}>{type}</option>
                  ))}
                </optgroup>
              )}
              <option value={OWN_DATA}>data of my own</option>
            </select>
          )}
        </Field>
        <button type="submit" className="btn main send" disabled={isBusy || asked.body === null}>
          {isBusy ? "Sending" : `Send to ${of.name || "it"}`.slice(0, 60)}
        </button>
      </div>
      {sample !== null && may(scope.session, "events:write") && <DeleteSample name={sample} done={() => setDraft({ ...draft, event: TEST_OF_ITSELF })} />}
      {draft.event === OWN_DATA && (
        <Field label="Data" fault={draft.data ? asked.fault : null} help="Any JSON.">
          {(given) => <textarea {...given} className="input code-input" spellCheck={false} rows={6} value={draft.data} placeholder={'{"symbol": "7203.T", "price": 2850}'} onChange={(event) => setDraft({ ...draft, data: event.target.value })} />}
        </Field>
      )}
      {fault && (
        <p className="bad text-state" role="alert">
          <bdi>{fault}</bdi>
        </p>
      )}
    </form>
  );
}

function DeleteSample({ name, done }: { name: string; done: () => void }) {
  const scope = useScope();
  const client = useQueryClient();
  const deed = useDeed();
  const [isAsked, setIsAsked] = useState(false);
  const remove = () =>
    void deed(async () => {
      await got(scope.api.DELETE("/api/v1/saved-events/{name}", { params: { path: { name } } }));
      done();
      await client.invalidateQueries({ queryKey: [scope.tenant, "saved-events"] });
      toast({ text: `The sample ${name} is deleted.` });
    });
  return (
    <div>
      <button type="button" className="btn quiet small" onClick={() => setIsAsked(true)}>
        Delete this sample…
      </button>
      <Ask open={isAsked} onClose={() => setIsAsked(false)} title={`Delete the sample ${name}?`} keep="Keep it" deed="Delete it" onDeed={remove}>
        <p>What was sent of it stays. This cannot be undone.</p>
      </Ask>
    </div>
  );
}

function Before({ of, again, isBusy }: { of: Webhook; again: ((delivery: Delivery) => void) | null; isBusy: boolean }) {
  const list = useInfiniteQuery(deliveries(useScope(), { webhook: of.id, test: true, limit: 20 }));
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <section className="panel" aria-label="Tests before">
      <header>
        <h2>Tests before</h2>
      </header>
      <Loaded of={list} what="Tests" skeleton={<div className="p-3.5"><Skeleton rows={3} /></div>}>
        {() =>
          rows.length === 0 ? (
            <p className="text-ink-2 px-3.5 py-2.5">None was sent yet.</p>
          ) : (
            <ul className="rows tests">
              {rows.map((delivery) => (
                <li key={delivery.id}>
                  <Status of={testStatus(delivery)} />
                  <Link className="link cut" to={`/deliveries/${delivery.id}`}>
                    <bdi>{delivery.summary ?? delivery.event_type}</bdi>
                  </Link>
                  <Happened of={delivery} />
                  <Time at={delivery.created_at} className="text-ink-3" />
                  {again ? (
                    <button type="button" className="btn small" disabled={isBusy} onClick={() => again(delivery)} aria-label={`Send again: ${delivery.event_type}`}>
                      Send again
                    </button>
                  ) : <span />}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {list.hasNextPage && (
        <div className="border-t px-3.5 py-2">
          <button type="button" className="btn small" onClick={() => void list.fetchNextPage()}>
            Show more
          </button>
        </div>
      )}
    </section>
  );
}

function testStatus(delivery: Delivery) {
  return delivery.status === "delivered" ? { ...deliveryStatus(delivery), word: "Arrived" } : deliveryStatus(delivery);
}

function Happened({ of }: { of: Delivery }) {
  const zone = useZone();
  const text = useTicking((now) => whatHappened(of, now, zone));
  return <bdi className="cut text-ink-2">{text}</bdi>;
}
