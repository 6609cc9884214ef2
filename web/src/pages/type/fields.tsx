import { Copy } from "lucide-react";
import { useMemo } from "react";
import type { Schemas } from "@/api/client";
import { jsonOf, writeJson } from "@/lib/json";
import { copy } from "@/ui/copy";
import { JsonView } from "@/ui/json-view";
import { Time } from "@/ui/time";
import { Words } from "@/ui/words";
import { changesOf, changesWords, fieldsOf } from "@/words/schema";
import { marked } from "@/words/text";

type Version = Schemas["SchemaVersion"];

/** The schema as a table; the schema itself is folded below. */
export function Fields({ of }: { of: Version }) {
  const { fields, more } = useMemo(() => fieldsOf(of.schema), [of.schema]);
  return (
    <section className="panel" aria-label="Fields">
      <header>
        <h2>Fields</h2>
        <span className="text-ink-3 text-sm">
          version {of.version}
          {of.deprecated && ", deprecated"}
        </span>
      </header>
      {fields.length === 0 ? (
        <p className="text-ink-2 px-3.5 py-2.5">The schema names no fields: its data can be anything.</p>
      ) : (
        <table className="table fields">
          <caption>Fields of the data</caption>
          <thead>
            <tr>
              <th scope="col" style={{ width: "26%" }}>Name</th>
              <th scope="col" style={{ width: "20%" }}>Type</th>
              <th scope="col">Meaning</th>
              <th scope="col" style={{ width: "22%" }}>Example</th>
            </tr>
          </thead>
          <tbody>
            {fields.map((field) => (
              <tr key={field.path}>
                <td>
                  <Path of={field.path} />
                </td>
                <td className="end text-ink-2">
                  {field.type}
                  {field.isRequired && <span className="text-ink-3"> · always</span>}
                </td>
                <td className="wide">
                  <Words of={marked(field.meaning)} />
                  {field.values.length > 0 && <span className="text-ink-3">{field.meaning ? ": " : ""}<bdi>{field.values.slice(0, 8).join(", ")}{field.values.length > 8 ? ` and ${field.values.length - 8} more` : ""}</bdi></span>}
                </td>
                <td className="spare">{field.example !== null && <bdi className="mono text-ink-2 break-all">{field.example}</bdi>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {more && <p className="text-ink-3 px-3.5 py-2 text-sm">There are more; the schema below has them all.</p>}
      <details className="px-3.5 py-2.5">
        <summary className="text-ink-2">JSON Schema</summary>
        <div className="mt-2">
          <JsonView json={jsonOf(of.schema)} />
        </div>
      </details>
    </section>
  );
}

/** With what it is within in the third ink; a long one breaks at its dots. */
function Path({ of }: { of: string }) {
  const steps = of.split(".");
  return (
    <bdi className="mono">
      {steps.slice(0, -1).map((step, at) => (
        <span key={at} className="text-ink-3">
          {step}.<wbr />
        </span>
      ))}
      {steps.at(-1)}
    </bdi>
  );
}

/** Each version with what it means for receivers who know the one before. */
export function Versions({ of }: { of: Version[] }) {
  return (
    <section className="panel" aria-label="Versions">
      <header>
        <h2>Versions</h2>
      </header>
      <ul className="rows">
        {of.toReversed().map((version, at, all) => {
          const before = all[at + 1];
          const changes = before ? changesOf(before.schema, version.schema) : [];
          return (
            <li key={version.version}>
              <div className="flex flex-wrap gap-x-3">
                <b>Version {version.version}</b>
                {version.deprecated && <span className="warn text-state">deprecated</span>}
                <span className={changes.some((change) => change.impact === "breaks") ? "bad text-state" : "text-ink-2"}>{before ? changesWords(changes) : "The first"}</span>
                {version.created_at && (
                  <span className="text-ink-3 ml-auto text-sm">
                    <Time at={version.created_at} />
                  </span>
                )}
              </div>
              {changes.length > 0 && (
                <ul className="text-ink-2 mt-1 text-sm">
                  {changes.slice(0, 30).map((change, index) => (
                    <li key={index}>
                      <Words of={[...change.text, "."]} />
                    </li>
                  ))}
                  {changes.length > 30 && <li>{changes.length - 30} more.</li>}
                </ul>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** Data that fits the schema, to copy. */
export function Example({ of }: { of: unknown }) {
  const json = jsonOf(of);
  return (
    <section className="panel" aria-label="Example">
      <header>
        <h2>Example</h2>
        <button type="button" className="btn quiet icon-only small ml-auto" aria-label="Copy the example" onClick={() => copy(writeJson(json), "The example is copied.")}>
          <Copy className="icon" aria-hidden />
        </button>
      </header>
      <div className="bg-sunken rounded-b-panel px-3.5 py-2.5">
        <JsonView json={json} />
      </div>
    </section>
  );
}
