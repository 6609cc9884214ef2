/** The body: the platform's message, a usual form, a template or a script; and many events in one request. */
import { Field, TextField } from "@/ui/field";
import { Segments } from "@/ui/segments";
import { bodyWords } from "@/words/settings";
import { settingsOf, USUAL_BATCH, type BodyType, type Draft } from "@/words/webhook-form";
import { Check, Fold } from "./fold";
import { useForm } from "./form";

const TYPES: { value: BodyType; label: string; help: string }[] = [
  { value: "standard", label: "Standard", help: "id, type, timestamp and data, as Standard Webhooks recommends." },
  { value: "plain", label: "Plain", help: "The same members, and more of the event beside them." },
  { value: "data", label: "The data alone", help: "The event's data and nothing else." },
  { value: "cloudevents", label: "CloudEvents", help: "CloudEvents 1.0 over HTTP." },
  { value: "form", label: "A form", help: "id, type, timestamp and data[…], as browsers send forms." },
  { value: "template", label: "A template", help: "Jinja2's syntax over the event: {{ data.symbol }}, {% if … %}, | filters. What is undefined is an error." },
  { value: "javascript", label: "A script", help: "A function transform(event) that returns the body, or null for nothing to be sent." },
];

const TEMPLATE = '{\n  "text": "{{ data.symbol }} is at {{ data.price }}"\n}';
const SCRIPT = "function transform(event) {\n  return { text: `${event.type}: ${event.data.symbol}` };\n}";

