import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { tenantWithMark } from "@/api/access";
import { apiOf, got, type Schemas } from "@/api/client";
import { Refusal } from "@/api/problem";
import { Dialog } from "@/ui/dialog";
import { Field, TextField } from "@/ui/field";
import { Loaded, Skeleton, Trouble } from "@/ui/loading";
import { toast } from "@/ui/toast";
import { isBytes, quotaFrom, QUOTAS, type QuotaName } from "@/words/access";
import { faultOf } from "@/words/faults";
import * as format from "@/words/format";

type Tenant = Schemas["Tenant"];
const NAMES = Object.keys(QUOTAS) as QuotaName[];

export function EditTenant({ id, close, done }: { id: string; close: () => void; done: () => void }) {
  const asked = useQuery({ queryKey: ["tenants", "edit", id], queryFn: () => tenantWithMark(id), staleTime: 0, gcTime: 0, refetchOnWindowFocus: false });
  return (
    <Dialog open onClose={close} title={<>Edit <bdi>{asked.data?.tenant.name || id}</bdi></>}>
      <Loaded of={asked} what="The tenant" one="tenant" skeleton={<Skeleton rows={8} />}>
        {(data) => <Form key={data.mark} of={data.tenant} mark={data.mark} close={close} done={done} readAgain={() => void asked.refetch()} />}
      </Loaded>
    </Dialog>
  );
}

function Form({ of, mark, close, done, readAgain }: { of: Tenant; mark: string | null; close: () => void; done: () => void; readAgain: () => void }) {
  const [name, setName] = useState(of.name);
  const [validation, setValidation] = useState(of.validation);
  const [texts, setTexts] = useState<Record<QuotaName, string>>(() => Object.fromEntries(NAMES.map((quota) => [quota, of.quotas[quota]?.toString() ?? ""])) as Record<QuotaName, string>);
  const [refusal, setRefusal] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const faults = refusal instanceof Refusal ? (refusal.problem.errors ?? []) : [];
  const quotas = Object.fromEntries(NAMES.map((quota) => [quota, quotaFrom(texts[quota])])) as Record<QuotaName, number | null | undefined>;
  const isReadable = NAMES.every((quota) => quotas[quota] !== undefined);
  const isOvertaken = refusal instanceof Refusal && (refusal.status === 412 || refusal.status === 409);
  const submit = async () => {
    setIsBusy(true);
    setRefusal(null);
    try {
      const body = { name: name.trim(), validation, quotas: { ...of.quotas, ...quotas } } as Schemas["TenantPatch"];
      await got(apiOf(null).PATCH("/api/v1/tenants/{id}", { params: { path: { id: of.id }, header: { "If-Match": mark ?? undefined } }, body }));
      toast({ text: "Changed. It holds from the next request on." });
      done();
      close();
    } catch (error) {
      setRefusal(error);
      setIsBusy(false);
    }
  };
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {isOvertaken ? (
        <p className="warn bg-wash rounded-control flex items-center gap-3 px-3 py-2" role="alert">
          Somebody else changed this tenant.
          <button type="button" className="btn small" onClick={readAgain}>
            Show theirs
          </button>
        </p>
      ) : refusal && faults.length === 0 ? (
        <Trouble error={refusal} what="The change" />
      ) : null}
      <TextField label="Name" fault={faultOf(faults, "/name")} value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />
      <Field label="Data that does not fit its event type" fault={faultOf(faults, "/validation")}>
        {(given) => (
          <select {...given} className="input" value={validation} onChange={(event) => setValidation(event.target.value as Tenant["validation"])}>
            <option value="off">is not checked</option>
            <option value="warn">is kept, with a warning</option>
            <option value="enforce">is refused</option>
          </select>
        )}
      </Field>
      <fieldset>
        <legend className="mb-1 font-medium">At most</legend>
        <p className="text-ink-3 mb-2 text-sm">Empty: as the server's settings say. What is there stays where a quota is lowered.</p>
        <div className="grid gap-3 phone:grid-cols-2">
          {NAMES.map((quota) => {
            const shown = isBytes(quota) ? format.bytes : format.count;
            return (
              <TextField
                key={quota}
                label={QUOTAS[quota]}
                help={`${shown(of.usage[quota].used)} used of ${shown(of.usage[quota].most)}`}
                fault={quotas[quota] === undefined ? "A whole number is asked for." : faultOf(faults, `/quotas/${quota}`)}
                inputMode="numeric"
                value={texts[quota]}
                placeholder={of.quotas[quota] === null || of.quotas[quota] === undefined ? String(of.usage[quota].most) : ""}
                onChange={(event) => setTexts({ ...texts, [quota]: event.target.value })}
              />
            );
          })}
        </div>
      </fieldset>
      <div className="deeds">
        <button type="button" className="btn" onClick={close}>
          Not now
        </button>
        <button type="submit" className="btn main" disabled={isBusy || !isReadable}>
          Save
        </button>
      </div>
    </form>
  );
}
