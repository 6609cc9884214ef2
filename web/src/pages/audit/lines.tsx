import type { useInfiniteQuery } from "@tanstack/react-query";
import type { Schemas } from "@/api/client";
import { Time } from "@/ui/time";
import { Words } from "@/ui/words";
import { deedWords, sideText, whoWords } from "@/words/audit";
import { lineDiff } from "@/words/diff";

type Line = Schemas["AuditLine"];

/** Lines of the trail, newest first. Each opens what was before and after. */
export function Lines({ of, list, showsTenant = false }: { of: Line[]; list: ReturnType<typeof useInfiniteQuery<Schemas["AuditLineList"]>>; showsTenant?: boolean }) {
  return (
    <>
      <ul className="panel rows">
        {of.map((line) => (
          <li key={line.id}>
            <One of={line} showsTenant={showsTenant} />
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <button type="button" className="btn mt-3" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Older ones
        </button>
      )}
    </>
  );
}

function One({ of, showsTenant }: { of: Line; showsTenant: boolean }) {
  const facts = (
    <>
      <Words of={deedWords(of)} />
      <span className="text-ink-3 block text-sm">
        <Time at={of.at} /> · <Words of={whoWords(of.actor)} />
        {of.address && (
          <>
            {" from "}
            <span className="mono">{of.address}</span>
          </>
        )}
        {showsTenant && of.tenant && (
          <>
            {" · "}
            <bdi>{of.tenant}</bdi>
          </>
        )}
      </span>
    </>
  );
  if (of.before == null && of.after == null) return <div className="px-3.5 py-2">{facts}</div>;
  return (
    <details className="px-3.5 py-2">
      <summary className="cursor-pointer list-none">{facts}</summary>
      <Difference before={sideText(of.before)} after={sideText(of.after)} />
    </details>
  );
}

function Difference({ before, after }: { before: string; after: string }) {
  return (
    <div className="grid gap-3 pt-2 phone:grid-cols-2">
      <Side title="Before" of={before} against={after} />
      <Side title="After" of={after} against={before} />
    </div>
  );
}

function Side({ title, of, against }: { title: string; of: string; against: string }) {
  return (
    <div className="min-w-0">
      <h3 className="text-ink-2 text-sm">{title}</h3>
      {of === "" ? (
        <p className="text-ink-3 text-sm">It was not there.</p>
      ) : (
        <pre className="mt-1 overflow-x-auto">
          {lineDiff(of, against).map((line, at) => (
            <span key={at} className="block">
              <bdi dir="auto" className={line.differs && against !== "" ? "differs" : ""}>
                {line.text || " "}
              </bdi>
            </span>
          ))}
        </pre>
      )}
    </div>
  );
}
