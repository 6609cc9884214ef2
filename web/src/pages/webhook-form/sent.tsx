/** How it is sent: signing, rate and order, headers and auth, limits, notes. Each is folded, and says what holds. */
import { Plus, X } from "lucide-react";
import { isPortal } from "@/lib/place";
import { Field, TextField } from "@/ui/field";
import { Link } from "@/ui/link";
import { Segments } from "@/ui/segments";
import { duration, rateLimit, span } from "@/words/format";
import { isSpan } from "@/words/retry-plan";
import { authWords, signingWords } from "@/words/settings";
import { counted } from "@/words/text";
import { REDACTED, type Dialect, type Draft } from "@/words/webhook-form";
import { Check, Fold } from "./fold";
import { useForm } from "./form";

const DIALECTS: { type: Dialect["type"]; label: string; help: string }[] = [
  { type: "standard", label: "Standard Webhooks", help: "webhook-id, webhook-timestamp and webhook-signature. Choose this where you can." },
  { type: "hub", label: "As GitHub does", help: "X-Hub-Signature-256: sha256=…, over the body alone." },
  { type: "plain", label: "Plain", help: "X-Webhook-Signature: sha256=…, over the body alone." },
  { type: "timestamped", label: "With the time, as Stripe does", help: "A header of your choice: t=…,v1=…" },
];

