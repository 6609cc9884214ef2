/** Where to: the gallery of platforms, the address, and what a platform asks to be filled in. */
import { Check } from "lucide-react";
import { useState, type CSSProperties } from "react";
import { Field, TextField } from "@/ui/field";
import { StateIcon } from "@/ui/icon";
import { PlatformTile } from "@/ui/platform";
import { Segments } from "@/ui/segments";
import { fitsPlatform } from "@/words/platform-url";
import { sentence } from "@/words/problem";
import { REDACTED, type Draft } from "@/words/webhook-form";
import { useForm, type Platform } from "./form";

const CATEGORIES = ["chat", "alerting", "push", "logs", "automation"] as const;

/** Platforms whose own address nobody has to know stand behind those that people run themselves. */
export function Where() {
  const { draft, set, fault, platform } = useForm();
  return (
    <section className="form-part" aria-label="Where to">
      <h2>Where to</h2>
      <Gallery />
      {fault("/platform") && <p className="bad text-state text-sm" role="alert">{fault("/platform")}</p>}
      {!(platform?.url.optional && draft.url === "") && <Address />}
      {platform?.fields.map((field) => <PlatformFieldInput key={field.id} of={field} />)}
      {platform?.url.optional && draft.url === "" && (
        <p className="text-ink-3 text-sm">
          {platform.name} has one address for everybody. <button type="button" className="link" onClick={() => set({ url: platform.url.example })}>Set another</button>
        </p>
      )}
      {platform && platform.setup.length > 0 && <Setup of={platform} />}
      <TextField label="Name" help="What people call it here." fault={fault("/name")} value={draft.name} maxLength={200} autoComplete="off" onChange={(event) => set({ name: event.target.value })} />
    </section>
  );
}

/** Those that most look for; the others behind one more step, or by their kind. */
const FIRST = ["slack", "discord", "telegram", "teams", "pagerduty", "opsgenie", "ntfy", "datadog", "zapier", "n8n"];

function Gallery() {
  const { draft, set, platforms } = useForm();
  const [category, setCategory] = useState<"all" | (typeof CATEGORIES)[number]>("all");
  const [isWhole, setIsWhole] = useState(false);
  const known = platforms.filter((platform) => platform.id !== "custom");
  const few = FIRST.flatMap((id) => known.find((platform) => platform.id === id) ?? []);
  const apart = known.find((platform) => platform.id === draft.platform && !FIRST.includes(platform.id));
  const firstOnes = apart ? [...few.slice(0, -1), apart] : few;
  const shown = category !== "all" ? known.filter((platform) => platform.category === category) : isWhole ? known : firstOnes;
  const more = known.length - firstOnes.length;
  return (
    <>
      <div>
        <Segments
          label="Kind of receiver"
          value={category}
          onChange={setCategory}
          options={[{ value: "all" as const, label: "All", count: known.length || undefined }, ...CATEGORIES.map((value) => ({ value, label: value.charAt(0).toUpperCase() + value.slice(1) }))]}
        />
      </div>
      <div className="gallery" role="group" aria-label="Platforms">
        {category === "all" && <Tile id="" name="Custom" color={null} isChosen={draft.platform === "" || draft.platform === "custom"} onChoose={() => set(chosen(draft, undefined))} />}
        {shown.map((platform) => (
          <Tile key={platform.id} id={platform.id} name={platform.name} color={platform.color} isChosen={draft.platform === platform.id} onChoose={() => set(chosen(draft, platform))} />
        ))}
        {category === "all" && !isWhole && more > 0 && (
          <button type="button" onClick={() => setIsWhole(true)}>
            <span className="platform" aria-hidden="true">…</span>
            <span>{more} more</span>
          </button>
        )}
      </div>
    </>
  );
}