export function BodyFold() {
  const { draft, set, fault, platform } = useForm();
  const { body } = draft;
  const put = (change: Partial<Draft["body"]>) => set({ body: { ...body, ...change } });
  const own = platform && platform.id !== "custom" && platform.template ? platform : undefined;
  const types = own ? [{ value: "platform" as const, label: `${own.name}'s message`, help: `${own.description}.` }, ...TYPES] : TYPES;
  const value = body.type === "platform" && !own ? "standard" : body.type;
  const settings = settingsOf(draft) as { payload: { type?: string } | null; batch: { max_events?: number } | null };
  const choose = (type: BodyType) => {
    const isAsUsual = type === "standard" && !own;
    put({ type: isAsUsual ? "platform" : type, template: type === "template" && body.template === "" ? (own?.template ?? TEMPLATE) : body.template, code: type === "javascript" && body.code === "" ? SCRIPT : body.code });
  };
  const says = own && body.type === "platform" ? `${own.name}'s message: ${own.description.charAt(0).toLowerCase()}${own.description.slice(1)}${draft.batch ? `, up to ${draft.batch.maxEvents || "100"} together` : ""}` : bodyWords({ payload: settings.payload ?? undefined, batch: settings.batch });
  return (
    <Fold title="Body" says={says} places={["/payload", "/batch"]}>
      <div className="grid gap-2">
        <Segments label="Body" value={value} options={types} onChange={choose} />
        <p className="text-ink-3 text-sm">{types.find((type) => type.value === value)?.help}</p>
      </div>
      {body.type === "template" && (
        <>
          <Field label="Template" fault={fault("/payload/template")} help="At most 64 KiB. Within JSON, values are written as it needs.">
            {(given) => <textarea {...given} className="input code-input" spellCheck={false} value={body.template} onChange={(event) => put({ template: event.target.value })} />}
          </Field>
          <div className="flex flex-wrap gap-3">
            <Segments label="It makes" value={body.format} options={[{ value: "json", label: "JSON" }, { value: "form", label: "A form" }, { value: "text", label: "Text" }]} onChange={(format) => put({ format })} />
            <Segments label="Names of the data's members" value={body.names} options={[{ value: "qualified", label: "data.price" }, { value: "bare", label: "price" }]} onChange={(names) => put({ names })} />
            {own?.template && body.template !== own.template && <button type="button" className="btn quiet" onClick={() => put({ template: own.template ?? "" })}>Begin with {own.name}'s</button>}
          </div>
          {body.format === "text" && <TextField label="Content-Type" fault={fault("/payload/content_type")} placeholder="text/plain; charset=utf-8" className="mono" value={body.contentType} onChange={(event) => put({ contentType: event.target.value })} />}
        </>
      )}
      {body.type === "javascript" && (
        <Field label="Script" fault={fault("/payload/code")} help="JavaScript, at most 64 KiB, in a sandbox: nothing to ask and nothing to keep.">
          {(given) => <textarea {...given} className="input code-input" spellCheck={false} value={body.code} onChange={(event) => put({ code: event.target.value })} />}
        </Field>
      )}
      {body.type === "cloudevents" && (
        <>
          <div><Segments label="Mode" value={body.mode} options={[{ value: "structured", label: "One JSON document" }, { value: "binary", label: "Attributes as headers" }]} onChange={(mode) => put({ mode })} /></div>
          <TextField label="Source" help="The attribute source. Empty: /lanehook" className="mono" fault={fault("/payload/source")} value={body.source} onChange={(event) => put({ source: event.target.value })} />
          <Check label="Ask the receiver for permission first" help="With OPTIONS before it is saved, and keep to the rate that it allows." checked={body.handshake} onChange={(event) => put({ handshake: event.target.checked })} />
        </>
      )}
      {fault("/payload") && !["template", "code", "content_type", "source"].some((member) => fault(`/payload/${member}`)) && <p className="bad text-state text-sm" role="alert" data-fault tabIndex={-1}>{fault("/payload")}</p>}
      <Batch />
    </Fold>
  );
}

function Batch() {
  const { draft, set, fault } = useForm();
  const { batch } = draft;
  const put = (change: Partial<NonNullable<Draft["batch"]>>) => set({ batch: { ...(batch ?? USUAL_BATCH), ...change } });
  return (
    <>
      <Check label="Many events in one request" help="They wait for each other a moment, and go together." checked={batch !== null} onChange={(event) => set({ batch: event.target.checked ? USUAL_BATCH : null })} />
      {batch && (
        <>
          <div className="form-row">
            <TextField label="At most so many" inputMode="numeric" fault={fault("/batch/max_events")} value={batch.maxEvents} onChange={(event) => put({ maxEvents: event.target.value })} />
            <TextField label="Waits for others" help="0s to 1h." fault={fault("/batch/max_wait")} value={batch.maxWait} onChange={(event) => put({ maxWait: event.target.value })} />
            <TextField label="At most so many bytes" inputMode="numeric" placeholder="1048576" fault={fault("/batch/max_bytes")} value={batch.maxBytes} onChange={(event) => put({ maxBytes: event.target.value })} />
            <TextField label="Of alike ones only the newest" help="By ordering_key, type or data.symbol." className="mono" placeholder="none" fault={fault("/batch/collapse")} value={batch.collapse} onChange={(event) => put({ collapse: event.target.value })} />
          </div>
          <div><Segments label="Body of a batch" value={batch.by} options={[{ value: "payload", label: "A list of bodies" }, { value: "template", label: "One template for all" }, { value: "script", label: "One script for all" }]} onChange={(by) => put({ by })} /></div>
          {batch.by !== "payload" && (
            <Field label={batch.by === "template" ? "Template over events, count, id and timestamp" : "function transform(batch)"} fault={fault(`/batch/${batch.by}`)}>
              {(given) => <textarea {...given} className="input code-input" spellCheck={false} value={batch[batch.by as "template" | "script"]} onChange={(event) => put({ [batch.by]: event.target.value })} />}
            </Field>
          )}
          {fault("/batch") && !["/max_events", "/max_wait", "/max_bytes", "/collapse", "/template", "/script"].some((member) => fault(`/batch${member}`)) && <p className="bad text-state text-sm" role="alert" data-fault tabIndex={-1}>{fault("/batch")}</p>}
        </>
      )}
    </>
  );
}