export function SigningFold({ id }: { id: string | null }) {
  const { draft, set, fault, platform, isNew } = useForm();
  const { secret, signing } = draft;
  const checksNothing = platform && ["chat", "alerting", "push", "logs"].includes(platform.category) ? platform.name : null;
  const isSigned = secret.choice !== "none";
  const says = isSigned
    ? `${signingWords({ has_secret: true, public_key: secret.type === "ed25519" && secret.choice === "made" ? "yes" : null, signing })}${secret.choice === "made" ? ", with a secret that is made for it" : ""}`
    : checksNothing ? `none: ${checksNothing} does not check signatures` : "none";
  const choices = [...(isNew ? [{ value: "made" as const, label: "Make a secret" }] : draft.secret.choice === "kept" || id ? [{ value: "kept" as const, label: "As it is" }] : []), { value: "own" as const, label: "My own secret" }, { value: "none" as const, label: "Not signed" }];
  const toggle = (type: Dialect["type"], on: boolean) => {
    const others = signing.dialects.filter((dialect) => dialect.type !== type);
    const one: Dialect = type === "timestamped" ? { type, header: "X-Signature", separator: "." } : { type };
    set({ signing: { ...signing, dialects: on ? [...others, one] : others } });
  };
  const timestamped = signing.dialects.find((dialect) => dialect.type === "timestamped");
  const change = (changed: Partial<Extract<Dialect, { type: "timestamped" }>>) => set({ signing: { ...signing, dialects: signing.dialects.map((dialect) => (dialect.type === "timestamped" ? { ...dialect, ...changed } : dialect)) } });
  const place = `/signing/dialects/${signing.dialects.findIndex((dialect) => dialect.type === "timestamped")}`;
  return (
    <Fold title="Signing" says={says} places={["/secret", "/secret_type", "/signing"]}>
      <div><Segments label="Secret" value={secret.choice} options={choices} onChange={(choice) => set({ secret: { ...secret, choice } })} /></div>
      {secret.choice === "made" && <div className="grid gap-1.5"><div><Segments label="Kind of secret" value={secret.type} options={[{ value: "hmac", label: "One that both know (HMAC)" }, { value: "ed25519", label: "A key pair (Ed25519)" }]} onChange={(type) => set({ secret: { ...secret, type } })} /></div><p className="text-ink-3 text-sm">It is shown once, right after this.</p></div>}
      {secret.choice === "own" && <TextField label="Secret" help={`whsec_… and base64 for Standard Webhooks; whsk_… is an Ed25519 signing key.${isNew ? "" : " It signs at once, and the old one no more."}`} fault={fault("/secret")} className="mono" type="password" autoComplete="off" value={secret.own} onChange={(event) => set({ secret: { ...secret, own: event.target.value } })} />}
      {secret.choice === "kept" && id && <p className="text-ink-2">To change it without losing anything, rotate it <Link className="link" to={`/webhooks/${encodeURIComponent(id)}`}>on the webhook's page</Link>: both secrets then sign for a while.</p>}
      {isSigned && (
        <>
          <fieldset className="grid gap-2">
            <legend className="mb-2 font-medium">Signatures</legend>
            {DIALECTS.map(({ type, label, help }) => <Check key={type} label={label} help={help} checked={signing.dialects.some((dialect) => dialect.type === type)} onChange={(event) => toggle(type, event.target.checked)} />)}
          </fieldset>
          {timestamped?.type === "timestamped" && (
            <div className="form-row">
              <TextField label="Header" className="mono" fault={fault(`${place}/header`)} value={timestamped.header} onChange={(event) => change({ header: event.target.value })} />
              <Field label="Between time and body">{() => <div><Segments label="Between time and body" value={timestamped.separator} options={[{ value: ".", label: "a full stop" }, { value: "", label: "nothing" }]} onChange={(separator) => change({ separator })} /></div>}</Field>
            </div>
          )}
          {signing.dialects.some((dialect) => dialect.type !== "standard") && <div><Segments label="Hash" value={signing.algorithm} options={[{ value: "sha256", label: "SHA-256" }, { value: "sha512", label: "SHA-512" }]} onChange={(algorithm) => set({ signing: { ...signing, algorithm } })} /></div>}
        </>
      )}
      {fault("/signing") && !fault(`${place}/header`) && <p className="bad text-state text-sm" role="alert" data-fault tabIndex={-1}>{fault("/signing")}</p>}
    </Fold>
  );
}

export function RateFold() {
  const { draft, set, fault, platform, isNew } = useForm();
  const { rate } = draft;
  const own = platform?.rate_limit;
  const value = rate.choice === "platform" && !own ? "none" : rate.choice;
  const order = { none: "no order", key: "in order by key", strict: "in strict order" }[draft.ordering];
  const says = `${value === "platform" && own ? `${rateLimit(own)}, as ${platform.name} asks` : value === "own" ? rateLimit({ limit: Number(rate.limit) || 0, per: rate.per }) : "as fast as it can take it"}; ${order}`;
  return (
    <Fold title="Rate and order" says={says} places={["/rate_limit", "/max_concurrency", "/ordering"]}>
      <div><Segments label="Rate" value={value} options={[...(own && isNew ? [{ value: "platform" as const, label: `As ${platform.name} asks` }] : []), { value: "own" as const, label: "At most" }, { value: "none" as const, label: "No limit" }]} onChange={(choice) => set({ rate: { ...rate, choice } })} /></div>
      {value === "own" && (
        <div className="form-row">
          <TextField label="At most so many" inputMode="numeric" fault={fault("/rate_limit")} value={rate.limit} onChange={(event) => set({ rate: { ...rate, choice: "own", limit: event.target.value } })} />
          <Field label="In each">{() => <div><Segments label="In each" value={rate.per} options={(["second", "minute", "hour", "day"] as const).map((per) => ({ value: per, label: per }))} onChange={(per) => set({ rate: { ...rate, choice: "own", per } })} /></div>}</Field>
        </div>
      )}
      <div className="grid gap-1.5">
        <div><Segments label="Order" value={draft.ordering} options={[{ value: "none", label: "No order" }, { value: "key", label: "By key" }, { value: "strict", label: "Strict" }]} onChange={(ordering) => set({ ordering })} /></div>
        <p className="text-ink-3 text-sm">{{ none: "Each goes when it can; one that is tried again is overtaken.", key: "What has the same ordering key goes one after the other; other keys go on.", strict: "All go one after the other: one that fails holds all behind it, until it is delivered or given up." }[draft.ordering]}</p>
        {fault("/ordering") && <p className="bad text-state text-sm" role="alert" data-fault tabIndex={-1}>{fault("/ordering")}</p>}
      </div>
      {!isPortal && <TextField label="Requests at one time, at most" inputMode="numeric" help="1 to 1,000." fault={fault("/max_concurrency")} value={draft.concurrency} onChange={(event) => set({ concurrency: event.target.value })} />}
    </Fold>
  );
}

export function HeadersFold() {
  const { draft, set, fault } = useForm();
  const { auth, headers } = draft;
  const put = (change: Partial<Draft["auth"]>) => set({ auth: { ...auth, ...change } });
  // In the portal headers are the operator's, and are left as they are.
  const named = isPortal ? 0 : headers.filter((header) => header.name.trim() !== "").length;
  const says = [named > 0 ? counted(named, "header") : "", auth.type === "none" ? "" : authWords(auth)].filter(Boolean).join(", ") || "none";
  const secret = (value: string) => ({ type: value === REDACTED ? "text" : "password", help: value === REDACTED ? "It is kept, and never shown again. Type to replace it." : undefined, autoComplete: "off", className: "mono" });
  const change = (at: number, changed: Partial<Draft["headers"][number]>) => set({ headers: headers.map((header, other) => (other === at ? { ...header, ...changed } : header)) });
  return (
    <Fold title={isPortal ? "Auth" : "Headers, auth"} says={says} places={["/headers", "/public_headers", "/auth"]}>
      {!isPortal && (
        <div className="grid gap-2">
          {headers.map((header, at) => (
            <div key={at} className="grid gap-1">
              <div className="header-row">
                <input className="input mono" aria-label="Header" placeholder="X-Team" autoComplete="off" value={header.name} aria-invalid={fault(`/headers/${header.name}`) ? true : undefined} onChange={(event) => change(at, { name: event.target.value })} />
                <input className="input mono" aria-label="Its value" autoComplete="off" value={header.value} onFocus={(event) => header.value === REDACTED && event.target.select()} onChange={(event) => change(at, { value: event.target.value })} />
                <Check label="shown" title="Its value is no secret" checked={header.isPublic} onChange={(event) => change(at, { isPublic: event.target.checked })} />
                <button type="button" className="btn quiet icon-only" aria-label={`Remove the header ${header.name}`} onClick={() => set({ headers: headers.filter((_, other) => other !== at) })}><X className="icon" aria-hidden /></button>
              </div>
              {header.name && fault(`/headers/${header.name}`) && <p className="bad text-state text-sm" role="alert">{fault(`/headers/${header.name}`)}</p>}
            </div>
          ))}
          {fault("/headers") && !headers.some((header) => fault(`/headers/${header.name}`)) && <p className="bad text-state text-sm" role="alert" data-fault tabIndex={-1}>{fault("/headers")}</p>}
          {fault("/public_headers") && <p className="bad text-state text-sm" role="alert" data-fault tabIndex={-1}>{fault("/public_headers")}</p>}
          <div><button type="button" className="btn quiet" onClick={() => set({ headers: [...headers, { name: "", value: "", isPublic: false }] })}><Plus className="icon" aria-hidden />Header</button></div>
        </div>
      )}
      <div><Segments label="Authentication" value={auth.type} options={[{ value: "none", label: "No auth" }, { value: "bearer", label: "Bearer" }, { value: "basic", label: "Basic" }, { value: "header", label: "A header" }]} onChange={(type) => put({ type })} /></div>
      {auth.type === "bearer" && <TextField label="Token" {...secret(auth.token)} fault={fault("/auth/token")} value={auth.token} onChange={(event) => put({ token: event.target.value })} />}
      {auth.type === "basic" && (
        <div className="form-row">
          <TextField label="User name" autoComplete="off" fault={fault("/auth/username")} value={auth.username} onChange={(event) => put({ username: event.target.value })} />
          <TextField label="Password" {...secret(auth.password)} fault={fault("/auth/password")} value={auth.password} onChange={(event) => put({ password: event.target.value })} />
        </div>
      )}
      {auth.type === "header" && (
        <div className="form-row">
          <TextField label="Header" className="mono" fault={fault("/auth/name")} placeholder="X-Api-Key" value={auth.name} onChange={(event) => put({ name: event.target.value })} />
          <TextField label="Value" {...secret(auth.value)} fault={fault("/auth/value")} value={auth.value} onChange={(event) => put({ value: event.target.value })} />
        </div>
      )}
    </Fold>
  );
}

export function LimitsFold() {
  const { draft, set, fault } = useForm();
  const says = [`${isSpan(draft.timeout) ? duration(span(draft.timeout)) : draft.timeout} for an answer`, draft.disableAfter.trim() ? `disabled after ${draft.disableAfter} failed attempts in a row` : "", draft.selfHeal ? "heals itself" : "", draft.verifyTls ? "" : "certificates are not checked"].filter(Boolean).join("; ");
  return (
    <Fold title="Limits" says={says} places={["/timeout", "/disable_after", "/self_heal", "/verify_tls"]}>
      <div className="form-row">
        <TextField label="Time for an answer" help="To its last byte: 100ms to 60s." fault={fault("/timeout")} value={draft.timeout} onChange={(event) => set({ timeout: event.target.value })} />
        <TextField label="Disable after failed attempts in a row" inputMode="numeric" help="Empty: only after 5 days of nothing else." fault={fault("/disable_after")} value={draft.disableAfter} onChange={(event) => set({ disableAfter: event.target.value })} />
      </div>
      <Check label="Heal itself" help="Disabled for failing, it is tried once an hour with a test, and active again once that arrives." checked={draft.selfHeal} onChange={(event) => set({ selfHeal: event.target.checked })} />
      <Check label="Check the receiver's certificate" help="Turning it off is possible only where the operator allows it." checked={draft.verifyTls} aria-invalid={fault("/verify_tls") ? true : undefined} onChange={(event) => set({ verifyTls: event.target.checked })} />
      {fault("/verify_tls") && <p className="bad text-state text-sm" role="alert">{fault("/verify_tls")}</p>}
    </Fold>
  );
}

export function NotesFold() {
  const { draft, set, fault } = useForm();
  if (isPortal) return <Fold title="Description" says={draft.description.trim() ? "there is one" : "none"} places={["/description"]}><TextField label="Description" fault={fault("/description")} maxLength={2000} value={draft.description} onChange={(event) => set({ description: event.target.value })} /></Fold>;
  const says = [draft.description.trim() && "a description", draft.note.trim() && "a note", draft.metadata.length > 0 && counted(draft.metadata.length, "entry", "entries")].filter(Boolean).join(", ") || "none";
  return (
    <Fold title="Notes" says={says} places={["/description", "/note", "/metadata"]}>
      <TextField label="Description" fault={fault("/description")} maxLength={2000} value={draft.description} onChange={(event) => set({ description: event.target.value })} />
      <Field label="Note" help="For whoever looks after it, like whom to call when it fails." fault={fault("/note")}>
        {(given) => <textarea {...given} className="input" rows={3} maxLength={2000} value={draft.note} onChange={(event) => set({ note: event.target.value })} />}
      </Field>
      <div className="grid gap-2">
        <span className="font-medium">Names and values of your own</span>
        {draft.metadata.map((entry, at) => {
          const change = (changed: Partial<typeof entry>) => set({ metadata: draft.metadata.map((other, index) => (index === at ? { ...other, ...changed } : other)) });
          return (
            <div key={at} className="header-row">
              <input className="input" aria-label="Name" maxLength={64} value={entry.name} onChange={(event) => change({ name: event.target.value })} />
              <input className="input" aria-label="Value" maxLength={512} value={entry.value} onChange={(event) => change({ value: event.target.value })} />
              <span />
              <button type="button" className="btn quiet icon-only" aria-label={`Remove ${entry.name}`} onClick={() => set({ metadata: draft.metadata.filter((_, other) => other !== at) })}><X className="icon" aria-hidden /></button>
            </div>
          );
        })}
        {fault("/metadata") && <p className="bad text-state text-sm" role="alert" data-fault tabIndex={-1}>{fault("/metadata")}</p>}
        <div><button type="button" className="btn quiet" onClick={() => set({ metadata: [...draft.metadata, { name: "", value: "" }] })}><Plus className="icon" aria-hidden />Entry</button></div>
      </div>
    </Fold>
  );
}
