/**
 * A filter as a form has it: conditions, and groups of them. What a form cannot show is kept as it is, so that JSON and form are two views of
 * one thing: `filterOf(formOf(filter))` asks for the same.
 */
export type Operator = "$eq" | "$neq" | "$in" | "$nin" | "$gt" | "$gte" | "$lt" | "$lte" | "$startsWith" | "$endsWith" | "$contains" | "$regex" | "exists" | "missing";

export interface Condition {
  kind: "condition";
  /** With dots: `data.price`. */
  path: string;
  operator: Operator;
  /** As somebody types it; several only for `$in` and `$nin`. */
  values: string[];
}

export interface Group {
  kind: "group";
  /** Where the list of alternatives stands in the filter. */
  under: string[];
  rows: Condition[];
}

/** A part that no form shows. */
export interface Kept {
  kind: "kept";
  filter: Filter;
}

export type Row = Condition | Group | Kept;

export interface FilterForm {
  /** Whether all rows must hold, or one is enough. Groups are the other way round. */
  match: "all" | "any";
  rows: Row[];
}

type Filter = Record<string, unknown>;

export const OPERATORS: { value: Operator; label: string }[] = [
  { value: "$eq", label: "is" },
  { value: "$neq", label: "is not" },
  { value: "$in", label: "is one of" },
  { value: "$nin", label: "is none of" },
  { value: "$gte", label: "is at least" },
  { value: "$gt", label: "is above" },
  { value: "$lte", label: "is at most" },
  { value: "$lt", label: "is below" },
  { value: "$contains", label: "contains" },
  { value: "$startsWith", label: "begins with" },
  { value: "$endsWith", label: "ends with" },
  { value: "$regex", label: "matches" },
  { value: "exists", label: "is there" },
  { value: "missing", label: "is missing" },
];

const KNOWN = new Set<string>(OPERATORS.map(({ value }) => value));
/** Operators whose value is a text whatever it looks like. */
const OF_TEXTS = new Set<Operator>(["$startsWith", "$endsWith", "$regex"]);
/** What an event has beside its data. */
const ENVELOPE = new Set(["id", "type", "timestamp", "version", "ordering_key", "correlation_id", "source", "metadata", "data"]);

export const EMPTY_CONDITION: Condition = { kind: "condition", path: "", operator: "$eq", values: [""] };

export function isMany(operator: Operator): boolean {
  return operator === "$in" || operator === "$nin";
}

export function isBare(operator: Operator): boolean {
  return operator === "exists" || operator === "missing";
}

/** A field by its short name is one of the event's data. */
export function fullPath(path: string): string {
  const trimmed = path.trim();
  const first = trimmed.split(".", 1)[0] ?? "";
  return trimmed === "" || ENVELOPE.has(first) ? trimmed : `data.${trimmed}`;
}

// Reading ---------------------------------------------------------------------------------------------------------------------------------

export function formOf(filter: unknown): FilterForm {
  if (!isObject(filter)) return { match: "all", rows: [] };
  const alternatives = filter.$or;
  if (Object.keys(filter).length === 1 && Array.isArray(alternatives)) {
    const rows = alternatives.map(alternative);
    if (rows.every((row) => row !== null)) return { match: "any", rows };
  }
  return { match: "all", rows: read(filter, []) };
}

/** One of several of which one is enough: a condition, or a group of them that must all hold. */
function alternative(of: unknown): Row | null {
  if (!isObject(of)) return null;
  const rows = read(of, []);
  if (rows.length === 1 && rows[0]?.kind !== "group") return rows[0] ?? null;
  if (rows.length > 1 && rows.every((row) => row.kind === "condition")) return { kind: "group", under: [], rows };
  return { kind: "kept", filter: of };
}

function read(of: unknown, path: string[]): Row[] {
  if (!isObject(of)) return [isShown(path, of) ? condition(path, "$eq", of) : kept(path, of)];
  return Object.entries(of).flatMap(([key, wanted]): Row[] => {
    if (key === "$or" && Array.isArray(wanted)) return [group(wanted, path) ?? kept(path, { $or: wanted })];
    if (key === "$exists" && typeof wanted === "boolean" && isNamed(path)) return [condition(path, wanted ? "exists" : "missing")];
    if (isMany(key as Operator) && Array.isArray(wanted) && wanted.length > 0 && wanted.every(isScalar) && isNamed(path)) return [condition(path, key as Operator, ...wanted)];
    if (KNOWN.has(key) && !isMany(key as Operator) && isShown(path, wanted) && (!OF_TEXTS.has(key as Operator) || typeof wanted === "string")) return [condition(path, key as Operator, wanted)];
    if (key.startsWith("$")) return [kept(path, { [key]: wanted })];
    return read(wanted, [...path, key]);
  });
}

/** Alternatives that are a condition each. */
function group(alternatives: unknown[], path: string[]): Group | null {
  const rows = alternatives.map((one) => read(one, path));
  const isSimple = rows.length > 0 && rows.every((row) => row.length === 1 && row[0]?.kind === "condition");
  return isSimple ? { kind: "group", under: path, rows: rows.flat() as Condition[] } : null;
}

function condition(path: string[], operator: Operator, ...values: unknown[]): Condition {
  return { kind: "condition", path: path.join("."), operator, values: values.length > 0 ? values.map((value) => typed(value, operator)) : [""] };
}

function kept(path: string[], filter: unknown): Kept {
  return { kind: "kept", filter: nested(path, filter) as Filter };
}

