/** Which events: types, assets, and a filter that is built or written. */
import { useQuery } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useId, useState } from "react";
import { got, type Schemas } from "@/api/client";
import { useScope } from "@/api/scope";
import { isPortal } from "@/lib/place";
import { Field } from "@/ui/field";
import { Segments } from "@/ui/segments";
import { Tokens, type Option } from "@/ui/tokens";
import { Words } from "@/ui/words";
import { filterInWords, typesInWords } from "@/words/filter";
import { EMPTY_CONDITION, fullPath, isBare, isMany, OPERATORS, type Condition, type FilterForm, type Operator, type Row } from "@/words/filter-form";
import { filterRead, turned } from "@/words/webhook-form";
import { useForm } from "./form";
import { Warnings } from "./made";

const BY_COMMA = /\s*,\s*|\n+/;

export function Events({ trial, warnings, paths }: { trial: Schemas["FilterTrial"] | undefined; warnings: Schemas["FieldError"][]; paths: string[] }) {
  const { draft, set, fault } = useForm();
  const types = useTypes();
  const [hasAssets, setHasAssets] = useState(draft.symbols.length + draft.sectors.length > 0);
  return (
    <section className="form-part" aria-label="Which events">
      <h2>
        Which events
        {trial && trial.looked_at > 0 && <small>{trial.matched.toLocaleString("en-US")} of the last {trial.looked_at.toLocaleString("en-US")}</small>}
      </h2>
      <Field label="Types" fault={fault("/event_types")} help={draft.eventTypes.length === 0 ? "Nothing chosen: every event." : "news.* and price_* stand for all that begin so."}>
        {(given) => <Tokens {...given} label="Types" values={draft.eventTypes} onChange={(eventTypes) => set({ eventTypes })} options={types} placeholder="Add a type, or news.*" />}
      </Field>
      {hasAssets ? (
        <div className="form-row">
          <Field label="Only about these symbols" fault={fault("/assets/symbols")} help="data.symbol or data.symbols has one of them.">
            {(given) => <Tokens {...given} label="Symbols" values={draft.symbols} onChange={(symbols) => set({ symbols })} placeholder="AAPL" parts={BY_COMMA} />}
          </Field>
          <Field label="Only of these sectors" fault={fault("/assets/sectors")} help="data.sector or data.sectors has one of them.">
            {(given) => <Tokens {...given} label="Sectors" values={draft.sectors} onChange={(sectors) => set({ sectors })} placeholder="technology" parts={BY_COMMA} />}
          </Field>
        </div>
      ) : (
        <div>
          <button type="button" className="btn quiet" onClick={() => setHasAssets(true)}><Plus className="icon" aria-hidden />Only about some assets</button>
        </div>
      )}
      <FilterEditor paths={paths} />
      <Warnings of={warnings} />
    </section>
  );
}

/** The types of the catalogue, and those of late that are not in it. */
function useTypes(): Option[] {
  const { api, tenant } = useScope();
  const { data } = useQuery({
    queryKey: [tenant, "types", "choice"],
    queryFn: async ({ signal }) => {
      const catalogue = await got(api.GET("/api/v1/event-types", { signal, params: { query: { limit: 250 } } })).catch(() => null);
      const events = isPortal ? null : await got(api.GET("/api/v1/events", { signal, params: { query: { limit: 100 } } })).catch(() => null);
      const known = (catalogue?.data ?? []).map((type) => ({ value: type.name, note: type.title ?? type.description }));
      const names = new Set(known.map((type) => type.value));
      const others = [...new Set((events?.data ?? []).map((event) => event.type))].filter((name) => !names.has(name)).map((value) => ({ value, note: "published lately" }));
      return [...known, ...others];
    },
    staleTime: 60_000,
  });
  return data ?? [];
}

function FilterEditor({ paths }: { paths: string[] }) {
  const { draft, set, fault } = useForm();
  const { filter } = draft;
  const read = filterRead(filter);
  const said = read.fault ?? fault("/filter");
  const turn = (view: "form" | "json") => {
    if (view !== filter.view) set({ filter: turned(filter) });
  };
  const words = filterInWords(read.value);
  return (
    <div className="grid gap-2.5" role="group" aria-label="Filter">
      <div className="flex flex-wrap items-center gap-2">
        {filter.view === "form" ? (
          filter.form.rows.length === 0 ? <b>Filter</b> : (
            <b className="flex flex-wrap items-center gap-2">
              Only if
              <Segments label="How many must hold" value={filter.form.match} onChange={(match) => set({ filter: { view: "form", form: { ...filter.form, match } } })} options={[{ value: "all", label: "all" }, { value: "any", label: "any" }]} />
              of these {filter.form.match === "all" ? "hold" : "holds"}
            </b>
          )
        ) : <b>Only if this holds</b>}
        <span className="ml-auto">
          <Segments label="Filter as" value={filter.view} onChange={turn} options={[{ value: "form", label: "Form" }, { value: "json", label: "JSON" }]} />
        </span>
      </div>
      {filter.view === "form" ? <Builder of={filter.form} onChange={(form) => set({ filter: { view: "form", form } })} paths={paths} toJson={() => turn("json")} said={said} /> : (
        <Field label={<span className="sr-only">Filter as JSON</span>} fault={said} help="Checked as you write. What a form cannot show stays as you write it.">
          {(given) => <textarea {...given} className="input code-input" spellCheck={false} maxLength={65_536} value={filter.text} onChange={(event) => set({ filter: { view: "json", text: event.target.value } })} placeholder={'{"data": {"price": {"$gte": 180}}}'} />}
        </Field>
      )}
      {filter.view === "form" && filter.form.rows.some((row) => row.kind !== "kept") && <p className="in-words text-ink-3 text-sm">Numbers, true and false are what they are; a text that looks like one stands in quotes: "2".</p>}
      {words.length > 0 && (
        <p className="in-words text-ink-2 break-words">
          In words: <Words of={typesInWords(draft.eventTypes)} />, <Words of={words} />.
        </p>
      )}
    </div>
  );
}

