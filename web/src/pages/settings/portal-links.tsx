import { useState } from "react";
import { got, type Schemas } from "@/api/client";
import { Refusal } from "@/api/problem";
import { useScope } from "@/api/scope";
import { copy } from "@/ui/copy";
import { Curl } from "@/ui/curl";
import { Field, TextField } from "@/ui/field";
import { Trouble } from "@/ui/loading";
import { Segments } from "@/ui/segments";
import { Time } from "@/ui/time";
import { Tokens } from "@/ui/tokens";
import { faultOf } from "@/words/faults";
import { duration } from "@/words/format";

const BY_SPACE = /[\s,]+/;

/** A link for one customer, to try it; programs make theirs with the line below. */
export function PortalLinks() {
  const scope = useScope();
  const [access, setAccess] = useState<"read" | "manage">("read");
  const [origins, setOrigins] = useState<string[]>([]);
  const [session, setSession] = useState("1h");
  const [made, setMade] = useState<Schemas["PortalLink"] | null>(null);
  const [refusal, setRefusal] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const faults = refusal instanceof Refusal ? (refusal.problem.errors ?? []) : [];
  const body: Schemas["PortalLinkInput"] = { access, session: session.trim() || "1h", ...(origins.length > 0 ? { origins } : {}) };
  const make = async () => {
    setIsBusy(true);
    setRefusal(null);
    try {
      setMade(await got(scope.api.POST("/api/v1/portal-links", { body })));
    } catch (error) {
      setMade(null);
      setRefusal(error);
    }
    setIsBusy(false);
  };
  const url = made ? new URL(made.url, location.origin).href : "";
  return (
    <section className="grid max-w-[760px] gap-4" aria-label="Links">
      <h2>Open it for a customer</h2>
      <p className="text-ink-2">A link works once. Your program asks for one whenever somebody opens your page, and shows it there in a frame, or sends them to it.</p>
      {refusal && faults.length === 0 ? <Trouble error={refusal} what="The link" /> : null}
      <div className="form-row">
        <Field label="They may">{() => <div><Segments label="They may" value={access} onChange={setAccess} options={[{ value: "read", label: "Look" }, { value: "manage", label: "Look and change" }]} /></div>}</Field>
        <TextField label="They stay for" help="At most 30d." fault={faultOf(faults, "/session")} value={session} onChange={(event) => setSession(event.target.value)} />
      </div>
      <Field label="In frames of these origins" help="Like https://app.example.com; at most ten. With none it opens in a tab of its own only." fault={faultOf(faults, "/origins")}>
        {(given) => <Tokens {...given} label="Origins" values={origins} onChange={setOrigins} placeholder="https://app.example.com" parts={BY_SPACE} />}
      </Field>
      <div>
        <button type="button" className="btn main" disabled={isBusy} onClick={() => void make()}>
          {isBusy ? "Making" : "Make a link"}
        </button>
      </div>
      {made && (
        <div className="rounded-control bg-sunken grid gap-2 border p-3" role="status">
          <code className="break-all select-all">{url}</code>
          <div className="flex flex-wrap items-center gap-3">
            <button type="button" className="btn small" onClick={() => copy(url, "The link is copied.")}>
              Copy
            </button>
            <a className="btn small" href={url} target="_blank" rel="noreferrer noopener">
              Open it
            </a>
            <span className="text-ink-3 text-sm">
              Works once, until <Time at={made.expires_at} as="since" />; then they stay for {duration(made.session_seconds * 1000)}.
            </span>
          </div>
        </div>
      )}
      <Curl of={{ method: "POST", url: `${location.origin}/api/v1/portal-links`, headers: [{ name: "Authorization", value: "[redacted]" }, ...(scope.tenant ? [{ name: "Tenant", value: scope.tenant }] : []), { name: "Content-Type", value: "application/json" }], body: JSON.stringify(body) }} />
    </section>
  );
}
