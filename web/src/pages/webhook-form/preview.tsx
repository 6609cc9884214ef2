/** What comes of the draft, asked of the server while one types: which of the last events it would get, and what would be sent. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState, type CSSProperties } from "react";
import { got, type Schemas } from "@/api/client";
import { problemOf, Refusal } from "@/api/problem";
import { useScope } from "@/api/scope";
import { isPortal } from "@/lib/place";
import { StateIcon } from "@/ui/icon";
import { JsonView, TextView } from "@/ui/json-view";
import { Segments } from "@/ui/segments";
import { Time } from "@/ui/time";
import { Words } from "@/ui/words";
import * as format from "@/words/format";
import { standIn } from "@/words/platform-url";
import { sentence } from "@/words/problem";
import { shown } from "@/words/shown";
import { trialInWords } from "@/words/trial";
import { whyNot } from "@/words/why-not";
import { filterRead, REDACTED, settingsOf, type Draft } from "@/words/webhook-form";
import { faultsOf, type Faults, type Platform } from "./form";

const LAST = 200;
const WAIT = 300;

/** The same once it has stood still for a moment. */
function useSettled<T>(value: T, key: string): T {
  const [settled, setSettled] = useState({ value, key });
  useEffect(() => {
    if (settled.key === key) return;
    const timer = setTimeout(() => setSettled({ value, key }), WAIT);
    return () => clearTimeout(timer);
  }, [key, settled.key, value]);
  return settled.value;
}

export function useTrial(draft: Draft) {
  const { api, tenant } = useScope();
  const { value: filter, fault } = filterRead(draft.filter);
  const { event_types, assets } = settingsOf(draft) as Pick<Schemas["TrialInput"], "event_types" | "assets">;
  const body = { event_types, assets, filter: (filter ?? undefined) as Schemas["Filter"] | undefined, last: LAST };
  const settled = useSettled(body, JSON.stringify(body));
  const asked = useQuery({
    queryKey: [tenant, "trial", "draft", settled],
    queryFn: ({ signal }) => got(api.POST("/api/v1/filters/try", { signal, body: settled })),
    enabled: fault === null && !isPortal,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    refetchInterval: 30_000,
    retry: false,
  });
  return { trial: asked.data, error: asked.error, faults: faultsOfError(asked.error, "") };
}

/** Settings that can be rendered although the form is half filled: what is secret or missing is stood in for, and goes nowhere. */
function renderable(draft: Draft, platform: Platform | undefined): Schemas["WebhookDraft"] {
  const settings = settingsOf(draft);
  const fields = Object.fromEntries((platform?.fields ?? []).map((field) => {
    const value = draft.fields[field.id] ?? "";
    return [field.id, value === REDACTED || (value === "" && (field.required || field.secret)) ? standIn(field.pattern) : value];
  }).filter(([, value]) => value !== ""));
  const headers = Object.fromEntries(Object.entries(settings.headers as Record<string, string>).filter(([, value]) => value !== REDACTED));
  const { platform: id, payload, batch, event_types, assets, name } = settings;
  return { platform: id, payload, batch, event_types, assets, name, filter: settings.filter, fields, headers, public_headers: (settings.public_headers as string[]).filter((header) => header in headers) } as Schemas["WebhookDraft"];
}

