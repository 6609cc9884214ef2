import { Download, Plus, X } from "lucide-react";
import { useRef, useState } from "react";
import { useScope } from "@/api/scope";
import { many, one } from "@/lib/search";
import { useKeys } from "@/ui/keys";
import { useSearch } from "@/ui/link";
import { Popover } from "@/ui/popover";
import { useRange } from "@/ui/range";

/** Actions to choose from: what people look for most. */
const ACTIONS = ["webhook.created", "webhook.changed", "webhook.deleted", "webhook.secret_read", "webhook.secret_rotated", "webhook.tested", "delivery.retried", "delivery.cancelled", "replay.begun", "api_key.created", "api_key.deleted", "tenant.changed", "session.begun"];

/** What the trail is narrowed to, as sentences that can be taken back; and all of it as a file. */
export function Filters() {
  const [search, setSearch] = useSearch();
  const button = useRef<HTMLSpanElement>(null);
  const actions = many(search.action);
  const [actor, subject] = [one(search.actor), one(search.subject)];
  useKeys([{ keys: "/", label: "Filter this page", run: () => button.current?.querySelector("button")?.click() }]);
  return (
    <div className="filters">
      {actions.map((action) => (
        <Chip key={action} label="Action" value={action} takeBack={() => setSearch({ action: actions.filter((each) => each !== action) })} />
      ))}
      {actor && <Chip label="By" value={actor} takeBack={() => setSearch({ actor: undefined })} />}
      {subject && <Chip label="About" value={subject} takeBack={() => setSearch({ subject: undefined })} />}
      <span ref={button}>
        <Popover
          title="Filters"
          className="btn quiet"
          button={
            <>
              <Plus className="icon" aria-hidden />
              Filter <kbd>/</kbd>
            </>
          }
        >
          <form
            className="grid w-[260px] gap-2"
            onSubmit={(submit) => {
              submit.preventDefault();
              const form = new FormData(submit.currentTarget);
              const text = (name: string) => String(form.get(name) ?? "").trim();
              const action = text("action");
              setSearch({
                action: action && !actions.includes(action) ? [...actions, action] : actions,
                actor: text("actor") || actor,
                subject: text("subject") || subject,
              });
              submit.currentTarget.reset();
            }}
          >
            <label className="grid gap-1">
              <b>Action</b>
              <input name="action" className="input mono" list="actions-there-are" placeholder="webhook.changed" spellCheck={false} autoComplete="off" />
            </label>
            <datalist id="actions-there-are">
              {ACTIONS.map((action) => (
                <option key={action} value={action} />
              ))}
            </datalist>
            <label className="grid gap-1">
              <b>About</b>
              <input name="subject" className="input mono" placeholder="user-42" spellCheck={false} autoComplete="off" />
            </label>
            <label className="grid gap-1">
              <b>By</b>
              <input name="actor" className="input mono" placeholder="key_…" spellCheck={false} autoComplete="off" />
            </label>
            <button type="submit" className="btn primary">
              Filter
            </button>
          </form>
        </Popover>
      </span>
      <Export />
    </div>
  );
}

function Chip({ label, value, takeBack }: { label: string; value: string; takeBack: () => void }) {
  return (
    <span className="filter-chip">
      <span className="cut">
        {label}: <b><bdi>{value}</bdi></b>
      </span>
      <button type="button" className="btn quiet small icon-only" aria-label={`Take back the filter ${value}`} onClick={takeBack}>
        <X className="icon size-[14px]" aria-hidden />
      </button>
    </span>
  );
}

/** The same lines as a file, in the order in which they were written. */
function Export() {
  const scope = useScope();
  const range = useRange();
  const [search] = useSearch();
  const [isRunning, setIsRunning] = useState(false);
  const query = new URLSearchParams({ format: "csv" });
  many(search.action).forEach((action) => query.append("action", action));
  for (const name of ["actor", "subject"]) {
    const value = one(search[name]);
    if (value) query.set(name, value);
  }
  if (range.from !== undefined) query.set("from", new Date(range.from).toISOString());
  if (range.to !== undefined) query.set("to", new Date(range.to).toISOString());
  // The tenant stands in a header, which a link cannot send.
  const save = async () => {
    setIsRunning(true);
    try {
      const answer = await fetch(`/api/v1/audit/export?${query}`, { headers: scope.tenant === null ? {} : { tenant: scope.tenant } });
      if (!answer.ok) throw new Error(String(answer.status));
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(await answer.blob()), download: "audit.csv" });
      link.click();
      URL.revokeObjectURL(link.href);
    } finally {
      setIsRunning(false);
    }
  };
  return (
    <button type="button" className="btn quiet ml-auto" disabled={isRunning} onClick={() => void save()}>
      <Download className="icon" aria-hidden />
      Export
    </button>
  );
}