function Builder({ of, onChange, paths, toJson, said }: { of: FilterForm; onChange: (form: FilterForm) => void; paths: string[]; toJson: () => void; said: string | null }) {
  const listId = useId();
  const put = (at: number, row: Row | null) => onChange({ ...of, rows: row === null ? of.rows.filter((_, other) => other !== at) : of.rows.map((before, other) => (other === at ? row : before)) });
  const word = (at: number) => (at === 0 ? "if" : of.match === "all" ? "and" : "or");
  return (
    <>
      <datalist id={listId}>{paths.map((path) => <option key={path} value={path} />)}</datalist>
      {of.rows.map((row, at) =>
        row.kind === "condition" ? (
          <ConditionRow key={at} of={row} joins={word(at)} listId={listId} onChange={(next) => put(at, next)} isWrong={said !== null && of.rows.length === 1} />
        ) : row.kind === "kept" ? (
          <div className="condition" key={at}>
            <span className="joins">{word(at)}</span>
            <div className="kept">
              <Words of={filterInWords(row.filter).slice(1)} />
              <p className="text-ink-3 text-sm mt-1">
                The form cannot show this part, so it stays as it is. <button type="button" className="link" onClick={toJson}>Change it in JSON</button>
              </p>
            </div>
            <Remove what="this part" run={() => put(at, null)} />
          </div>
        ) : (
          <div key={at} className="grid gap-2">
            <div className="condition">
              <span className="joins">{word(at)}</span>
              <span className="self-center whole">{of.match === "all" ? "any of these holds:" : "all of these hold:"}</span>
              <Remove what="the group" run={() => put(at, null)} />
            </div>
            <div className="condition-group">
              {row.rows.map((inner, index) => (
                <ConditionRow key={index} of={inner} joins={index === 0 ? "if" : of.match === "all" ? "or" : "and"} listId={listId} isWrong={false}
                  onChange={(next) => put(at, next === null && row.rows.length === 1 ? null : { ...row, rows: next === null ? row.rows.filter((_, other) => other !== index) : row.rows.map((before, other) => (other === index ? next : before)) })} />
              ))}
              <div>
                <button type="button" className="btn quiet" onClick={() => put(at, { ...row, rows: [...row.rows, { ...EMPTY_CONDITION }] })}><Plus className="icon" aria-hidden />Condition</button>
              </div>
            </div>
          </div>
        ),
      )}
      {said && <p className="bad text-state text-sm" role="alert" data-fault tabIndex={-1}>{said}</p>}
      <div className="condition-deeds">
        <button type="button" className="btn quiet" onClick={() => onChange({ ...of, rows: [...of.rows, { ...EMPTY_CONDITION }] })}><Plus className="icon" aria-hidden />Condition</button>
        <button type="button" className="btn quiet" onClick={() => onChange({ ...of, rows: [...of.rows, { kind: "group", under: [], rows: [{ ...EMPTY_CONDITION }, { ...EMPTY_CONDITION }] }] })}><Plus className="icon" aria-hidden />Group</button>
      </div>
    </>
  );
}

function ConditionRow({ of, joins, listId, onChange, isWrong }: { of: Condition; joins: string; listId: string; onChange: (row: Condition | null) => void; isWrong: boolean }) {
  const change = (operator: Operator) => {
    const values = isBare(operator) ? [""] : isMany(operator) ? of.values.filter((value) => value !== "") : [of.values[0] ?? ""];
    onChange({ ...of, operator, values });
  };
  return (
    <div className="condition">
      <span className="joins">{joins}</span>
      <input className="input mono" list={listId} aria-label="Field" aria-invalid={isWrong || undefined} placeholder="data.price" autoComplete="off" spellCheck={false} value={of.path} onChange={(event) => onChange({ ...of, path: event.target.value })} onBlur={() => fullPath(of.path) !== of.path && onChange({ ...of, path: fullPath(of.path) })} />
      <select className="input" aria-label="Comparison" value={of.operator} onChange={(event) => change(event.target.value as Operator)}>
        {OPERATORS.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
      </select>
      <div className="value">
        {isBare(of.operator) ? null : isMany(of.operator) ? (
          <Tokens label="Values" values={of.values} onChange={(values) => onChange({ ...of, values })} placeholder="XTKS" parts={BY_COMMA} />
        ) : (
          <input className="input mono" aria-label="Value" autoComplete="off" spellCheck={false} value={of.values[0] ?? ""} onChange={(event) => onChange({ ...of, values: [event.target.value] })} />
        )}
      </div>
      <Remove what="the condition" run={() => onChange(null)} />
    </div>
  );
}

function Remove({ what, run }: { what: string; run: () => void }) {
  return (
    <button type="button" className="btn quiet icon-only" aria-label={`Remove ${what}`} onClick={run}>
      <X className="icon" aria-hidden />
    </button>
  );
}
