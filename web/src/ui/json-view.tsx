/** JSON as it was written: numbers as texts, long things folded, foreign text contained. */
import { memo, useMemo, useState, type CSSProperties, type ReactNode } from "react";
import { parseJson, shownText, writeJson, type Json } from "@/lib/json";
import { bytes, count } from "@/words/format";

/** A text longer than this is cut before it is laid out; a click shows the next part. */
const LONGEST_TEXT = 2_000;
/** Members of a list that are drawn at once. */
const AT_ONCE = 100;
/** A document larger than this begins folded. */
const LARGE = 100_000;

export function JsonView({ source, json }: { source?: string; json?: Json | null }) {
  const tree = useMemo(() => json ?? (source === undefined ? null : parseJson(source)), [source, json]);
  if (!tree) return <TextView text={source ?? ""} />;
  const isLarge = (source?.length ?? 0) > LARGE;
  return (
    <div className="json" dir="ltr">
      <Value of={tree} depth={0} opens={isLarge ? 1 : 8} />
    </div>
  );
}

/** Text that is no JSON, by parts. */
export function TextView({ text }: { text: string }) {
  const [shown, setShown] = useState(LONGEST_TEXT * 4);
  return (
    <pre>
      <bdi dir="auto">{text.slice(0, shown)}</bdi>
      {text.length > shown && (
        <More onClick={() => setShown(shown * 4)}>
          … {bytes(text.length - shown)} more
        </More>
      )}
    </pre>
  );
}

const Value = memo(function Value({ of, depth, opens, before, after = "" }: { of: Json; depth: number; opens: number; before?: ReactNode; after?: string }) {
  const row = { "--depth": Math.min(depth, 40) } as CSSProperties;
  if (of.kind !== "object" && of.kind !== "array") {
    return (
      <span className="row" style={row}>
        {before}
        <Scalar of={of} />
        {after}
      </span>
    );
  }
  return <Container of={of} depth={depth} opens={opens} before={before} after={after} row={row} />;
});

function Container({ of, depth, opens, before, after, row }: { of: Json & { kind: "object" | "array" }; depth: number; opens: number; before?: ReactNode; after: string; row: CSSProperties }) {
  const [isOpen, setIsOpen] = useState(depth < opens);
  const [shown, setShown] = useState(AT_ONCE);
  const items: [string | null, Json][] = of.kind === "object" ? of.members : of.items.map((item) => [null, item]);
  const [open, close] = of.kind === "object" ? ["{", "}"] : ["[", "]"];
  if (items.length === 0) {
    return (
      <span className="row" style={row}>
        {before}
        {open}
        {close}
        {after}
      </span>
    );
  }
  const toggle = (
    <button type="button" className="fold" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
      {open}
      {!isOpen && ` ${count(items.length)} ${of.kind === "object" ? "members" : "items"} ${close}`}
    </button>
  );
  if (!isOpen) {
    return (
      <span className="row" style={row}>
        {before}
        {toggle}
        {after}
      </span>
    );
  }
  return (
    <>
      <span className="row" style={row}>
        {before}
        {toggle}
      </span>
      {items.slice(0, shown).map(([name, item], at) => (
        <Value
          key={at}
          of={item}
          depth={depth + 1}
          opens={opens}
          before={name === null ? undefined : <Name of={name} />}
          after={at < items.length - 1 ? "," : ""}
        />
      ))}
      {items.length > shown && (
        <span className="row" style={{ "--depth": depth + 1 } as CSSProperties}>
          <More onClick={() => setShown(shown * 4)}>… {count(items.length - shown)} more</More>
        </span>
      )}
      <span className="row" style={row}>
        {close}
        {after}
      </span>
    </>
  );
}

function Name({ of }: { of: string }) {
  return (
    <>
      <span className="key">
        <bdi>{shownText(of.length > LONGEST_TEXT ? `${of.slice(0, LONGEST_TEXT)}…` : of)}</bdi>
      </span>
      {": "}
    </>
  );
}

function Scalar({ of }: { of: Json & { kind: "text" | "number" | "word" } }) {
  const [shown, setShown] = useState(LONGEST_TEXT);
  if (of.kind === "word") return <span className="word">{of.value}</span>;
  if (of.kind === "number") return <span className="number">{of.value.slice(0, LONGEST_TEXT)}</span>;
  return (
    <>
      <bdi dir="auto">{shownText(of.value.slice(0, shown))}</bdi>
      {of.value.length > shown && <More onClick={() => setShown(shown * 8)}>… {count(of.value.length - shown)} more characters</More>}
    </>
  );
}

function More({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" className="fold" onClick={onClick}>
      {children}
    </button>
  );
}

/** For the clipboard: set out in lines if it is JSON, else as it is. */
export function pretty(source: string): string {
  const json = parseJson(source);
  return json ? writeJson(json) : source;
}
