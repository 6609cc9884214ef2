import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Schemas } from "@/api/client";
import { Refusal } from "@/api/problem";
import { begin, estimate } from "@/api/replays";
import { useScope } from "@/api/scope";
import { now } from "@/lib/clock";
import { one } from "@/lib/search";
import { fromInput, toInput } from "@/lib/time-input";
import { useYou } from "@/lib/you";
import { useDeed } from "@/shell/deeds";
import { Dialog } from "@/ui/dialog";
import { Field, TextField } from "@/ui/field";
import { StateIcon } from "@/ui/icon";
import { useGo, useSearch } from "@/ui/link";
import { Trouble } from "@/ui/loading";
import { useRange } from "@/ui/range";
import { Segments } from "@/ui/segments";
import { Words } from "@/ui/words";
import { faultOf } from "@/words/faults";
import { sentence } from "@/words/problem";
import { deedWords, noteWords, takesWords, type Names } from "@/words/recover";
import { deliveryStatus } from "@/words/status";
import { Pace } from "./pace";

type Input = Schemas["ReplayInput"];
const MINUTE = 60_000;
const DAY = 86_400_000;
const STATUSES = ["delivered", "failed", "cancelled"] as const;

/** What is to be sent again. While it is filled in, the server counts what it comes to. */
export function NewReplay({ names, close, begun }: { names: Names; close: () => void; begun: () => void }) {
  const scope = useScope();
  const go = useGo();
  const deed = useDeed();
  const range = useRange();
  const [search] = useSearch();
  const isUtc = useYou().zone === "utc";
  const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());
  const [input, setInput] = useState<Input>({ statuses: ["failed"], webhook: one(search.webhook), from: iso(range.from ?? Math.floor(now() / MINUTE) * MINUTE - DAY), to: iso(range.to) });
  const [types, setTypes] = useState((one(search.event_type) ?? "").trim());
  const [isBusy, setIsBusy] = useState(false);
  const set = (change: Partial<Input>) => setInput((old) => ({ ...old, ...change }));
  const isRematch = input.rematch ?? false;
  const statuses = input.statuses ?? [];
  const patterns = types.split(/[\s,]+/).filter(Boolean);
  const plan: Input = { ...input, statuses: isRematch ? undefined : statuses, event_types: patterns.length > 0 ? patterns : undefined };
  const settled = useSettled(plan);
  const asked = useQuery({ ...estimate(scope, "replay", settled), enabled: isRematch || statuses.length > 0 });
  const isCounted = asked.data !== undefined && !asked.isPlaceholderData && !asked.error && JSON.stringify(settled) === JSON.stringify(plan);
  const words = deedWords(isRematch ? "rematch" : "replay", asked.data?.count ?? 0, asked.data?.more ?? false);
  const faults = asked.error instanceof Refusal ? (asked.error.problem.errors ?? []) : [];
  const ofAll = faults.find((fault) => !fault.pointer);
  const start = async () => {
    setIsBusy(true);
    const isDone = await deed(async () => {
      const job = (await begin(scope, "replay", plan)) as Schemas["Replay"];
      begun();
      go(`/replays/${job.id}`);
    });
    setIsBusy(false);
    if (!isDone) void asked.refetch();
  };
  return (
    <Dialog
      open
      onClose={close}
      title="New replay"
      deeds={
        <>
          <button type="button" className="btn" onClick={close}>
            Not now
          </button>
          <button type="submit" form="new-replay" className="btn main" disabled={isBusy || !isCounted || asked.data?.count === 0}>
            {isCounted ? words.deed : asked.error ? "Replay" : "Counting"} <kbd>⌘↵</kbd>
          </button>
        </>
      }
    >
      <form
        id="new-replay"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isCounted && !isBusy) void start();
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) event.currentTarget.requestSubmit();
        }}
      >
        <div className="grid justify-items-start gap-1.5">
          <Segments
            label="What is sent"
            value={isRematch ? "rematch" : "replay"}
            onChange={(next) => set({ rematch: next === "rematch" || undefined })}
            options={[
              { value: "replay", label: "What was sent" },
              { value: "rematch", label: "What should have been" },
            ]}
          />
          <p className="text-ink-3 text-sm">{isRematch ? "Each event goes to every webhook that wants it by today's types and filters, also where it never went before." : "Each goes again by a new delivery, in the order in which it was accepted. The one that it repeats stays as it is."}</p>
        </div>
        {!isRematch && (
          <fieldset>
            <legend className="mb-1 font-medium">Which of them</legend>
            <div className="flex flex-wrap gap-x-4">
              {STATUSES.map((status) => {
                const state = deliveryStatus({ status });
                const isOn = statuses.includes(status);
                return (
                  <label key={status} className="flex min-h-6 items-center gap-2">
                    <input type="checkbox" checked={isOn} onChange={() => set({ statuses: isOn ? statuses.filter((each) => each !== status) : [...statuses, status] })} />
                    <StateIcon icon={state.icon} state={state.state} />
                    {state.word}
                  </label>
                );
              })}
            </div>
            {statuses.length === 0 && <p className="text-ink-3 text-sm">Choose at least one.</p>}
          </fieldset>
        )}
        <Field label="To" fault={faultOf(faults, "/webhook")}>
          {(given) => (
            <select {...given} className="input" value={input.webhook ?? ""} onChange={(event) => set({ webhook: event.target.value || undefined })}>
              <option value="">Any webhook</option>
              {input.webhook && !names[input.webhook] && <option value={input.webhook}>{input.webhook}</option>}
              {Object.entries(names).map(([id, of]) => (
                <option key={id} value={id}>
                  {of?.name ?? id}
                </option>
              ))}
            </select>
          )}
        </Field>
        <TextField label="Event types" help="None: of any. A * at the end stands for whatever follows." fault={faultOf(faults, "/event_types")} className="mono" placeholder="price_alert, order.*" spellCheck={false} value={types} onChange={(event) => setTypes(event.target.value)} />
        <div className="grid gap-3 phone:grid-cols-2">
          <TextField label={`Accepted from${isUtc ? " (UTC)" : ""}`} fault={faultOf(faults, "/from")} type="datetime-local" value={toInput(input.from ?? undefined, isUtc)} onChange={(event) => set({ from: fromInput(event.target.value, isUtc) })} />
          <TextField label={`Accepted before${isUtc ? " (UTC)" : ""}`} fault={faultOf(faults, "/to")} type="datetime-local" value={toInput(input.to ?? undefined, isUtc)} onChange={(event) => set({ to: fromInput(event.target.value, isUtc) })} />
        </div>
        <Pace value={input.rate ?? undefined} onChange={(rate) => set({ rate })} fault={faultOf(faults, "/rate")} />
        <label className="flex items-start gap-2">
          <input type="checkbox" className="mt-0.5" checked={input.new_id ?? false} onChange={(event) => set({ new_id: event.target.checked || undefined })} />
          <span>Send each under an id of its own</span>
        </label>
        <div className="rounded-control border bg-sunken px-3 py-2" role="status" aria-busy={!isCounted}>
          {asked.error && faults.length === 0 ? <Trouble error={asked.error} what="The count" again={asked.refetch} /> : null}
          {asked.data && !asked.error ? (
            <div className={isCounted ? "grid gap-1" : "text-ink-3 grid gap-1"}>
              <p>
                <b>{words.title.replace("?", ".")}</b> {takesWords(asked.data)}
              </p>
              {asked.data.notes.map((note) => (
                <p key={note} className="text-ink-2 text-sm">
                  <Words of={noteWords(note)} />
                </p>
              ))}
            </div>
          ) : (
            <span className="text-ink-3">{asked.error ? (ofAll ? sentence(ofAll.message) : "Not counted.") : statuses.length === 0 && !isRematch ? "Nothing is chosen." : "Counting."}</span>
          )}
        </div>
      </form>
    </Dialog>
  );
}

/** The same, once nothing was changed for a moment: counting is work for the server. */
function useSettled(plan: Input): Input {
  const text = JSON.stringify(plan);
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), 400);
    return () => clearTimeout(timer);
  }, [text]);
  return JSON.parse(settled) as Input;
}
