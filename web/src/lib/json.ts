/**
 * JSON as it is written: numbers stay texts, since a double has no room for each of them, and members keep their order and their
 * repetitions. For showing, never for computing.
 */
export type Json =
  | { kind: "object"; members: [string, Json][] }
  | { kind: "array"; items: Json[] }
  | { kind: "text"; value: string }
  | { kind: "number"; value: string }
  | { kind: "word"; value: "true" | "false" | "null" };

/** Deeper than this nobody reads, and a stack has an end. */
const DEEPEST = 256;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;
const SPACE = /[ \t\n\r]*/y;

/** Nothing where it is no JSON. */
export function parseJson(source: string): Json | null {
  const reader = new Reader(source);
  try {
    const json = reader.value(0);
    reader.space();
    return reader.at === source.length ? json : null;
  } catch {
    return null;
  }
}

class Reader {
  at = 0;
  constructor(readonly source: string) {}

  space(): void {
    SPACE.lastIndex = this.at;
    SPACE.exec(this.source);
    this.at = SPACE.lastIndex;
  }

  value(depth: number): Json {
    if (depth > DEEPEST) throw new Error("too deep");
    this.space();
    switch (this.source[this.at]) {
      case "{": return this.object(depth);
      case "[": return this.array(depth);
      case '"': return { kind: "text", value: this.text() };
      case "t": return this.word("true");
      case "f": return this.word("false");
      case "n": return this.word("null");
      default: return { kind: "number", value: this.take(NUMBER) };
    }
  }

  object(depth: number): Json {
    const members: [string, Json][] = [];
    this.at += 1;
    this.space();
    if (this.passes("}")) return { kind: "object", members };
    for (;;) {
      this.space();
      const name = this.text();
      this.space();
      this.expect(":");
      members.push([name, this.value(depth + 1)]);
      this.space();
      if (this.passes("}")) return { kind: "object", members };
      this.expect(",");
    }
  }

  array(depth: number): Json {
    const items: Json[] = [];
    this.at += 1;
    this.space();
    if (this.passes("]")) return { kind: "array", items };
    for (;;) {
      items.push(this.value(depth + 1));
      this.space();
      if (this.passes("]")) return { kind: "array", items };
      this.expect(",");
    }
  }

  text(): string {
    return JSON.parse(this.take(TEXT)) as string;
  }

  word(value: "true" | "false" | "null"): Json {
    if (!this.source.startsWith(value, this.at)) throw new Error("no JSON");
    this.at += value.length;
    return { kind: "word", value };
  }

  take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source)?.[0];
    if (!found) throw new Error("no JSON");
    this.at += found.length;
    return found;
  }

  passes(character: string): boolean {
    const is = this.source[this.at] === character;
    if (is) this.at += 1;
    return is;
  }

  expect(character: string): void {
    if (!this.passes(character)) throw new Error("no JSON");
  }
}

/** The member of this name, if it is an object that has one. */
export function member(json: Json | null, name: string): Json | null {
  if (json?.kind !== "object") return null;
  return json.members.findLast(([key]) => key === name)?.[1] ?? null;
}

/** As it would be written, with each number as it was. */
export function writeJson(json: Json, indent = ""): string {
  const next = `${indent}  `;
  switch (json.kind) {
    case "object":
      if (json.members.length === 0) return "{}";
      return `{\n${json.members.map(([key, value]) => `${next}${JSON.stringify(key)}: ${writeJson(value, next)}`).join(",\n")}\n${indent}}`;
    case "array":
      if (json.items.length === 0) return "[]";
      return `[\n${json.items.map((item) => next + writeJson(item, next)).join(",\n")}\n${indent}]`;
    case "text":
      return JSON.stringify(json.value);
    default:
      return json.value;
  }
}

/** A text as it is shown: quoted, and with what would turn or hide the text around it written out. */
export function shownText(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Of a value that was parsed already, such as an example of the API's. */
export function jsonOf(value: unknown): Json {
  return parseJson(JSON.stringify(value) ?? "null") ?? { kind: "word", value: "null" };
}