export function useRendered(draft: Draft, platform: Platform | undefined, event: Schemas["Sample"], isReady: boolean) {
  const { api, tenant } = useScope();
  const body = { webhook: renderable(draft, platform), event };
  const settled = useSettled(body, JSON.stringify(body));
  const asked = useQuery({
    queryKey: [tenant, "rendered", settled],
    queryFn: ({ signal }) => got(api.POST("/api/v1/render", { signal, body: settled })),
    enabled: isReady && filterRead(draft.filter).fault === null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
  const faults = Object.fromEntries(Object.entries(faultsOfError(asked.error, "/webhook")).filter(([place]) => /^\/(payload|batch)/.test(place)));
  const failed = asked.data?.error;
  // A template's fault stands at the template, too.
  if (!asked.error && failed?.kind === "render" && draft.body.type === "template") faults["/payload/template"] ??= sentence(failed.message);
  if (!asked.error && failed?.kind === "render" && draft.body.type === "javascript") faults["/payload/code"] ??= sentence(failed.message);
  return { preview: asked.data, error: asked.error, faults };
}

function faultsOfError(error: unknown, under: string): Faults {
  return error instanceof Refusal && error.status === 400 ? faultsOf(error.problem.errors, under) : {};
}

export function TrialPanel({ trial, error, event, onChoose }: { trial: Schemas["FilterTrial"] | undefined; error: unknown; event: string | null; onChoose: (event: string) => void }) {
  const trouble = error ? problemOf(error) : null;
  const tried = trial ? [...trial.matching.slice(0, 4), ...trial.not_matching.slice(0, 4)].sort((a, b) => b.accepted_at.localeCompare(a.accepted_at)) : [];
  return (
    <section className="panel" aria-label="Live preview">
      <header>
        <h2>Live preview</h2>
        <span className="text-ink-3 text-sm">with the last {trial && trial.looked_at > 0 && trial.complete && trial.looked_at < LAST ? format.count(trial.looked_at) : LAST} events</span>
      </header>
      {trouble && trouble.status !== 400 && <p className="px-3.5 pt-3 text-ink-2">It could not be tried. {sentence(trouble.detail ?? "No answer came from the server.")}</p>}
      {trouble?.status === 400 && <p className="px-3.5 pt-3 text-ink-2">It waits until the filter can be read.</p>}
      {trial && (
        <>
          <p className="px-3.5 pb-2 pt-3" role="status">
            {trial.looked_at > 0 && <b className="text-key">{format.count(trial.matched)} </b>}
            <span className="text-ink-2">{trialInWords(trial)}</span>
          </p>
          {trial.looked_at > 0 && (
            <div className="ticks" role="img" aria-label={`${trial.matched} of ${trial.looked_at} events match`}>
              {trial.verdicts.toReversed().map((matches, place) => <i key={place} className={matches ? "yes" : undefined} />)}
            </div>
          )}
          <ul className="tried">
            {tried.map((one) => (
              <li key={one.id}>
                <button type="button" aria-pressed={one.id === event} data-tip="Show what is sent of it" onClick={() => onChoose(one.id)}>
                  {one.mismatch ? <StateIcon icon="dash" state="idle" /> : <StateIcon icon="delivered" state="ok" />}
                  <code className="cut"><bdi>{one.type}</bdi></code>
                  <span className="text-ink-3"><Time at={one.accepted_at} /></span>
                  {one.mismatch && <p><Words of={whyNot(one.mismatch)} /></p>}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

export function MessagePanel({ preview, error, platform }: { preview: Schemas["Preview"] | undefined; error: unknown; platform: Platform | undefined }) {
  const [view, setView] = useState<"message" | "json" | "request">("message");
  const body = preview?.request?.body;
  const isForm = preview?.request?.content_type.includes("form-urlencoded") ?? false;
  const message = platform && body?.encoding === "utf8" ? shown(platform.id, body.content, isForm) : null;
  const name = platform && platform.id !== "custom" ? platform.name : null;
  const trouble = error ? problemOf(error) : null;
  const now = message ? view : view === "message" ? "json" : view;
  return (
    <section className="panel" aria-label={message ? `What ${name} shows` : "What is sent"}>
      <header>
        <h2>{message ? `What ${name} shows` : name ? `What is sent to ${name}` : "What is sent"}</h2>
        <span className="ml-auto">
          <Segments label="Preview as" value={now} onChange={setView} options={[...(message ? [{ value: "message" as const, label: "Message" }] : []), { value: "json" as const, label: "Body" }, { value: "request" as const, label: "Headers" }]} />
        </span>
      </header>
      {trouble ? (
        <p className="px-3.5 py-3 text-ink-2">{trouble.status === 400 ? "Nothing can be shown yet: " : "It could not be made: "}<bdi>{(trouble.detail ?? "no answer came from the server").replace(/^\/webhook/, "")}</bdi></p>
      ) : preview?.error ? (
        <div className={preview.error.kind === "skipped" ? "px-3.5 py-3 text-ink-2" : "px-3.5 py-3 bad"}>
          {preview.error.kind === "skipped" ? "The script says not to send this one." : <><b>Nothing can be made of this event.</b> <bdi className="break-words">{sentence(preview.error.message)}</bdi></>}
        </div>
      ) : preview && body ? (
        now === "message" && message ? <Message of={message} /> : (
          <div className="px-3.5 py-3 grid gap-2 max-h-[420px] overflow-auto" tabIndex={0} role="group" aria-label={now === "json" ? "Body" : "Headers"}>
            {now === "json" ? (
              <>
                {isForm || body.encoding !== "utf8" ? <TextView text={body.content} /> : <JsonView source={body.content} />}
                <p className="text-ink-3 text-sm">{preview.request?.content_type}, {format.bytes(new TextEncoder().encode(body.content).length)}</p>
              </>
            ) : (
              <>
                <p className="mono break-all">{preview.request?.method}</p>
                <dl className="headers">{preview.request?.headers.map((header, at) => <div key={at} className="contents"><dt><bdi>{header.name}</bdi></dt><dd className="open"><bdi>{header.value}</bdi></dd></div>)}</dl>
                <p className="text-ink-3 text-sm">Without what signs it, and without credentials.</p>
              </>
            )}
          </div>
        )
      ) : (
        <p className="px-3.5 py-3 text-ink-3">The message of one of these events appears here.</p>
      )}
      {preview && !trouble && !preview.matches && !preview.error && !isPortal && <p className="text-ink-3 px-3.5 pb-3 text-sm">This event would not be sent: {preview.mismatch && <Words of={whyNot(preview.mismatch)} />}.</p>}
    </section>
  );
}

function Message({ of }: { of: NonNullable<ReturnType<typeof shown>> }) {
  return (
    <div className="message" style={{ "--message": of.color ?? undefined } as CSSProperties}>
      <b><bdi dir="auto">{of.title}</bdi></b>
      {of.text && <p><bdi dir="auto">{of.text.slice(0, 2_000)}</bdi></p>}
      {of.fields.length > 0 && (
        <dl>
          {of.fields.slice(0, 24).map((field, at) => <div key={at}><dt><bdi>{field.name}</bdi></dt><dd><bdi dir="auto">{field.value}</bdi></dd></div>)}
        </dl>
      )}
      {of.link && <p className="mt-1.5 underline">{of.link}</p>}
      {of.foot && <p className="text-ink-3 mt-1.5 text-sm"><bdi>{of.foot}</bdi></p>}
    </div>
  );
}

/** Fields of an event, to choose from in conditions. */
export function pathsOf(event: Schemas["PreviewedEvent"] | undefined): string[] {
  const paths: string[] = [];
  const walk = (of: unknown, path: string, depth: number) => {
    if (paths.length >= 80) return;
    if (typeof of === "object" && of !== null && !Array.isArray(of) && depth < 4) {
      for (const [key, value] of Object.entries(of)) if (!key.includes(".")) walk(value, `${path}.${key}`, depth + 1);
    } else if (path !== "data") paths.push(path);
  };
  if (event) walk(event.data, "data", 0);
  return [...paths, "type", "ordering_key", "correlation_id", "source"];
}
