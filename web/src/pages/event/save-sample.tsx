import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { got, type Schemas } from "@/api/client";
import { savedEvents } from "@/api/events";
import { Refusal } from "@/api/problem";
import { useScope } from "@/api/scope";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Trouble } from "@/ui/loading";
import { toast } from "@/ui/toast";
import { faultOf } from "@/words/faults";
import { aboutEvent } from "@/words/event";
import { sampleName } from "@/words/tests";

/** Keeps what an event says under a name, to try webhooks with it. */
export function SaveSample({ of, close }: { of: Schemas["Event"]; close: () => void }) {
  const scope = useScope();
  const client = useQueryClient();
  const [name, setName] = useState(() => sampleName(of.type));
  const [description, setDescription] = useState(() => aboutEvent(of.data).slice(0, 500));
  const [refusal, setRefusal] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const { data: saved } = useQuery(savedEvents(scope));
  const fitting = sampleName(name);
  const isThere = saved?.data.some((sample) => sample.name === fitting) ?? false;
  const faults = refusal instanceof Refusal ? (refusal.problem.errors ?? []) : [];
  const save = async () => {
    setIsBusy(true);
    setRefusal(null);
    try {
      await got(scope.api.PUT("/api/v1/saved-events/{name}", { params: { path: { name: fitting } }, body: { event: of.id, description: description.trim() } }));
      await client.invalidateQueries({ queryKey: [scope.tenant, "saved-events"] });
      toast({ text: `Saved as ${fitting}. Webhooks can be tried with it, on their page under Tests.` });
      close();
    } catch (error) {
      setRefusal(error);
      setIsBusy(false);
    }
  };
  return (
    <Dialog open onClose={close} title="Save as sample">
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <p className="text-ink-2">What it says is kept until you delete it, also when the event is gone.</p>
        {refusal && faults.length === 0 ? <Trouble error={refusal} what="The sample" /> : null}
        <TextField label="Name" className="mono" autoComplete="off" spellCheck={false} maxLength={64} fault={faultOf(faults, "/name")} help={fitting !== name ? `It is kept as ${fitting || "…"}.` : isThere ? "There is one of this name; this takes its place." : "Letters, digits, _, - and full stops."} value={name} onChange={(event) => setName(event.target.value)} />
        <TextField label="Description" maxLength={500} fault={faultOf(faults, "/description")} value={description} onChange={(event) => setDescription(event.target.value)} />
        <div className="deeds">
          <button type="button" className="btn" onClick={close}>
            Not now
          </button>
          <button type="submit" className="btn main" disabled={isBusy || fitting === ""}>
            {isThere ? "Replace it" : "Save"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
