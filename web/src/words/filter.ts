/** A webhook's filter in words: "if exchange is XTKS, and change_percent is at least 2 or at most −2". */
import { listed, plain, type Text } from "./text";

type Value = unknown;

const OPERATORS: Record<string, string> = {
  $eq: "is",
  $neq: "is not",
  $gt: "is above",
  $gte: "is at least",
  $lt: "is below",
  $lte: "is at most",
  $in: "is",
  $nin: "is not",
  $startsWith: "begins with",
  $endsWith: "ends with",
  $contains: "contains",
  $regex: "matches",
};

/** Nothing for a filter that asks for nothing. */
export function filterInWords(filter: Value): Text {
  const clauses = isObject(filter) ? conditions(filter, []) : [];
  return clauses.length === 0 ? [] : ["if ", ...joined(clauses, "and")];
}

export function filterInPlainWords(filter: Value): string {
  return plain(filterInWords(filter));
}

/** What must all hold, each in words. */
function conditions(filter: Value, path: string[]): Text[] {
  if (!isObject(filter)) return [[...field(path), " is ", ...value(filter)]];
  const clauses: Text[] = [];
  const own: Text[] = [];
  for (const [key, wanted] of Object.entries(filter)) {
    switch (key) {
      case "$and":
        if (Array.isArray(wanted)) clauses.push(...wanted.flatMap((one) => conditions(one, path)));
        break;
      case "$or":
        if (Array.isArray(wanted)) clauses.push(anyOf(wanted, path));
        break;
      case "$not":
        clauses.push(["not (", ...joined(conditions(wanted, path), "and"), ")"]);
        break;
      case "$number":
        own.push(...(isObject(wanted) ? operators(wanted) : [["is ", ...value(wanted)] as Text]));
        break;
      default:
        if (key.startsWith("$") && !key.startsWith("$$")) own.push(...operators({ [key]: wanted }));
        else clauses.push(...conditions(wanted, [...path, key.replace(/^\$\$/, "$")]));
    }
  }
  if (own.length > 0) {
    const [first, ...rest] = joined(own, "and");
    clauses.unshift([...field(path), typeof first === "string" ? ` ${first}` : " ", ...rest]);
  }
  return clauses;
}

/** Alternatives of one field say the field once: "change_percent is at least 2 or at most −2". */
function anyOf(alternatives: Value[], path: string[]): Text {
  const each = alternatives.map((one) => conditions(one, path));
  const simple = each.map((clauses) => (clauses.length === 1 ? clauses[0] : undefined));
  const name = simple[0]?.[0];
  const isSame = name !== undefined && simple.every((clause) => clause !== undefined && same(clause[0], name) && clause.length >= 2);
  if (!isSame) return joined(each.map((clauses) => (clauses.length === 1 ? (clauses[0] as Text) : ["(", ...joined(clauses, "and"), ")"])), "or");
  const [first, ...others] = simple as Text[];
  const rest = others.map((clause) => {
    const [, operator, ...values] = clause;
    return [(typeof operator === "string" ? operator : "").replace(/^ is(?= (at|above|below|not))/, "").trimStart(), ...values] as Text;
  });
  return joined([first as Text, ...rest], "or");
}

function same(a: Text[number] | undefined, b: Text[number]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function operators(wanted: Record<string, Value>): Text[] {
  return Object.entries(wanted).map(([operator, what]): Text => {
    if (operator === "$exists") return [what === false ? "is missing" : "is there"];
    const word = OPERATORS[operator] ?? operator;
    if ((operator === "$in" || operator === "$nin") && Array.isArray(what)) {
      if (what.length === 0) return [`${word} one of none`];
      const shown: Text[] = what.slice(0, 8).map((one) => value(one));
      if (what.length > 8) shown.push([`${what.length - 8} more`]);
      return [`${word} `, ...joined(shown, "or")];
    }
    return [`${word} `, ...value(what)];
  });
}

function field(path: string[]): Text {
  const shown = path[0] === "data" && path.length > 1 ? path.slice(1) : path;
  return [{ code: shown.length === 0 ? "the event" : shown.join(".") }];
}

function value(wanted: Value): Text {
  if (typeof wanted === "number") return [{ strong: number(wanted) }];
  if (wanted === null) return [{ strong: "null" }];
  if (typeof wanted === "string") return wanted === "" ? ["empty"] : [{ strong: quoted(wanted) }];
  if (isObject(wanted) || Array.isArray(wanted)) return [{ code: JSON.stringify(wanted) }];
  return [{ strong: String(wanted) }];
}

/** A text that reads like something else is told apart by its quotes: "180" is no 180. */
export function quoted(text: string): string {
  return /^(-?\d+(\.\d+)?([eE][-+]?\d+)?|true|false|null)$/.test(text) ? JSON.stringify(text) : text;
}

/** With a real minus. */
export function number(of: number): string {
  return String(of).replace("-", "−");
}

function joined(texts: Text[], word: "and" | "or"): Text {
  if (word === "and" && texts.length > 1) {
    return texts.flatMap((text, at) => (at === 0 ? text : [", and ", ...text]));
  }
  if (word === "or" && texts.length > 2) {
    return texts.flatMap((text, at) => (at === 0 ? text : at === texts.length - 1 ? [" or ", ...text] : [", ", ...text]));
  }
  return texts.flatMap((text, at) => (at === 0 ? text : [` ${word} `, ...text]));
}

function isObject(of: Value): of is Record<string, Value> {
  return typeof of === "object" && of !== null && !Array.isArray(of);
}

/** The types that a webhook asks for, in words: "price_alert and volume_alert", "everything". */
export function typesInWords(patterns: string[]): Text {
  if (patterns.length === 0 || patterns.includes("*") || patterns.includes("all")) return ["everything"];
  const shown: Text[] = patterns.slice(0, 4).map((pattern) => [{ code: pattern }]);
  if (patterns.length > 4) shown.push([`${patterns.length - 4} more`]);
  return listed(shown);
}
