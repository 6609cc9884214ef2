import { useInfiniteQuery } from "@tanstack/react-query";
import type { Schemas } from "@/api/client";
import { changes } from "@/api/audit";
import { useScope } from "@/api/scope";
import { Loaded, Skeleton } from "@/ui/loading";
import { Lines } from "../audit/lines";

/** Who changed, tested or probed it, or read its secret. */
export function ItsChanges({ of }: { of: Schemas["Webhook"] }) {
  const list = useInfiniteQuery(changes(useScope(), of.id));
  return (
    <Loaded of={list} what="Its changes" skeleton={<Skeleton rows={5} height={40} gap={8} />}>
      {(data) => {
        const lines = data.pages.flatMap((page) => page.data);
        return lines.length === 0 ? <p className="text-ink-3 py-3">Nothing was changed yet.</p> : <Lines of={lines} list={list} />;
      }}
    </Loaded>
  );
}
