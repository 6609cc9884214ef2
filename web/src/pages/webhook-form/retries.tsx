/** If it does not get through: how often and when it is tried again, as a rail. */
import { Field, TextField } from "@/ui/field";
import { MiniRail } from "@/ui/rail";
import { Segments } from "@/ui/segments";
import { shortDuration, span } from "@/words/format";
import { CHOICES, choose, grow, planAsName, planInWords, planned, type RetryForm } from "@/words/retry-plan";
import { useForm } from "./form";

export function Retries() {
  const { draft, set, fault } = useForm();
  const { retry } = draft;
  const waits = planned(retry);
  const put = (change: Partial<RetryForm>) => set({ retry: { ...retry, ...change } });
  return (
    <section className="form-part" aria-label="If it does not get through">
      <h2>If it does not get through</h2>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Segments label="Tries" value={retry.choice} options={CHOICES} onChange={(choice) => set({ retry: choose(retry, choice) })} />
        <span className="text-ink-2">{planInWords(retry)}</span>
      </div>
      {retry.choice === "own" && (
        <div className="grid gap-3">
          <div>
            <Segments label="How waits are set" value={retry.growth ? "growing" : "each"} options={[{ value: "each", label: "One by one" }, { value: "growing", label: "Growing" }]} onChange={(how) => set({ retry: grow(retry, how === "growing") })} />
          </div>
          {retry.growth ? (
            <div className="form-row">
              <TextField label="First wait" fault={fault("/retry/initial")} value={retry.growth.initial} onChange={(event) => put({ growth: { ...retry.growth!, initial: event.target.value } })} />
              <TextField label="Each so many times longer" inputMode="decimal" fault={fault("/retry/factor")} value={retry.growth.factor} onChange={(event) => put({ growth: { ...retry.growth!, factor: event.target.value } })} />
              <TextField label="Longest wait" fault={fault("/retry/max")} value={retry.growth.max} onChange={(event) => put({ growth: { ...retry.growth!, max: event.target.value } })} />
              <TextField label="Tries in all" inputMode="numeric" fault={fault("/retry/attempts")} value={retry.growth.attempts} onChange={(event) => put({ growth: { ...retry.growth!, attempts: event.target.value } })} />
            </div>
          ) : (
            <Field label="Waits, one after the other" help="Like 30s, 5m, 2h or 1d; at most 49, each up to 7d." fault={fault("/retry/schedule")}>
              {(given) => <Waits {...given} values={retry.waits} onChange={(next) => put({ waits: next })} />}
            </Field>
          )}
        </div>
      )}
      {waits && waits.length > 0 && (
        <div className="overflow-x-auto px-1 pb-6 pt-2">
          <MiniRail waits={waits.map((wait) => shortDuration(span(wait)))} name={planAsName(waits)} />
        </div>
      )}
      {fault("/retry") && !fault("/retry/schedule") && !retry.growth && <p className="bad text-state text-sm" role="alert" data-fault tabIndex={-1}>{fault("/retry")}</p>}
      {(retry.choice === "own" || retry.jitter !== "20" || retry.attempts !== "") && retry.choice !== "none" && (
        <div className="form-row">
          <TextField label="Jitter, in per cent" inputMode="numeric" help="By how much a wait is longer or shorter, at random." fault={fault("/retry/jitter")} value={retry.jitter} onChange={(event) => put({ jitter: event.target.value })} />
          {!(retry.choice === "own" && retry.growth) && <TextField label="Tries in all, at most" inputMode="numeric" help="Empty: as many as there are waits." fault={fault("/retry/attempts")} value={retry.attempts} onChange={(event) => put({ attempts: event.target.value })} />}
        </div>
      )}
    </section>
  );
}

/** As text, since waits may be alike. What is typed stays as it is typed. */
function Waits({ values, onChange, ...given }: { id: string; values: string[]; onChange: (values: string[]) => void; "aria-describedby"?: string; "aria-invalid"?: boolean }) {
  return <input {...given} className="input mono" autoComplete="off" spellCheck={false} defaultValue={values.join(", ")} key={given.id} onChange={(event) => onChange(event.target.value.split(/[\s,]+/).filter(Boolean))} placeholder="5s, 30s, 2m" />;
}
