/** A JSON Schema as a table of fields, and what changed from one to the next for those who read the data. */
import { capital, type Text } from "./text";

export interface SchemaField {
  /** `triggered_alerts[].price` */
  path: string;
  depth: number;
  type: string;
  isRequired: boolean;
  meaning: string;
  example: string | null;
  /** Its values, where they are counted. */
  values: string[];
}

type Schema = Record<string, unknown>;

/** More than this nobody reads in a table; the schema itself has them. */
const MOST = 400;
const DEEPEST = 6;

export function fieldsOf(schema: unknown): { fields: SchemaField[]; more: boolean } {
  const fields: SchemaField[] = [];
  const root = isObject(schema) ? schema : {};
  walk(root, root, "", 0, fields);
  return { fields: fields.slice(0, MOST), more: fields.length > MOST };
}

function walk(root: Schema, schema: Schema, path: string, depth: number, into: SchemaField[]): void {
  const of = resolved(root, schema);
  if (!isObject(of.properties) || depth >= DEEPEST || into.length > MOST) return;
  const required = Array.isArray(of.required) ? of.required : [];
  for (const [name, member] of Object.entries(of.properties)) {
    const field = resolved(root, member);
    const own = path === "" ? name : `${path}.${name}`;
    into.push({
      path: own,
      depth,
      type: typeWords(root, field),
      isRequired: required.includes(name),
      meaning: text(field.description) || text(field.title),
      example: exampleOf(field),
      values: valuesOf(field),
    });
    walk(root, field, own, depth + 1, into);
    if (isObject(field.items)) walk(root, field.items, `${own}[]`, depth + 1, into);
  }
}

/** With its `$ref` followed and its `allOf` put together. What leads nowhere, or in a circle, is anything. */
function resolved(root: Schema, schema: unknown, steps = 0): Schema {
  if (!isObject(schema) || steps > 16) return {};
  const { $ref: ref, allOf, ...own } = schema;
  let all: Schema = own;
  if (typeof ref === "string" && ref.startsWith("#/")) {
    const target = ref.slice(2).split("/").reduce<unknown>((at, step) => (isObject(at) ? at[decode(step)] : undefined), root);
    all = { ...resolved(root, target, steps + 1), ...own };
  }
  if (Array.isArray(allOf)) {
    for (const part of allOf) {
      const other = resolved(root, part, steps + 1);
      all = { ...other, ...all, ...(isObject(other.properties) || isObject(all.properties) ? { properties: { ...asObject(other.properties), ...asObject(all.properties) } } : {}), required: [...asList(other.required), ...asList(all.required)] };
    }
  }
  return all;
}

