import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { eventType, typeNames } from "@/api/catalogue";
import type { Schemas } from "@/api/client";
import { inspectors, lead, looked, PLAYGROUND, sampleOf, tested, testsOf } from "@/api/inspectors";
import { webhookNames } from "@/api/queries";
import { useScope } from "@/api/scope";
import { may } from "@/api/session";
import { useNow } from "@/lib/clock";
import { jsonOf, parseJson, writeJson } from "@/lib/json";
import { one } from "@/lib/search";
import { useZone } from "@/lib/you";
import { useDeed, useDeliveryDeeds } from "@/shell/deeds";
import { usePage } from "@/shell/page";
import { ExchangeView } from "@/ui/exchange";
import { Field } from "@/ui/field";
import { StateIcon } from "@/ui/icon";
import { useKeys } from "@/ui/keys";
import { Link, useSearch } from "@/ui/link";
import { Segments } from "@/ui/segments";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { Words } from "@/ui/words";
import { whatHappened } from "@/words/happened";
import { stepsAfter, stepsBefore, type Step } from "@/words/playground";
import { sampleFaults } from "@/words/sample";
import { deliveryStatus } from "@/words/status";
import { Came } from "./playground/came";
import { Inspector } from "./playground/inspector";

type To = "webhook" | "inspector";

const NO_TYPE = "webhook.test";

/** A type, a sample of it, where it is to go, and what comes of it step by step. */
export default function PlaygroundPage() {
  usePage({ crumbs: [{ label: "Playground" }] });
  const scope = useScope();
  const client = useQueryClient();
  const deed = useDeed();
  const [search, setSearch] = useSearch();
  const type = one(search.type) ?? "";
  const to: To = one(search.to) === "inspector" ? "inspector" : "webhook";
  const { data: types = [] } = useQuery(typeNames(scope));
  const { data: names = {} } = useQuery(webhookNames(scope));
  const { data: bins = [] } = useQuery(inspectors(scope));
  const choices = Object.entries(names).filter(([id]) => id !== PLAYGROUND);
  const webhook = one(search.webhook) ?? choices[0]?.[0] ?? "";
  const bin = bins.find((each) => each.id === one(search.inspector)) ?? bins[0];
  const sample = useSample(type, types.includes(type));
  const [run, setRun] = useState<Run | null>(null);
  const running = useRef(0);
  const sentBy = to === "webhook" ? webhook : PLAYGROUND;
  const canSend = sample.json !== null && sample.isReady && (to === "webhook" ? webhook !== "" : bin !== undefined) && may(scope.session, "webhooks:write");
  const send = async () => {
    if (!canSend) return;
    const turn = (running.current += 1);
    const isInside = to === "inspector";
    const put = (next: Run) => running.current === turn && setRun(next);
    put({ steps: [], result: null, isBusy: true });
    await deed(async () => {
      if (isInside && bin) await lead(scope, bin.url);
      const before = stepsBefore(await looked(scope, sentBy, type || NO_TYPE, sample.text)).slice(isInside ? 1 : 0);
      put({ steps: before, result: null, isBusy: true });
      const result = await tested(scope, sentBy, type || NO_TYPE, sample.text);
      put({ steps: [...before, ...stepsAfter(result)], result, isBusy: false });
    });
    if (running.current === turn) setRun((now) => now && { ...now, isBusy: false });
    void client.invalidateQueries({ queryKey: [scope.tenant, "deliveries", "tests"] });
    void client.invalidateQueries({ queryKey: [scope.tenant, "webhooks", "names"] });
    if (isInside) void client.invalidateQueries({ queryKey: [scope.tenant, "inspectors"] });
  };
  useKeys([{ keys: "t", label: "Send the sample", run: () => void send() }]);
  return (
    <div className="view">
      <div className="head">
        <div className="min-w-0">
          <h1>Playground</h1>
          <p className="text-ink-2 max-w-[80ch]">Send a sample to a webhook, or to an inspector to see what a receiver would see. It has no place in a lane and counts in no statistics.</p>
        </div>
      </div>
      <form
        className="half"
        onSubmit={(submit) => {
          submit.preventDefault();
          void send();
        }}
        onKeyDown={(key) => {
          if (key.key !== "Enter" || !(key.metaKey || key.ctrlKey)) return;
          key.preventDefault();
          void send();
        }}
      >
        <section className="panel" aria-label="What is sent">
          <header><h2>What is sent</h2></header>
          <div className="grid gap-3 p-3.5">
            <Field label="Event type" help={type === "" ? `Without one it is sent as ${NO_TYPE}.` : types.includes(type) ? undefined : "The catalogue does not have this type."}>
              {(given) => (
                <>
                  <input {...given} className="input mono" list="playground-types" placeholder="price_alert" spellCheck={false} autoComplete="off" value={type} onChange={(event) => setSearch({ type: event.target.value || undefined })} />
                  <datalist id="playground-types">{types.map((name) => <option key={name} value={name} />)}</datalist>
                </>
              )}
            </Field>
            <Field label="Sample" fault={sample.json === null ? "This is no JSON yet." : null} help={sample.faults.length > 0 ? undefined : sample.isChecked ? "It is what its type says, as far as can be told here." : undefined}>
              {(given) => <textarea {...given} className="input code-input" rows={12} spellCheck={false} value={sample.text} onChange={(event) => sample.set(event.target.value)} />}
            </Field>
            {sample.faults.length > 0 && (
              <ul className="warn text-state grid gap-0.5 text-sm" role="status">
                {sample.faults.map((fault) => <li key={fault}><bdi>{fault}</bdi></li>)}
              </ul>
            )}
          </div>
        </section>
        <div className="grid min-w-0 gap-5">
          <section className="panel" aria-label="Where to">
            <header>
              <h2>Where to</h2>
              <span className="ml-auto"><Segments label="Where to" value={to} onChange={(next) => setSearch({ to: next === "webhook" ? undefined : next })} options={[{ value: "webhook", label: "A webhook" }, { value: "inspector", label: "An inspector" }]} /></span>
            </header>
            <div className="grid gap-3 p-3.5">
              {to === "webhook" ? (
                choices.length === 0 ? (
                  <p className="text-ink-2">No webhooks yet. <Link to="/webhooks/new">Make one</Link>, or use an inspector.</p>
                ) : (
                  <Field label="Webhook">
                    {(given) => (
                      <select {...given} className="input" value={webhook} onChange={(event) => setSearch({ webhook: event.target.value })}>
                        {choices.map(([id, { name }]) => <option key={id} value={id}>{name === id ? id : `${name} (${id})`}</option>)}
                      </select>
                    )}
                  </Field>
                )
              ) : (
                <Inspector of={bin} all={bins} onChoose={(id) => setSearch({ inspector: id })} />
              )}
              <div className="flex items-center gap-2">
                <button type="submit" className="btn main" disabled={!canSend || run?.isBusy}>Send</button>
                <span className="text-ink-3 text-sm">or Ctrl Enter</span>
              </div>
            </div>
          </section>
          {run && <Steps of={run} />}
        </div>
      </form>
      {run?.result && (
        <section className="attempt mt-5" aria-label="What was sent and what came back">
          <ExchangeView of={run.result} />
        </section>
      )}
      {to === "inspector" && bin && <Came of={bin} />}
      {sentBy !== "" && (to === "webhook" || PLAYGROUND in names) && <Earlier webhook={sentBy} />}
    </div>
  );
}

