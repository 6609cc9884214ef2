import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { apiOf, got, type Schemas } from "@/api/client";
import { Refusal } from "@/api/problem";
import { tenants } from "@/api/queries";
import { useScope } from "@/api/scope";
import { may } from "@/api/session";
import { now } from "@/lib/clock";
import { Dialog } from "@/ui/dialog";
import { Field, TextField } from "@/ui/field";
import { Trouble } from "@/ui/loading";
import { SCOPES } from "@/words/access";
import { faultOf } from "@/words/faults";
import { capital } from "@/words/text";

type Scope = Schemas["Scope"];
type Faults = { pointer?: string | null; message: string }[];

const DAY = 86_400_000;
const LASTS: Record<string, [string, number | null]> = { never: ["Never", null], "30": ["In 30 days", 30], "90": ["In 90 days", 90], "365": ["In a year", 365] };
const OPERATOR = "*operator";
const FOR_OPERATORS: Scope[] = ["tenants", "catalogue:write"];

export function NewKey({ close, made }: { close: () => void; made: (key: Schemas["ApiKey"]) => void }) {
  const { session, tenant, api } = useScope();
  const scope = useScope();
  const isOperator = session.tenant === null;
  const { data: others } = useQuery({ ...tenants(scope), enabled: isOperator && may(session, "tenants") });
  const [name, setName] = useState("");
  const [whose, setWhose] = useState(isOperator && tenant === "*" ? OPERATOR : (tenant ?? ""));
  const [scopes, setScopes] = useState<Scope[]>(["events:write"]);
  const [lasts, setLasts] = useState("never");
  const [refusal, setRefusal] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const faults: Faults = refusal instanceof Refusal ? (refusal.problem.errors ?? []) : [];
  // A key permits at most what the key permits that makes it, and some deeds are for operators only.
  const permitted = (Object.keys(SCOPES) as Scope[]).filter((each) => may(session, each) && (whose === OPERATOR || !FOR_OPERATORS.includes(each)));
  const chosen = scopes.filter((each) => permitted.includes(each));
  const submit = async () => {
    setIsBusy(true);
    setRefusal(null);
    const days = LASTS[lasts]?.[1];
    try {
      const body: Schemas["ApiKeyInput"] = { name: name.trim(), scopes: chosen, expires_at: days ? new Date(now() + days * DAY).toISOString() : undefined, ...(isOperator ? { tenant: whose === OPERATOR ? null : whose } : {}) };
      made(await got((isOperator ? apiOf(null) : api).POST("/api/v1/api-keys", { body })));
    } catch (error) {
      setRefusal(error);
      setIsBusy(false);
    }
  };
  return (
    <Dialog
      open
      onClose={close}
      title="New key"
      deeds={
        <>
          <button type="button" className="btn" onClick={close}>
            Not now
          </button>
          <button type="submit" form="new-key" className="btn main" disabled={isBusy || name.trim() === "" || chosen.length === 0}>
            Make the key
          </button>
        </>
      }
    >
      <form
        id="new-key"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) event.currentTarget.requestSubmit();
        }}
      >
        {refusal && faults.length === 0 ? <Trouble error={refusal} what="The key" /> : null}
        <TextField label="Name" help="For people: who uses it, and for what." fault={faultOf(faults, "/name")} value={name} maxLength={200} autoFocus onChange={(event) => setName(event.target.value)} />
        {isOperator && (
          <Field label="Whose" fault={faultOf(faults, "/tenant")}>
            {(given) => (
              <select {...given} className="input" value={whose} onChange={(event) => setWhose(event.target.value)}>
                <option value={OPERATOR}>An operator's, for all tenants</option>
                {whose !== OPERATOR && !others?.data.some((each) => each.id === whose) && <option value={whose}>{whose}</option>}
                {others?.data.map((each) => (
                  <option key={each.id} value={each.id}>
                    {each.name || each.id}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <fieldset>
          <legend className="mb-1 flex w-full gap-3 font-medium">
            It may
            <button type="button" className="link text-ink-2 ml-auto text-sm font-normal" onClick={() => setScopes(permitted.filter((each) => each.endsWith(":read")))}>
              see everything
            </button>
            <button type="button" className="link text-ink-2 text-sm font-normal" onClick={() => setScopes(permitted)}>
              all
            </button>
          </legend>
          <div className="grid gap-x-4 phone:grid-cols-2">
            {permitted.map((each) => (
              <label key={each} className="flex min-h-7 items-center gap-2">
                <input type="checkbox" checked={chosen.includes(each)} onChange={() => setScopes(chosen.includes(each) ? chosen.filter((other) => other !== each) : [...chosen, each])} />
                {capital(SCOPES[each] ?? each)}
              </label>
            ))}
          </div>
          {faultOf(faults, "/scopes") && <p className="bad text-state text-sm">{faultOf(faults, "/scopes")}</p>}
        </fieldset>
        <Field label="Expires" fault={faultOf(faults, "/expires_at")}>
          {(given) => (
            <select {...given} className="input" value={lasts} onChange={(event) => setLasts(event.target.value)}>
              {Object.entries(LASTS).map(([value, [label]]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
      </form>
    </Dialog>
  );
}
