import { expect, test } from "vitest";
import { parseJson } from "../lib/json";
import { sampleFaults } from "./sample";

const SCHEMA = {
  type: "object",
  required: ["kind", "weight"],
  properties: {
    kind: { enum: ["apple", "pear"] },
    weight: { type: "number" },
    count: { type: "integer" },
    ripe: { type: "boolean" },
    trees: { type: "array", items: { type: "object", required: ["id"], properties: { id: { type: "string" } } } },
    from: { type: "object", required: ["farm"], properties: { farm: { type: "string" } } },
  },
};

test.each([
  ['{"kind":"apple","weight":182.5}', []],
  ['{"kind":"apple","weight":182,"count":12345678901234567890,"ripe":true,"trees":[{"id":"a"}],"from":{"farm":"x"}}', []],
  ['{"weight":"heavy"}', ["kind is missing", "weight is text; number is asked for"]],
  ['{"kind":"plum","weight":1,"count":1.5}', ["kind is none of apple, pear", "count is number; whole number is asked for"]],
  ['{"kind":"pear","weight":1,"trees":[{"id":1},{}],"from":{}}', ["trees[].id is whole number; text is asked for", "trees[].id is missing", "from.farm is missing"]],
  ["[]", []],
])("%s", (sample, faults) => expect(sampleFaults(SCHEMA, parseJson(sample) as never)).toEqual(faults));

test("a schema that says nothing finds nothing wrong", () => {
  for (const schema of [true, {}, null, { type: "string" }]) expect(sampleFaults(schema, parseJson('{"a":1}') as never)).toEqual([]);
});