interface Run {
  steps: Step[];
  result: Schemas["TestResult"] | null;
  isBusy: boolean;
}

/** The sample that is edited: the catalogue's at first, and again when another type is chosen. */
function useSample(type: string, isKnown: boolean) {
  const scope = useScope();
  const { data: given, isLoading } = useQuery({ ...sampleOf(scope, type), enabled: isKnown });
  const { data: entry } = useQuery({ ...eventType(scope, type), enabled: isKnown });
  const [edited, setEdited] = useState<{ type: string; text: string } | null>(null);
  const offered = isKnown && given ? writeJson(jsonOf(given.data)) : '{\n  "n": 1\n}';
  const text = edited?.type === type ? edited.text : offered;
  const json = parseJson(text);
  const schema = isKnown ? entry?.versions.at(-1)?.schema : undefined;
  return {
    text,
    json,
    isReady: !isLoading || edited?.type === type,
    set: (next: string) => setEdited({ type, text: next }),
    faults: json && schema !== undefined ? sampleFaults(schema, json) : [],
    isChecked: json !== null && schema !== undefined,
  };
}

/** Each step as it happens. */
function Steps({ of }: { of: Run }) {
  return (
    <section className="panel" aria-label="Step by step">
      <ol className="grid gap-1.5 p-3.5" role="status">
        {of.steps.map((step, at) => (
          <li key={at} className="flex min-w-0 gap-2">
            <span className="mt-0.5 flex-none"><StateIcon icon={step.icon} state={step.state} /></span>
            <span className="min-w-0 break-words"><Words of={step.words} /></span>
          </li>
        ))}
        {of.isBusy && (
          <li className="text-ink-3 flex gap-2">
            <span className="mt-0.5 flex-none"><StateIcon icon="pending" state="idle" /></span>
            {of.steps.length === 0 ? "asking the server" : "sent; waiting for the answer"}
          </li>
        )}
      </ol>
    </section>
  );
}

function Earlier({ webhook }: { webhook: string }) {
  const scope = useScope();
  const client = useQueryClient();
  const { replay } = useDeliveryDeeds();
  const { data } = useQuery({ ...testsOf(scope, webhook), retry: false });
  const again = (id: string) => void replay(id).then(() => client.invalidateQueries({ queryKey: [scope.tenant, "deliveries", "tests"] }));
  const [now, zone] = [useNow(), useZone()];
  if (!data || data.data.length === 0) return null;
  return (
    <section className="panel mt-5" aria-label="Earlier tests">
      <header><h2>Earlier tests</h2></header>
      <ul className="grid">
        {data.data.map((delivery) => (
          <li key={delivery.id} className="flex flex-wrap items-center gap-x-3 gap-y-0.5 border-b px-3.5 py-2 last:border-0">
            <Status of={deliveryStatus(delivery)} />
            <Link to={`/deliveries/${delivery.id}`}><bdi className="mono">{delivery.event_type}</bdi></Link>
            <span className="text-ink-2 min-w-0 break-words"><bdi>{whatHappened(delivery, now, zone)}</bdi></span>
            <span className="text-ink-3 ml-auto"><Time at={delivery.created_at} /></span>
            {may(scope.session, "deliveries:write") && <button type="button" className="btn small" onClick={() => again(delivery.id)}>Send again</button>}
          </li>
        ))}
      </ul>
    </section>
  );
}
