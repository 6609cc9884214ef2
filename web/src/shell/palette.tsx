/** Search and jump, by keyboard: pages, actions, and what the server finds by name or id. */
import { Dialog } from "@base-ui/react/dialog";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useEffect, useState, type KeyboardEvent, type ReactNode } from "react";
import { got } from "@/api/client";
import { useScope } from "@/api/scope";
import { useStore } from "@/lib/store";
import { choose, useYou } from "@/lib/you";
import { navigation } from "@/routes";
import { StateIcon } from "@/ui/icon";
import { useGo } from "@/ui/link";
import { matching } from "@/words/search";
import { deliveryStatus } from "@/words/status";
import { NavIcon } from "./nav-icons";
import { PAGES } from "./pages";
import { palette, toggleLive } from "./top";

interface Entry {
  id: string;
  group: string;
  icon: ReactNode;
  label: string;
  /** Behind the label. */
  more?: string;
  run: (newTab: boolean) => void;
}

export default function Palette() {
  const isOpen = useStore(palette);
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => palette.set(open)}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="palette">
          <Dialog.Title className="sr-only">Search or jump to</Dialog.Title>
          <Finder />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Finder() {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const entries = useEntries(text);
  const chosen = Math.min(at, entries.length - 1);
  const run = (entry: Entry | undefined, newTab: boolean) => {
    if (!entry) return;
    palette.set(false);
    entry.run(newTab);
  };
  // Whoever is faster than the server gets the first that it finds.
  const [isHurried, setIsHurried] = useState(false);
  useEffect(() => {
    if (isHurried && entries[0]) run(entries[0], false);
    // As soon as there is one.
  }, [isHurried, entries[0]?.id]);
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setAt((chosen + step + entries.length) % Math.max(1, entries.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (entries.length === 0) setIsHurried(true);
      run(entries[chosen], event.shiftKey || event.metaKey || event.ctrlKey);
    }
  };
  return (
    <>
      <input
        role="combobox"
        aria-label="Search or jump to"
        aria-expanded="true"
        aria-controls="found"
        aria-activedescendant={entries[chosen] ? `found-${chosen}` : undefined}
        placeholder="A page, a webhook, an event type, an id"
        spellCheck={false}
        autoFocus
        value={text}
        onChange={(event) => {
          setIsHurried(false);
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <div role="listbox" id="found" aria-label="Found">
        {entries.length === 0 && <p className="text-ink-3 px-2.5 py-3">Nothing is called so.</p>}
        {entries.map((entry, index) => (
          <div key={entry.id} className="contents">
            {entry.group !== entries[index - 1]?.group && <h3 aria-hidden="true">{entry.group}</h3>}
            <div
              role="option"
              id={`found-${index}`}
              aria-selected={index === chosen}
              onPointerMove={() => setAt(index)}
              onClick={(event) => run(entry, event.metaKey || event.ctrlKey)}
            >
              {entry.icon}
              <bdi className="cut">{entry.label}</bdi>
              {entry.more && <bdi className="cut text-ink-3 text-sm">{entry.more}</bdi>}
            </div>
          </div>
        ))}
      </div>
    </>
  );
}

function useEntries(text: string): Entry[] {
  const scope = useScope();
  const go = useGo();
  const { zone, theme } = useYou();
  const q = useDeferredValue(text.trim());
  const { data } = useQuery({
    queryKey: [scope.tenant, "search", q],
    queryFn: ({ signal }) => got(scope.api.GET("/api/v1/search", { signal, params: { query: { q, limit: 5 } } })),
    enabled: q.length > 0 && scope.tenant !== "*",
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
  const pages: Entry[] = navigation(PAGES).flatMap(({ entries }) =>
    entries.map((route) => ({
      id: `page ${route.path}`,
      group: "Pages",
      icon: <NavIcon of={route.nav?.icon ?? ""} />,
      label: route.nav?.label ?? "",
      more: route.page === "recover" ? "failed deliveries, dead letters" : undefined,
      run: (newTab: boolean) => go(route.path, { newTab }),
    })),
  );
  const actions: Entry[] = [
    ...(PAGES.some((route) => route.page === "webhook-new") ? [{ id: "new", group: "Actions", icon: <NavIcon of="webhooks" />, label: "New webhook", run: (newTab: boolean) => go("/webhooks/new", { newTab }) }] : []),
    { id: "zone", group: "Actions", icon: <NavIcon of="settings" />, label: zone === "utc" ? "Show local time" : "Show UTC", run: () => choose({ zone: zone === "utc" ? "local" : "utc" }) },
    { id: "theme", group: "Actions", icon: <NavIcon of="settings" />, label: theme === "dark" ? "Light theme" : "Dark theme", run: () => choose({ theme: theme === "dark" ? "light" : "dark" }) },
    { id: "live", group: "Actions", icon: <NavIcon of="overview" />, label: "Live on or off", run: toggleLive },
  ];
  const own = [...pages, ...actions].filter((entry) => matching(`${entry.label} ${entry.more ?? ""}`, text));
  const found: Entry[] = q === "" ? [] : (data?.data ?? []).map((result) => ofResult(result, go));
  return [...found, ...own];
}

function ofResult(result: { kind?: string; id: string; title: string; host?: string; status?: string; event?: string }, go: ReturnType<typeof useGo>): Entry {
  const id = `${result.kind} ${result.id}`;
  switch (result.kind) {
    case "webhook":
      return { id, group: "Webhooks", icon: <NavIcon of="webhooks" />, label: result.title, more: result.host ?? result.id, run: (newTab) => go(`/webhooks/${encodeURIComponent(result.id)}`, { newTab }) };
    case "event_type":
      return { id, group: "Event types", icon: <NavIcon of="types" />, label: result.title, more: result.id, run: (newTab) => go(`/types/${encodeURIComponent(result.id)}`, { newTab }) };
    case "delivery": {
      const { icon, state } = deliveryStatus({ status: result.status ?? "" });
      return { id, group: "Deliveries", icon: <StateIcon icon={icon} state={state} />, label: result.id, more: result.title, run: (newTab) => go(`/deliveries/${result.id}`, { newTab }) };
    }
    default:
      return { id, group: "Events", icon: <NavIcon of="events" />, label: result.id, more: result.title, run: (newTab) => go(`/events/${encodeURIComponent(result.id)}`, { newTab }) };
  }
}