function isShown(path: string[], value: unknown): boolean {
  return isScalar(value) && isNamed(path);
}

/** Whether dots between its parts say which field it is. */
function isNamed(path: string[]): boolean {
  return path.length > 0 && path.every((part) => part !== "" && !part.includes(".") && !part.startsWith("$") && part.trim() === part) && ENVELOPE.has(path[0] ?? "");
}

// Writing ---------------------------------------------------------------------------------------------------------------------------------

/** Null for a form that asks for nothing. Rows without a field are not there yet. */
export function filterOf(form: FilterForm): Filter | null {
  const rows = form.rows.filter((row) => (row.kind === "condition" ? isThere(row) : row.kind === "group" ? row.rows.some(isThere) : true));
  if (rows.length === 0) return null;
  if (form.match === "any") {
    const each = rows.map((row) => simple(row.kind === "group" ? all(row.rows.filter(isThere).map(written)) : row.kind === "kept" ? row.filter : written(row)));
    return each.length === 1 ? (each[0] as Filter) : { $or: each };
  }
  return simple(all(rows.map((row) => (row.kind === "group" ? alternatives(row) : row.kind === "kept" ? row.filter : written(row)))));
}

function isThere(row: Condition): boolean {
  return row.path.trim() !== "";
}

function written(row: Condition): Filter {
  const { operator } = row;
  const value = isMany(operator) ? row.values.filter((text) => text !== "").map((text) => scalar(text, operator)) : scalar(row.values[0] ?? "", operator);
  const clause = isBare(operator) ? { $exists: operator === "exists" } : { [operator]: value };
  return nested(fullPath(row.path).split("."), clause) as Filter;
}

function alternatives(of: Group): Filter {
  const rows = of.rows.filter(isThere);
  const isUnder = rows.every((row) => of.under.every((part, at) => fullPath(row.path).split(".")[at] === part));
  const under = isUnder ? of.under : [];
  const each = rows.map((row) => simple(under.reduce((filter: unknown, part) => (filter as Filter)[part], written(row))));
  return nested(under, { $or: each }) as Filter;
}

/** All of these in one object where they have room beside each other; else in a list. */
function all(parts: Filter[]): Filter {
  const whole: Filter = {};
  const others: Filter[] = [];
  for (const part of parts) {
    if (fits(whole, part)) put(whole, part);
    else others.push(part);
  }
  if (others.length === 0) return whole;
  if ("$and" in whole) return { $and: [whole, ...others] };
  return { ...whole, $and: others };
}

function fits(whole: Filter, part: Filter): boolean {
  return Object.entries(part).every(([key, value]) => !(key in whole) || (!key.startsWith("$") && fits(asObject(whole[key]), asObject(value))));
}

function put(whole: Filter, part: Filter): void {
  for (const [key, value] of Object.entries(part)) {
    if (!(key in whole)) whole[key] = structuredClone(value);
    else {
      const inner = structuredClone(asObject(whole[key]));
      put(inner, asObject(value));
      whole[key] = inner;
    }
  }
}

function asObject(of: unknown): Filter {
  return isObject(of) ? of : { $eq: of };
}

/** `{"$eq": 1}` is written `1`. */
function simple(of: unknown): Filter {
  return plainest(of) as Filter;
}

function plainest(of: unknown): unknown {
  if (Array.isArray(of)) return of.map(plainest);
  if (!isObject(of)) return of;
  const keys = Object.keys(of);
  if (keys.length === 1 && keys[0] === "$eq" && isScalar(of.$eq)) return of.$eq;
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, key.startsWith("$") && key !== "$or" && key !== "$and" ? value : plainest(value)]));
}

function nested(path: string[], leaf: unknown): unknown {
  return path.reduceRight((inner, part) => ({ [part]: inner }), leaf);
}

// Values ----------------------------------------------------------------------------------------------------------------------------------

/** What a typed text means: a number, true, false or null if it reads as one, else itself. Quotes make a text of anything. */
export function scalar(text: string, operator: Operator = "$eq"): string | number | boolean | null {
  const trimmed = text.trim();
  if (OF_TEXTS.has(operator)) return text;
  if (/^".*"$/.test(trimmed) && trimmed.length > 1) {
    try {
      return JSON.parse(trimmed) as string;
    } catch {
      return trimmed;
    }
  }
  if (/^[-−]?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(trimmed)) return Number(trimmed.replace("−", "-"));
  if (trimmed === "true" || trimmed === "false") return trimmed === "true";
  return trimmed === "null" ? null : trimmed;
}

/** The other way round. */
export function typed(value: unknown, operator: Operator = "$eq"): string {
  if (typeof value !== "string") return String(value);
  const readsAs = scalar(value, operator);
  return readsAs === value ? value : JSON.stringify(value);
}

/** Whole numbers that a browser would have rounded when it read them: then nothing of the filter is written anew. */
export function hasRounded(of: unknown): boolean {
  if (typeof of === "number") return Number.isInteger(of) && !Number.isSafeInteger(of);
  if (Array.isArray(of)) return of.some(hasRounded);
  return isObject(of) && Object.values(of).some(hasRounded);
}

function isScalar(of: unknown): boolean {
  return of === null || typeof of === "string" || typeof of === "number" || typeof of === "boolean";
}

function isObject(of: unknown): of is Filter {
  return typeof of === "object" && of !== null && !Array.isArray(of);
}
