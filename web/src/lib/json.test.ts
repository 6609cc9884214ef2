import { expect, test } from "vitest";
import { jsonOf, member, parseJson, shownText, writeJson } from "./json";

test("numbers keep their digits, and members their order and repetitions", () => {
  const source = '{"b": 12345678901234567890.123456789, "a": 1.0, "a": 2e400, "2": "x", "1": null}';
  expect(writeJson(parseJson(source)!)).toBe(
    '{\n  "b": 12345678901234567890.123456789,\n  "a": 1.0,\n  "a": 2e400,\n  "2": "x",\n  "1": null\n}',
  );
});

test.each(["", "{", "[1,]", '{"a" 1}', "nul", "01", "1 2", '"\u0001"', "[".repeat(300) + "]".repeat(300)])("%j is none", (source) => {
  expect(parseJson(source)).toBeNull();
});

test("texts are what they say", () => {
  expect(parseJson('"\\u202e<b>\\n"')).toEqual({ kind: "text", value: "\u202e<b>\n" });
  expect(member(parseJson('{"data":{"x":1}}'), "data")).toEqual({ kind: "object", members: [["x", { kind: "number", value: "1" }]] });
  expect(writeJson(jsonOf({ a: [], b: {}, c: [true, 1] }))).toBe('{\n  "a": [],\n  "b": {},\n  "c": [\n    true,\n    1\n  ]\n}');
});

test("what would turn the text around it is written out", () => {
  expect(shownText("a\u202eb\u200f \ufeff\n")).toBe('"a\\u202eb\\u200f \\ufeff\\n"');
});

test("a megabyte is read at once", () => {
  const items = Array.from({ length: 40_000 }, (_, at) => `{"id":${at},"name":"row"}`);
  const read = parseJson(`[${items.join(",")}]`);
  expect(read?.kind === "array" && read.items.length).toBe(40_000);
});
