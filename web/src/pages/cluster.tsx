import { useQuery } from "@tanstack/react-query";
import { system } from "@/api/access";
import type { Schemas } from "@/api/client";
import { readiness } from "@/api/queries";
import { usePage } from "@/shell/page";
import { StateIcon } from "@/ui/icon";
import { Loaded, Skeleton } from "@/ui/loading";
import { Since, Time } from "@/ui/time";
import { Verdict } from "@/ui/verdict";
import { clusterVerdict, isFailing, jobName, jobPace, settingWords, storeName } from "@/words/cluster";
import * as format from "@/words/format";

type System = Schemas["System"];

export default function ClusterPage() {
  usePage({ crumbs: [{ label: "Cluster" }] });
  const asked = useQuery(system());
  const { data: ready } = useQuery(readiness());
  return (
    <div className="view">
      <Loaded of={asked} what="The server's state" skeleton={<Skeleton rows={10} height={28} />}>
        {(data) => (
          <>
            <Verdict of={clusterVerdict(data, ready)} />
            <div className="cluster">
              <Node of={data} />
              <Store of={data} />
              <Commits of={data} />
            </div>
            <Jobs of={data.jobs} />
            <Changed of={data.settings} />
          </>
        )}
      </Loaded>
    </div>
  );
}

function Node({ of }: { of: System }) {
  return (
    <section className="panel" aria-label="Node">
      <header>
        <h2>Node</h2>
      </header>
      <dl className="facts right">
        <dt>Version</dt>
        <dd>
          <b>{of.version}</b>
        </dd>
        <dt>Commit</dt>
        <dd>{of.commit ? <bdi className="mono break-all">{of.commit}</bdi> : "built for development"}</dd>
        <dt>Running for</dt>
        <dd>
          <Since at={of.started_at} />
        </dd>
        <dt>Since</dt>
        <dd>
          <Time at={of.started_at} as="moment" />
        </dd>
      </dl>
    </section>
  );
}

function Store({ of: { store, disk } }: { of: System }) {
  return (
    <section className="panel" aria-label="Store">
      <header>
        <h2>Store</h2>
        <span className="text-ink-3 text-sm">{storeName(store.kind)}</span>
      </header>
      <dl className="facts right">
        <dt>Database</dt>
        <dd>
          <b>{format.bytes(store.database_bytes)}</b>
        </dd>
        <dt>Used again first</dt>
        <dd>{format.bytes(store.unused_bytes)}</dd>
        <dt>Write-ahead log</dt>
        <dd className={store.log_held ? "warn text-state" : undefined}>{format.bytes(store.log_bytes)}</dd>
        <dt>Free on the disk</dt>
        <dd className={disk.trouble ? "bad text-state" : undefined}>{disk.free_bytes === null || disk.free_bytes === undefined ? "not known" : format.bytes(disk.free_bytes)}</dd>
      </dl>
    </section>
  );
}

function Commits({ of: { store } }: { of: System }) {
  const commits = store.commits;
  return (
    <section className="panel" aria-label="Time of a commit">
      <header>
        <h2>Time of a commit</h2>
        {commits && <span className="text-ink-3 text-sm">of the last {format.count(commits.count)}</span>}
      </header>
      {commits ? (
        <dl className="facts right">
          <dt>Half within</dt>
          <dd>
            <b>{format.duration(commits.p50_ms)}</b>
          </dd>
          <dt>90 % within</dt>
          <dd>{format.duration(commits.p90_ms)}</dd>
          <dt>95 % within</dt>
          <dd>{format.duration(commits.p95_ms)}</dd>
          <dt>99 % within</dt>
          <dd>{format.duration(commits.p99_ms)}</dd>
        </dl>
      ) : (
        <p className="text-ink-2 px-3.5 py-2.5">Nothing was committed yet.</p>
      )}
    </section>
  );
}

/** What runs by itself, as a table; what fails says why below its name. */
function Jobs({ of }: { of: Schemas["SystemJob"][] }) {
  return (
    <section className="panel mt-5" aria-label="Jobs">
      <header>
        <h2>Jobs</h2>
      </header>
      <table className="table dense inset">
        <caption>What runs by itself</caption>
        <thead>
          <tr>
            <th scope="col" style={{ width: "18%" }}>Job</th>
            <th scope="col" style={{ width: "12%" }}>Runs</th>
            <th scope="col">Last did</th>
            <th scope="col" className="num" style={{ width: "90px" }}>Took</th>
            <th scope="col" className="num" style={{ width: "110px" }}>Last run</th>
            <th scope="col" className="num" style={{ width: "90px" }}>Failed</th>
          </tr>
        </thead>
        <tbody>
          {of.map((job) => {
            const fails = isFailing(job);
            const last = fails ? job.last_failure : job.last_run;
            return (
              <tr key={job.name}>
                <td>
                  <StateIcon icon={fails ? "degraded" : job.running_since ? "retrying" : "delivered"} state={fails ? "warn" : job.running_since ? "idle" : "ok"} className="mr-2 inline" />
                  {jobName(job.name)}
                </td>
                <td className="spare text-ink-2">{jobPace(job.every_seconds)}</td>
                <td className="wide">
                  <bdi className={`cut block ${fails ? "warn text-state" : "text-ink-2"}`} data-tip={last?.detail}>
                    {last?.detail ?? (job.running_since ? "runs for the first time" : "nothing yet")}
                  </bdi>
                </td>
                <td className="num spare text-ink-2">{last ? format.duration(last.took_ms) : "–"}</td>
                <td className="num end text-ink-3">{last ? <Time at={last.at} /> : "–"}</td>
                <td className="num spare text-ink-2">
                  {format.count(job.failures)} of {format.count(job.runs)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function Changed({ of }: { of: Schemas["SystemSetting"][] }) {
  return (
    <section className="panel mt-5" aria-label="Settings that differ from defaults">
      <header>
        <h2>Settings that differ from defaults</h2>
        <span className="text-ink-3 text-sm">{format.count(of.length)}</span>
      </header>
      {of.length === 0 ? (
        <p className="text-ink-2 px-3.5 py-2.5">None: everything is as it comes.</p>
      ) : (
        <table className="table inset settings">
          <caption>Settings that differ from defaults</caption>
          <thead>
            <tr>
              <th scope="col" style={{ width: "30%" }}>Setting</th>
              <th scope="col">Value</th>
              <th scope="col" style={{ width: "30%" }}>Default</th>
            </tr>
          </thead>
          <tbody>
            {of.map((setting) => (
              <tr key={setting.name}>
                <td>
                  <bdi className="mono break-all">{setting.name}</bdi>
                </td>
                <td className="wide">
                  <bdi className="mono break-all" data-tip={setting.value === "[redacted]" ? "Secrets are never shown here" : undefined}>
                    {settingWords(setting.value)}
                  </bdi>
                </td>
                <td className="wide text-ink-3">
                  <span className="phone-only">instead of </span>
                  <bdi className="mono break-all">{settingWords(setting.default)}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
