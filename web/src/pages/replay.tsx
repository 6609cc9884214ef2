import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import type { Schemas } from "@/api/client";
import { webhookNames } from "@/api/queries";
import { replay } from "@/api/replays";
import { useScope } from "@/api/scope";
import { may } from "@/api/session";
import { useNow } from "@/lib/clock";
import { useZone } from "@/lib/you";
import { usePage } from "@/shell/page";
import { copyId } from "@/ui/copy";
import { useKeys } from "@/ui/keys";
import { Link } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { Chip } from "@/ui/status";
import { Time } from "@/ui/time";
import { Words } from "@/ui/words";
import * as format from "@/words/format";
import { progressWords, replayFacts, replayTitle, type Names } from "@/words/recover";
import { jobState, Progress, Stop } from "./recover/jobs";

export default function ReplayPage() {
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  usePage({ crumbs: [{ label: "Recover", to: "/recover" }, { label: "Replays", to: "/recover?tab=replays" }, { label: id }] });
  const scope = useScope();
  const asked = useQuery(replay(scope, id));
  const { data: names = {} } = useQuery(webhookNames(scope));
  return (
    <div className="view">
      <Loaded of={asked} what="The replay" one="replay" skeleton={<Skeleton rows={6} height={28} />}>
        {(data) => <Standing of={data} names={names} />}
      </Loaded>
    </div>
  );
}

function Standing({ of, names }: { of: Schemas["Replay"]; names: Names }) {
  const scope = useScope();
  const now = useNow();
  const zone = useZone();
  useKeys([{ keys: "c", label: "Copy the id", run: () => copyId(of.id) }]);
  return (
    <>
      <div className="head">
        <div className="min-w-0">
          <h1>
            <Chip of={jobState(of.state)} />
            <Words of={replayTitle(of, names)} />
          </h1>
          <div className="facts-line">
            {replayFacts(of, now, zone).map((fact) => (
              <span key={fact}>{fact}</span>
            ))}
            <span>
              Begun <b><Time at={of.created_at} /></b>
            </span>
            {of.finished_at && (
              <span>
                {of.state === "stopped" ? "Stopped" : "Finished"} <b><Time at={of.finished_at} /></b>
              </span>
            )}
          </div>
        </div>
        <div className="actions">{of.state === "running" && may(scope.session, "deliveries:write") && <Stop of={of} />}</div>
      </div>
      <section className="panel" aria-label="How far it has come">
        <div className="grid gap-2 px-3.5 py-3">
          <Progress of={of} />
          <p role="status">{progressWords(of)}</p>
        </div>
        <dl className="facts border-t">
          <dt>Expected</dt>
          <dd>{format.cappedCount(of.expected, of.expected_more)}</dd>
          <dt>Done</dt>
          <dd>{format.count(of.done)}</dd>
          <dt>Left out</dt>
          <dd>
            {format.count(of.skipped)}
            {of.skipped > 0 && <span className="text-ink-3">: they had changed meanwhile, or their webhook is disabled or gone</span>}
          </dd>
          {of.reached_at && (
            <>
              <dt>Looked at until</dt>
              <dd>
                <Time at={of.reached_at} as="moment" />
              </dd>
            </>
          )}
        </dl>
      </section>
      {of.webhook && (
        <p className="mt-4">
          <Link to={`/deliveries?webhook=${encodeURIComponent(of.webhook)}`}>Deliveries to this webhook</Link>
        </p>
      )}
    </>
  );
}
