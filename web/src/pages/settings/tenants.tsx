import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { tenantList, usage } from "@/api/access";
import { apiOf, got, type Schemas } from "@/api/client";
import { Refusal } from "@/api/problem";
import { useScope } from "@/api/scope";
import { useDeed } from "@/shell/deeds";
import { Ask, Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Link } from "@/ui/link";
import { Loaded, Skeleton, Trouble } from "@/ui/loading";
import { Time } from "@/ui/time";
import { toast } from "@/ui/toast";
import { quotaRows, quotaWarning, type QuotaRow } from "@/words/access";
import { faultOf } from "@/words/faults";
import * as format from "@/words/format";
import { counted } from "@/words/text";
import { EditTenant } from "./edit-tenant";

type Tenant = Schemas["Tenant"];
const CHECKS: Record<Tenant["validation"], string> = { off: "data is not checked", warn: "data that does not fit is warned about", enforce: "data that does not fit is refused" };

/** Whose things there are, how much each has of what has a quota, and how to change that. */
export function Tenants() {
  const client = useQueryClient();
  const deed = useDeed();
  const list = useInfiniteQuery(tenantList());
  const [editing, setEditing] = useState<Tenant | null>(null);
  const [deleting, setDeleting] = useState<Tenant | null>(null);
  const [isMaking, setIsMaking] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const readAgain = () => void client.invalidateQueries({ queryKey: ["tenants"] });
  const remove = async () => {
    if (!deleting) return;
    setIsBusy(true);
    const isDone = await deed(async () => {
      await got(apiOf(null).DELETE("/api/v1/tenants/{id}", { params: { path: { id: deleting.id } } }));
      toast({ text: "Deleted, with its keys and webhooks." });
    });
    setIsBusy(false);
    if (isDone) setDeleting(null);
    readAgain();
  };
  return (
    <>
      <div className="filters mt-0">
        <span className="ml-auto" />
        <button type="button" className="btn main" onClick={() => setIsMaking(true)}>
          <Plus className="icon" aria-hidden />
          New tenant
        </button>
      </div>
      <Loaded of={list} what="Tenants" skeleton={<Skeleton rows={4} height={120} />}>
        {(data) => (
          <div className="tenants">
            {data.pages
              .flatMap((page) => page.data)
              .map((tenant) => (
                <One key={tenant.id} of={tenant} edit={() => setEditing(tenant)} remove={() => setDeleting(tenant)} />
              ))}
          </div>
        )}
      </Loaded>
      {list.hasNextPage && (
        <button type="button" className="btn mt-3" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          More
        </button>
      )}
      {editing && <EditTenant id={editing.id} close={() => setEditing(null)} done={readAgain} />}
      {isMaking && <NewTenant close={() => setIsMaking(false)} done={readAgain} />}
      {deleting && (
        <Ask open onClose={() => setDeleting(null)} title={<>Delete <bdi>{deleting.name || deleting.id}</bdi>?</>} keep="Keep it" deed={deleting.usage.owed_deliveries.used > 0 ? `Delete and cancel ${format.count(deleting.usage.owed_deliveries.used)}` : "Delete it"} onDeed={() => void remove()} isBusy={isBusy}>
          <p>
            Its {counted(deleting.usage.webhooks.used, "webhook")} and {counted(deleting.usage.api_keys.used, "key")} are deleted
            {deleting.usage.owed_deliveries.used > 0 ? `, and ${counted(deleting.usage.owed_deliveries.used, "owed delivery is", "owed deliveries are")} cancelled` : ""}. This cannot be undone.
          </p>
        </Ask>
      )}
    </>
  );
}

function One({ of, edit, remove }: { of: Tenant; edit: () => void; remove: () => void }) {
  const rows = quotaRows(of.usage);
  const warning = quotaWarning(rows);
  return (
    <section className="panel" aria-label={of.name || of.id}>
      <header>
        <div className="min-w-0">
          <h2 className="cut">
            <Link to={`/?tenant=${encodeURIComponent(of.id)}`}>
              <bdi>{of.name || of.id}</bdi>
            </Link>
          </h2>
          <p className="text-ink-3 text-sm">
            <code>{of.id}</code> · made <Time at={of.created_at} as="date" /> · {CHECKS[of.validation]}
          </p>
          {warning && <p className={`${warning.state} text-state text-sm`}>{warning.words}</p>}
        </div>
        <span className="ml-auto flex gap-2">
          <button type="button" className="btn small" onClick={edit}>
            Edit
          </button>
          {of.id !== "default" && (
            <button type="button" className="btn small" onClick={remove} aria-label={`Delete ${of.name || of.id}`}>
              Delete
            </button>
          )}
        </span>
      </header>
      <Bars of={rows} />
    </section>
  );
}

/** What is used of each quota, as bars. */
export function Bars({ of }: { of: QuotaRow[] }) {
  return (
    <dl className="quotas">
      {of.map((row) => (
        <div key={row.name} className={row.state}>
          <dt>{row.label}</dt>
          <dd>
            <progress className="progress" max={1} value={row.share} aria-label={row.label} />
          </dd>
          <dd className={row.state === "idle" ? "text-ink-2" : "text-state"}>{row.words}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A tenant's own, as its key sees them. */
export function Quotas() {
  const asked = useQuery(usage(useScope()));
  return (
    <Loaded of={asked} what="Quotas" skeleton={<Skeleton rows={6} />}>
      {(data) => (
        <section className="panel max-w-[720px]" aria-label="Quotas">
          <Bars of={quotaRows(data)} />
        </section>
      )}
    </Loaded>
  );
}

function NewTenant({ close, done }: { close: () => void; done: () => void }) {
  const [id, setId] = useState("");
  const [name, setName] = useState("");
  const [refusal, setRefusal] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const faults = refusal instanceof Refusal ? (refusal.problem.errors ?? []) : [];
  const submit = async () => {
    setIsBusy(true);
    setRefusal(null);
    try {
      await got(apiOf(null).POST("/api/v1/tenants", { body: { id: id.trim(), name: name.trim() || undefined } }));
      toast({ text: "Made. Give it a key, so that it can publish." });
      done();
      close();
    } catch (error) {
      setRefusal(error);
      setIsBusy(false);
    }
  };
  return (
    <Dialog
      open
      onClose={close}
      title="New tenant"
      deeds={
        <>
          <button type="button" className="btn" onClick={close}>
            Not now
          </button>
          <button type="submit" form="new-tenant" className="btn main" disabled={isBusy || id.trim() === ""}>
            Make it
          </button>
        </>
      }
    >
      <form
        id="new-tenant"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {refusal && faults.length === 0 ? <Trouble error={refusal} what="The tenant" /> : null}
        <TextField label="Id" help="Small letters, digits, _ - and dots. It stays as it is." fault={faultOf(faults, "/id")} className="mono" value={id} maxLength={64} spellCheck={false} autoFocus onChange={(event) => setId(event.target.value)} />
        <TextField label="Name" help="For people." fault={faultOf(faults, "/name")} value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />
      </form>
    </Dialog>
  );
}
