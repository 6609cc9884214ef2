import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { failedCount, webhookNames } from "@/api/queries";
import { groups, replays } from "@/api/replays";
import { useScope } from "@/api/scope";
import { may } from "@/api/session";
import { one } from "@/lib/search";
import { useLiveRefresh } from "@/live/hooks";
import { usePage } from "@/shell/page";
import { useKeys } from "@/ui/keys";
import { useSearch } from "@/ui/link";
import { Tabs } from "@/ui/tabs";
import { Words } from "@/ui/words";
import * as format from "@/words/format";
import { recoverSentence } from "@/words/recover";
import { Groups, useGroupQuery } from "./recover/groups";
import { Job, Jobs } from "./recover/jobs";
import { NewReplay } from "./recover/new-replay";

export default function RecoverPage() {
  usePage({ crumbs: [{ label: "Recover" }], range: "All that is kept" });
  const scope = useScope();
  const client = useQueryClient();
  const [search, setSearch] = useSearch();
  const { data: total } = useQuery(failedCount(scope));
  const { data: names = {} } = useQuery(webhookNames(scope));
  // Of all times, for the sentence; the list below may be of fewer.
  const { data: failed } = useQuery(groups(scope, { status: "failed" }));
  const jobs = useInfiniteQuery(replays(scope));
  const query = useGroupQuery();
  useLiveRefresh([[scope.tenant, "deliveries", "groups"], [scope.tenant, "deliveries", "failed-count"]], { kinds: ["delivery"], statuses: ["failed", "cancelled", "retrying"] }, 5_000);
  const running = jobs.data?.pages.flatMap((page) => page.data).filter((job) => job.state === "running") ?? [];
  const isWriter = may(scope.session, "deliveries:write");
  const isOnReplays = one(search.tab) === "replays";
  const begun = () => {
    void client.invalidateQueries({ queryKey: [scope.tenant, "replays"] });
    void client.invalidateQueries({ queryKey: [scope.tenant, "deliveries"] });
  };
  useKeys(isWriter ? [{ keys: "n", label: "New replay", run: () => setSearch({ new: "replay", tab: "replays" }) }] : []);
  const sentence = total && failed ? recoverSentence(total, failed.data, names) : [];
  return (
    <div className="view">
      <div className="head">
        <div className="min-w-0">
          <h1>Recover</h1>
          {sentence.length > 0 && (
            <p className="text-ink-2">
              <Words of={sentence} />
            </p>
          )}
        </div>
        {isWriter && (
          <div className="actions">
            <button type="button" className="btn" onClick={() => setSearch({ new: "replay", tab: "replays" })}>
              <Plus className="icon" aria-hidden />
              New replay <kbd>n</kbd>
            </button>
          </div>
        )}
      </div>
      {running.length > 0 && !isOnReplays && (
        <section className="panel mb-4" aria-label="Under way">
          <ul className="rows">
            {running.map((job) => (
              <Job key={job.id} of={job} names={names} canStop={isWriter} />
            ))}
          </ul>
        </section>
      )}
      <Tabs
        tabs={[
          { value: "failed", label: <Counted label="Failed" count={total ? format.cappedCount(total.count, total.isCapped) : undefined} />, content: <Groups query={query} names={names} canChange={isWriter} begun={begun} /> },
          { value: "replays", label: <Counted label="Replays" count={running.length > 0 ? format.count(running.length) : undefined} />, content: <Jobs of={jobs} names={names} canStop={isWriter} /> },
        ]}
      />
      {one(search.new) === "replay" && <NewReplay names={names} close={() => setSearch({ new: undefined })} begun={begun} />}
    </div>
  );
}

function Counted({ label, count }: { label: string; count: string | undefined }) {
  return (
    <>
      {label}
      {count !== undefined && count !== "0" && <span className="text-ink-3 ml-1.5 font-normal">{count}</span>}
    </>
  );
}