function Tile({ id, name, color, isChosen, onChoose }: { id: string; name: string; color: string | null; isChosen: boolean; onChoose: () => void }) {
  return (
    <button type="button" aria-pressed={isChosen} data-tip={name.length > 14 ? name : undefined} style={{ "--platform": color ?? undefined } as CSSProperties} onClick={onChoose}>
      <PlatformTile of={id || null} />
      {isChosen && <Check className="icon" aria-hidden />}
      <span>{name}</span>
    </button>
  );
}

/** Platforms that show messages to people check no signatures; programs can. */
const CHECKS_NOTHING = new Set(["chat", "alerting", "push", "logs"]);

export function chosen(draft: Draft, platform: Platform | undefined): Partial<Draft> {
  const isOfOther = draft.url !== "" && fitsPlatform(draft.url, platform) === false;
  const defaults = Object.fromEntries((platform?.fields ?? []).map((field) => [field.id, draft.fields[field.id] ?? ""]));
  const secret = draft.secret.choice === "own" || draft.secret.choice === "kept" ? draft.secret : { ...draft.secret, choice: platform && CHECKS_NOTHING.has(platform.category) ? ("none" as const) : ("made" as const) };
  return { platform: platform?.id ?? "", url: isOfOther ? "" : draft.url, fields: defaults, secret, rate: platform?.rate_limit ? { ...draft.rate, choice: "platform" } : draft.rate };
}

function Address() {
  const { draft, set, fault, platform, isNew } = useForm();
  const fits = fitsPlatform(draft.url, platform);
  const said = fault("/url");
  const isMasked = draft.url.includes("…");
  const name = platform && platform.id !== "custom" ? `${platform.name}'s webhook URL` : "URL";
  const help = isMasked
    ? "What is secret in it is not shown. Leave it as it is, or paste a whole new one."
    : platform && platform.id !== "custom"
      ? fits === true ? "Looks right." : fits === false ? <>This is no address of {platform.name}: its look like <code className="break-all">{platform.url.example}</code></> : <>Like <code className="break-all">{platform.url.example}</code></>
      : "Where requests go. An address of Slack, Discord or Telegram picks the platform by itself.";
  return (
    <Field label={name} help={help} fault={said}>
      {(given) => (
        <div className="relative">
          <input {...given} className="input mono with-mark" type="url" inputMode="url" autoComplete="off" spellCheck={false} maxLength={2048} autoFocus={isNew && !matchMedia("(max-width: 760px)").matches} placeholder={platform?.id && platform.id !== "custom" ? platform.url.example : "https://example.com/webhooks"} value={draft.url} onChange={(event) => set({ url: event.target.value })} />
          {fits === true && platform && platform.id !== "custom" && !said && <span className="mark"><StateIcon icon="delivered" state="ok" /></span>}
        </div>
      )}
    </Field>
  );
}

function PlatformFieldInput({ of }: { of: Platform["fields"][number] }) {
  const { draft, set, fault } = useForm();
  const value = draft.fields[of.id] ?? "";
  const isKept = value === REDACTED;
  return (
    <TextField
      label={<>{of.title}{!of.required && <span className="text-ink-3 font-normal"> · optional</span>}</>}
      help={isKept ? "It is kept, and never shown again. Type to replace it." : sentence(of.description)}
      fault={fault(`/fields/${of.id}`)}
      className="mono"
      type={of.secret && !isKept ? "password" : "text"}
      autoComplete="off"
      spellCheck={false}
      placeholder={of.default ?? undefined}
      value={value}
      onFocus={(event) => isKept && event.target.select()}
      onChange={(event) => set({ fields: { ...draft.fields, [of.id]: event.target.value } })}
    />
  );
}

function Setup({ of }: { of: Platform }) {
  return (
    <details className="text-ink-2">
      <summary className="link cursor-pointer">Where do I find it?</summary>
      <ol className="ml-5 mt-2 grid list-decimal gap-1">
        {of.setup.map((step) => <li key={step}>{step}</li>)}
      </ol>
      <p className="mt-2">
        <a className="link break-all" href={of.documentation} target="_blank" rel="noreferrer noopener">{of.documentation}</a>
      </p>
    </details>
  );
}
