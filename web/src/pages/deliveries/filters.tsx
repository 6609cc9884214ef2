import { Plus, X } from "lucide-react";
import { useRef } from "react";
import { many, one } from "@/lib/search";
import { useKeys } from "@/ui/keys";
import { useSearch } from "@/ui/link";
import { Popover } from "@/ui/popover";
import { StateIcon } from "@/ui/icon";
import { deliveryStatus } from "@/words/status";

const STATUSES = ["failed", "retrying", "pending", "delivered", "cancelled"] as const;
type Names = Record<string, { name: string } | undefined>;

/** What the list is narrowed to, as sentences that can be taken back one by one. */
export function Filters({ names }: { names: Names }) {
  const [search, setSearch] = useSearch();
  const button = useRef<HTMLSpanElement>(null);
  useKeys([{ keys: "/", label: "Filter this page", run: () => button.current?.querySelector("button")?.click() }]);
  const statuses = many(search.status);
  const types = many(search.event_type);
  const webhook = one(search.webhook);
  const event = one(search.event);
  return (
    <div className="filters">
      {statuses.length > 0 && <Chip name="Status" value={statuses.map((status) => deliveryStatus({ status }).word.toLowerCase()).join(" or ")} clear={() => setSearch({ status: undefined })} />}
      {webhook && <Chip name="To" value={names[webhook]?.name ?? webhook} clear={() => setSearch({ webhook: undefined })} />}
      {types.length > 0 && <Chip name="Event" value={types.join(" or ")} clear={() => setSearch({ event_type: undefined })} />}
      {event && <Chip name="Of the event" value={event} clear={() => setSearch({ event: undefined })} />}
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
          <div className="grid w-[260px] gap-3">
            <fieldset className="grid gap-1">
              <legend className="mb-1 font-semibold">Status</legend>
              {STATUSES.map((status) => {
                const words = deliveryStatus({ status });
                const isOn = statuses.includes(status);
                return (
                  <label key={status} className="flex min-h-6 items-center gap-2">
                    <input type="checkbox" checked={isOn} onChange={() => setSearch({ status: isOn ? statuses.filter((each) => each !== status) : [...statuses, status] })} />
                    <StateIcon icon={words.icon} state={words.state} />
                    {words.word}
                  </label>
                );
              })}
            </fieldset>
            <label className="grid gap-1">
              <span className="font-semibold">To</span>
              <select className="input" value={webhook ?? ""} onChange={(change) => setSearch({ webhook: change.target.value || undefined })}>
                <option value="">Any webhook</option>
                {webhook && !names[webhook] && <option value={webhook}>{webhook}</option>}
                {Object.entries(names).map(([id, of]) => (
                  <option key={id} value={id}>
                    {of?.name ?? id}
                  </option>
                ))}
              </select>
            </label>
            <form
              className="grid gap-1"
              onSubmit={(submit) => {
                submit.preventDefault();
                const type = new FormData(submit.currentTarget).get("type");
                if (typeof type === "string" && type.trim()) setSearch({ event_type: [...types, type.trim()] });
                submit.currentTarget.reset();
              }}
            >
              <label htmlFor="filter-type" className="font-semibold">
                Event type
              </label>
              <input id="filter-type" name="type" className="input mono" placeholder="price_alert" spellCheck={false} />
            </form>
          </div>
        </Popover>
      </span>
    </div>
  );
}

function Chip({ name, value, clear }: { name: string; value: string; clear: () => void }) {
  return (
    <span className="filter-chip">
      <span className="cut">
        {name}:{" "}
        <b>
          <bdi>{value}</bdi>
        </b>
      </span>
      <button type="button" className="btn quiet small icon-only" aria-label={`Take back the filter ${name}`} onClick={clear}>
        <X className="icon size-[14px]" aria-hidden />
      </button>
    </span>
  );
}
