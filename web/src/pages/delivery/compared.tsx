import { memo } from "react";
import type { Schemas } from "@/api/client";
import { compare } from "@/words/compare";
import * as format from "@/words/format";
import { lineDiff } from "@/words/diff";
import { pretty } from "@/ui/json-view";
import { Words } from "@/ui/words";

type Attempt = Schemas["Attempt"];

/** Two attempts beside one another; what differs carries a wash. */
export const Compared = memo(function Compared({ of, before }: { of: Attempt; before: Attempt }) {
  const comparison = compare(of, before);
  return (
    <>
      <p className="text-ink-2 border-t px-4 py-2.5">
        <Words of={comparison.sentences} />
      </p>
      <div className="grid border-t phone:grid-cols-2">
        {[before, of].map((attempt, at) => (
          <div key={attempt.number} className={`min-w-0 px-4 py-3 ${at === 1 ? "border-t phone:border-l phone:border-t-0" : ""}`}>
            <h2>
              Attempt {attempt.number} <span className="text-ink-3 font-normal">{format.duration(attempt.timings.total_us / 1000)}</span>
            </h2>
            <dl className="headers">
              {attempt.request.headers.map((header, index) => (
                <div key={index} className="contents">
                  <dt>
                    <bdi>{header.name}</bdi>
                  </dt>
                  <dd className="open">
                    <bdi className={comparison.headers.includes(header.name.toLowerCase()) ? "differs" : ""}>{header.value.slice(0, 4_000)}</bdi>
                  </dd>
                </div>
              ))}
            </dl>
            <Lines of={bodyOf(attempt.request.body)} against={bodyOf((attempt === of ? before : of).request.body)} />
            <h2 className="mt-3">Answer {attempt.response ? attempt.response.status : "did not come"}</h2>
            <Lines of={bodyOf(attempt.response?.body)} against={bodyOf((attempt === of ? before : of).response?.body)} />
          </div>
        ))}
      </div>
    </>
  );
});

function bodyOf(body: Schemas["Body"] | null | undefined): string {
  return body?.encoding === "utf8" ? pretty(body.content.slice(0, 100_000)) : (body?.content.slice(0, 4_000) ?? "");
}

function Lines({ of, against }: { of: string; against: string }) {
  if (!of) return <p className="text-ink-3 text-sm">Without a body.</p>;
  return (
    <pre className="mt-1">
      {lineDiff(of, against).map((line, at) => (
        <span key={at} className="block">
          <bdi dir="auto" className={line.differs ? "differs" : ""}>
            {line.text || " "}
          </bdi>
        </span>
      ))}
    </pre>
  );
}
