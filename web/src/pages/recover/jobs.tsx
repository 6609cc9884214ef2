import { useQueryClient, type useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { got, type Schemas } from "@/api/client";
import { useScope } from "@/api/scope";
import { useNow } from "@/lib/clock";
import { useZone } from "@/lib/you";
import { useDeed } from "@/shell/deeds";
import { Empty } from "@/ui/empty";
import { StateIcon } from "@/ui/icon";
import { Link } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { Time } from "@/ui/time";
import { toast } from "@/ui/toast";
import { Words } from "@/ui/words";
import { progressShare, progressWords, replayFacts, replayTitle, type Names } from "@/words/recover";

type Replay = Schemas["Replay"];

/** Replays, retries and cancellations of many, newest first. */
export function Jobs({ of, names, canStop }: { of: ReturnType<typeof useInfiniteQuery<Schemas["ReplayList"]>>; names: Names; canStop: boolean }) {
  return (
    <Loaded of={of} what="Replays" skeleton={<Skeleton rows={5} height={40} />}>
      {(data) => {
        const jobs = data.pages.flatMap((page) => page.data);
        if (jobs.length === 0) {
          return (
            <Empty title="No replays.">
              <p>A replay sends what was sent, or what should have been, again.</p>
            </Empty>
          );
        }
        return (
          <>
            <ul className="panel rows">
              {jobs.map((job) => (
                <Job key={job.id} of={job} names={names} canStop={canStop} />
              ))}
            </ul>
            {of.hasNextPage && (
              <button type="button" className="btn mt-3" disabled={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>
                Older ones
              </button>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

const STATE = { running: { icon: "retrying", state: "warn", word: "Running" }, finished: { icon: "delivered", state: "ok", word: "Finished" }, stopped: { icon: "cancelled", state: "idle", word: "Stopped" } } as const;

export function jobState(state: Replay["state"]) {
  return STATE[state];
}

/** One job: what it is about, how far it has come, and Stop. */
export function Job({ of, names, canStop }: { of: Replay; names: Names; canStop: boolean }) {
  const now = useNow();
  const zone = useZone();
  const words = jobState(of.state);
  return (
    <li className="job">
      <StateIcon icon={words.icon} state={words.state} aria-label={words.word} />
      <div className="min-w-0">
        <Link className="font-[550] hover:underline" to={`/replays/${of.id}`}>
          <Words of={replayTitle(of, names)} />
        </Link>
        <p className="text-ink-3 text-sm">
          {replayFacts(of, now, zone).join(" · ")} · <Time at={of.created_at} />
        </p>
      </div>
      <div className="grid min-w-0 gap-1">
        {of.state === "running" && <Progress of={of} />}
        <span className="text-ink-2 text-sm">{progressWords(of)}</span>
      </div>
      <span className="deeds">{of.state === "running" && canStop && <Stop of={of} />}</span>
    </li>
  );
}

export function Progress({ of }: { of: Replay }) {
  const share = progressShare(of);
  return (
    <progress className="progress" max={1} value={share} aria-label="How far it has come">
      {Math.floor(share * 100)} %
    </progress>
  );
}

export function Stop({ of }: { of: Replay }) {
  const { api, tenant } = useScope();
  const client = useQueryClient();
  const deed = useDeed();
  const [isBusy, setIsBusy] = useState(false);
  const stop = async () => {
    setIsBusy(true);
    await deed(async () => {
      await got(api.DELETE("/api/v1/replays/{id}", { params: { path: { id: of.id } } }));
      toast({ text: "Stopped. What it has done stays done." });
    });
    await client.invalidateQueries({ queryKey: [tenant, "replays"] });
    setIsBusy(false);
  };
  return (
    <button type="button" className="btn" disabled={isBusy} onClick={() => void stop()}>
      Stop
    </button>
  );
}
