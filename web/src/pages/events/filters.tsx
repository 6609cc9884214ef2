import { useQuery } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useRef } from "react";
import { typeNames } from "@/api/catalogue";
import { useScope } from "@/api/scope";
import { many } from "@/lib/search";
import { useKeys } from "@/ui/keys";
import { useSearch } from "@/ui/link";
import { Popover } from "@/ui/popover";

/** What the list is narrowed to, as sentences that can be taken back. */
export function Filters() {
  const scope = useScope();
  const [search, setSearch] = useSearch();
  const button = useRef<HTMLSpanElement>(null);
  const types = many(search.event_type);
  const { data: names = [] } = useQuery(typeNames(scope));
  useKeys([{ keys: "/", label: "Filter this page", run: () => button.current?.querySelector("button")?.click() }]);
  return (
    <div className="filters">
      {types.map((type) => (
        <span key={type} className="filter-chip">
          <span className="cut">
            Type: <b><bdi>{type}</bdi></b>
          </span>
          <button type="button" className="btn quiet small icon-only" aria-label={`Take back the filter ${type}`} onClick={() => setSearch({ event_type: types.filter((each) => each !== type) })}>
            <X className="icon size-[14px]" aria-hidden />
          </button>
        </span>
      ))}
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
            className="grid w-[260px] gap-1"
            onSubmit={(submit) => {
              submit.preventDefault();
              const type = new FormData(submit.currentTarget).get("type");
              if (typeof type === "string" && type.trim() && !types.includes(type.trim())) setSearch({ event_type: [...types, type.trim()] });
              submit.currentTarget.reset();
            }}
          >
            <label htmlFor="filter-type" className="font-semibold">
              Event type
            </label>
            <input id="filter-type" name="type" className="input mono" list="types-there-are" placeholder="price_alert" spellCheck={false} autoComplete="off" />
            <datalist id="types-there-are">
              {names.map((name) => (
                <option key={name} value={name} />
              ))}
            </datalist>
          </form>
        </Popover>
      </span>
    </div>
  );
}
