import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import { one } from "@/lib/search";
import { useSearch } from "./link";

/** Parts of a page of which one is shown; which, stands in the URL. */
export function Tabs({ name = "tab", tabs }: { name?: string; tabs: { value: string; label: ReactNode; content: ReactNode }[] }) {
  const [search, setSearch] = useSearch();
  const first = tabs[0]?.value ?? "";
  const value = tabs.find((tab) => tab.value === one(search[name]))?.value ?? first;
  return (
    <Base.Root className="min-w-0" value={value} onValueChange={(next) => setSearch({ [name]: next === first ? undefined : String(next) })}>
      <Base.List className="tabs">
        {tabs.map((tab) => (
          <Base.Tab key={tab.value} value={tab.value}>
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.value} value={tab.value} className="pt-4">
          {tab.content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