function decode(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

const TYPES: Record<string, string> = { string: "text", number: "number", integer: "whole number", boolean: "true or false", object: "object", array: "list", null: "null" };
const FORMATS: Record<string, string> = { "date-time": "time", date: "date", uri: "URL", email: "mail address", uuid: "UUID", ipv4: "IPv4 address", ipv6: "IPv6 address" };

/** "text or number", "list of objects", "time". */
export function typeWords(root: Schema, schema: Schema): string {
  if ("const" in schema) return `always ${JSON.stringify(schema.const)}`;
  const alternatives = [...asList(schema.oneOf), ...asList(schema.anyOf)];
  if (alternatives.length > 0) return joined(alternatives.map((each) => typeWords(root, resolved(root, each))));
  const types = typeof schema.type === "string" ? [schema.type] : asList(schema.type).filter((each) => typeof each === "string");
  if (types.length === 0) return valuesOf(schema).length > 0 ? "text" : isObject(schema.properties) ? "object" : "anything";
  return joined(types.map((type) => named(root, schema, String(type))));
}

function named(root: Schema, schema: Schema, type: string): string {
  if (type === "array" && isObject(schema.items)) return `list of ${plural(typeWords(root, resolved(root, schema.items)))}`;
  if (type === "string" && typeof schema.format === "string") return FORMATS[schema.format] ?? `text (${schema.format})`;
  return TYPES[type] ?? type;
}

function plural(type: string): string {
  return type === "text" || type === "anything" || type.includes(" or ") ? type : type.endsWith("s") ? `${type}es` : `${type}s`;
}

function joined(types: string[]): string {
  const each = [...new Set(types)];
  return each.length < 2 ? (each[0] ?? "anything") : `${each.slice(0, -1).join(", ")} or ${each.at(-1)}`;
}

function valuesOf(schema: Schema): string[] {
  return asList(schema.enum).map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
}

function exampleOf(schema: Schema): string | null {
  const example = asList(schema.examples)[0] ?? schema.example ?? schema.default;
  if (example === undefined || (typeof example === "object" && example !== null)) return null;
  const shown = typeof example === "string" ? example : JSON.stringify(example);
  return shown.length > 80 ? `${shown.slice(0, 79)}…` : shown;
}

export interface SchemaChange {
  /** `breaks`: a receiver of the version before may fail. `loosens`: it may meet what it has not met. `adds`: neither. */
  impact: "breaks" | "loosens" | "adds";
  text: Text;
}

/** What the newer version means for receivers who know the older one: what breaks first. Of fields; bounds and patterns are not compared. */
export function changesOf(older: unknown, newer: unknown): SchemaChange[] {
  const before = new Map(fieldsOf(older).fields.map((field) => [field.path, field]));
  const after = new Map(fieldsOf(newer).fields.map((field) => [field.path, field]));
  const changes: SchemaChange[] = [];
  const add = (impact: SchemaChange["impact"], path: string, ...said: Text) => changes.push({ impact, text: [{ code: path }, ...said] });
  for (const [path, field] of before) {
    const now = after.get(path);
    if (!now) {
      // What is within it is gone with it.
      if (!isWithin(path, (outer) => before.has(outer) && !after.has(outer))) add("breaks", path, " is gone");
      continue;
    }
    if (now.type !== field.type) add("breaks", path, ` is ${now.type} now, no more ${field.type}`);
    if (field.isRequired && !now.isRequired) add("breaks", path, " may be missing");
    if (!field.isRequired && now.isRequired) add("adds", path, " is always there");
    const others = field.values.length > 0 ? now.values.filter((value) => !field.values.includes(value)) : [];
    if (others.length > 0) add("loosens", path, " may also be ", { strong: others.slice(0, 6).join(", ") }, others.length > 6 ? ` and ${others.length - 6} more` : "");
  }
  for (const [path, field] of after) {
    if (before.has(path) || isWithin(path, (outer) => after.has(outer) && !before.has(outer))) continue;
    add("adds", path, field.isRequired ? " is new, and always there" : " is new");
  }
  const order = { breaks: 0, loosens: 1, adds: 2 };
  return changes.map((change) => ({ ...change, text: change.text.filter((part) => part !== "") })).toSorted((a, b) => order[a.impact] - order[b.impact]);
}

function isWithin(path: string, holds: (outer: string) => boolean): boolean {
  const steps = path.split(".");
  return steps.slice(1).some((_, at) => holds(steps.slice(0, at + 1).join(".").replace(/\[\]$/, "")));
}

/** "Breaks 2 things", "Nothing breaks". */
export function changesWords(changes: SchemaChange[]): string {
  const breaking = changes.filter((change) => change.impact === "breaks").length;
  if (changes.length === 0) return "The fields are the same";
  return capital(breaking === 0 ? "nothing breaks" : `breaks ${breaking === 1 ? "one thing" : `${breaking} things`}`);
}

function isObject(of: unknown): of is Schema {
  return typeof of === "object" && of !== null && !Array.isArray(of);
}

function asObject(of: unknown): Schema {
  return isObject(of) ? of : {};
}

function asList(of: unknown): unknown[] {
  return Array.isArray(of) ? of : [];
}

function text(of: unknown): string {
  return typeof of === "string" ? of : "";
}
