import { expect, test } from "vitest";
import { changesOf, changesWords, fieldsOf, typeWords } from "./schema";
import { marked, plain } from "./text";

const of = (properties: object, required: string[] = [], $defs: object = {}) => ({ type: "object", properties, required, $defs });

test("fields are told by their paths, with what they refer to", () => {
  const schema = of({ symbol: { $ref: "#/$defs/symbol" }, alerts: { type: "array", items: { type: "object", required: ["id"], properties: { id: { type: "string" } } } } }, ["symbol"], {
    symbol: { type: "string", description: "Ticker", examples: ["AAPL"] },
  });
  expect(fieldsOf(schema).fields).toEqual([
    { path: "symbol", depth: 0, type: "text", isRequired: true, meaning: "Ticker", example: "AAPL", values: [] },
    { path: "alerts", depth: 0, type: "list of objects", isRequired: false, meaning: "", example: null, values: [] },
    { path: "alerts[].id", depth: 1, type: "text", isRequired: true, meaning: "", example: null, values: [] },
  ]);
});

test("what refers to itself comes to an end", () => {
  const { fields } = fieldsOf(of({ node: { $ref: "#/$defs/node" } }, [], { node: { type: "object", properties: { next: { $ref: "#/$defs/node" } } } }));
  expect(fields.map((field) => field.path)).toEqual(["node", "node.next", "node.next.next", "node.next.next.next", "node.next.next.next.next", "node.next.next.next.next.next"]);
  expect(fieldsOf(of({ a: { $ref: "#/$defs/a" } }, [], { a: { $ref: "#/$defs/a" } })).fields[0]?.type).toBe("anything");
});

test("parts of allOf are put together", () => {
  const { fields } = fieldsOf({ allOf: [of({ a: { type: "string" } }, ["a"]), of({ b: { type: "integer" } })], properties: { c: { type: "boolean" } } });
  expect(fields.map((field) => `${field.path} ${field.type} ${field.isRequired}`).toSorted()).toEqual(["a text true", "b whole number false", "c true or false false"]);
});

test("a very wide schema is cut", () => {
  const wide = fieldsOf(of(Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`f${at}`, {}]))));
  expect(wide.fields.length).toBe(400);
  expect(wide.more).toBe(true);
});

test.each([null, undefined, true, [], "text", { properties: [] }])("%j is no table", (schema) => expect(fieldsOf(schema).fields).toEqual([]));

test.each([
  [{ type: "string" }, "text"],
  [{ type: ["number", "string"] }, "number or text"],
  [{ type: "string", format: "date-time" }, "time"],
  [{ type: "string", format: "hostname" }, "text (hostname)"],
  [{ type: "array", items: { type: "integer" } }, "list of whole numbers"],
  [{ type: "array" }, "list"],
  [{ enum: ["a", "b"] }, "text"],
  [{ const: "x" }, 'always "x"'],
  [{ oneOf: [{ type: "string" }, { type: "null" }] }, "text or null"],
  [{}, "anything"],
])("%j: %s", (schema, said) => expect(typeWords({}, schema)).toBe(said));

const said = (older: object, newer: object) => changesOf(older, newer).map((change) => `${change.impact}: ${plain(change.text)}`);

test.each([
  [of({ a: { type: "string" } }), of({ a: { type: "string" } }), []],
  [of({ a: {}, b: { properties: { c: {} } } }), of({ a: {} }), ["breaks: b is gone"]],
  [of({ a: { type: "number" } }), of({ a: { type: ["number", "string"] } }), ["breaks: a is number or text now, no more number"]],
  [of({ a: {} }, ["a"]), of({ a: {} }), ["breaks: a may be missing"]],
  [of({ a: {} }), of({ a: {} }, ["a"]), ["adds: a is always there"]],
  [of({ a: { enum: ["x"] } }), of({ a: { enum: ["x", "y", "z"] } }), ["loosens: a may also be y, z"]],
  [of({}), of({ a: { properties: { b: {} } }, c: {} }, ["c"]), ["adds: a is new", "adds: c is new, and always there"]],
  [of({ a: {} }), of({ b: {} }), ["breaks: a is gone", "adds: b is new"]],
])("from %j to %j", (older, newer, changes) => expect(said(older, newer)).toEqual(changes));

test.each([
  [[], "The fields are the same"],
  [changesOf(of({}), of({ a: {} })), "Nothing breaks"],
  [changesOf(of({ a: {} }), of({})), "Breaks one thing"],
  [changesOf(of({ a: {}, b: {} }), of({})), "Breaks 2 things"],
])("in short: %#", (changes, words) => expect(changesWords(changes)).toBe(words));

test("what stands between backticks is code", () => {
  expect(marked("Price, in `currency`")).toEqual([{ foreign: "Price, in " }, { code: "currency" }]);
  expect(marked("a ` alone")).toEqual([{ foreign: "a ` alone" }]);
});
