import { expect, test } from "vitest";
import { filterOf, formOf, fullPath, hasRounded, scalar, typed, type FilterForm } from "./filter-form";

const is = (path: string, operator: string, ...values: string[]) => ({ kind: "condition", path, operator, values });

test.each<[string, unknown, unknown[]]>([
  ["a plain value", { data: { symbol: "AAPL" } }, [is("data.symbol", "$eq", "AAPL")]],
  ["two operators of one field", { data: { price: { $gte: 180, $lt: 200 } } }, [is("data.price", "$gte", "180"), is("data.price", "$lt", "200")]],
  ["a list", { data: { exchange: { $in: ["XTKS", "XHKG"] } } }, [is("data.exchange", "$in", "XTKS", "XHKG")]],
  ["what is there and what is not", { data: { a: { $exists: true }, b: { $exists: false } } }, [is("data.a", "exists", ""), is("data.b", "missing", "")]],
  ["a text that looks like a number", { data: { price: { $gte: "180" } } }, [is("data.price", "$gte", '"180"')]],
  ["a text for an operator of texts", { data: { symbol: { $startsWith: "7203" } } }, [is("data.symbol", "$startsWith", "7203")]],
  ["the envelope", { type: { $startsWith: "price" }, version: 2 }, [is("type", "$startsWith", "price"), is("version", "$eq", "2")]],
  ["null and truth", { data: { a: null, b: true } }, [is("data.a", "$eq", "null"), is("data.b", "$eq", "true")]],
  [
    "alternatives within data",
    { data: { exchange: "XTKS", $or: [{ change: { $gte: 2 } }, { change: { $lte: -2 } }] } },
    [is("data.exchange", "$eq", "XTKS"), { kind: "group", under: ["data"], rows: [is("data.change", "$gte", "2"), is("data.change", "$lte", "-2")] }],
  ],
  ["alternatives of one field", { data: { change: { $or: [{ $gte: 2 }, { $lte: -2 }] } } }, [{ kind: "group", under: ["data", "change"], rows: [is("data.change", "$gte", "2"), is("data.change", "$lte", "-2")] }]],
  ["what is kept: not", { data: { a: 1, $not: { sector: "tech" } } }, [is("data.a", "$eq", "1"), { kind: "kept", filter: { data: { $not: { sector: "tech" } } } }]],
  ["what is kept: numbers in texts", { data: { price: { $number: { $gte: 180 } } } }, [{ kind: "kept", filter: { data: { price: { $number: { $gte: 180 } } } } }]],
  ["what is kept: a key with a dot", { data: { "a.b": 1 } }, [{ kind: "kept", filter: { data: { "a.b": 1 } } }]],
  ["what is kept: an empty list", { data: { a: { $in: [] } } }, [{ kind: "kept", filter: { data: { a: { $in: [] } } } }]],
  ["what is kept: a list of lists", { data: { a: { $eq: [1, 2] } } }, [{ kind: "kept", filter: { data: { a: { $eq: [1, 2] } } } }]],
  ["what is kept: all of a list", { $and: [{ data: { a: 1 } }, { data: { b: 2 } }] }, [{ kind: "kept", filter: { $and: [{ data: { a: 1 } }, { data: { b: 2 } }] } }]],
  ["what is kept: alternatives of several conditions", { data: { a: 1, $or: [{ b: 1, c: 2 }, { d: 3 }] } }, [is("data.a", "$eq", "1"), { kind: "kept", filter: { data: { $or: [{ b: 1, c: 2 }, { d: 3 }] } } }]],
])("%s is read, and written again as it was", (_, filter, rows) => {
  expect(formOf(filter)).toEqual({ match: "all", rows });
  expect(filterOf(formOf(filter))).toEqual(filter);
});

test.each<[string, unknown, FilterForm["rows"]]>([
  ["conditions", { $or: [{ data: { a: 1 } }, { data: { b: 2 } }] }, [is("data.a", "$eq", "1"), is("data.b", "$eq", "2")] as never],
  ["several at once", { $or: [{ data: { a: 1, c: 3 } }, { data: { b: 2 } }] }, [{ kind: "group", under: [], rows: [is("data.a", "$eq", "1"), is("data.c", "$eq", "3")] }, is("data.b", "$eq", "2")] as never],
  ["what is kept", { $or: [{ data: { $not: { a: 1 } } }, { data: { b: 2 } }] }, [{ kind: "kept", filter: { data: { $not: { a: 1 } } } }, is("data.b", "$eq", "2")] as never],
])("of any: %s", (_, filter, rows) => {
  expect(formOf(filter)).toEqual({ match: "any", rows });
  expect(filterOf(formOf(filter))).toEqual(filter);
});

test("the same asked twice finds room in a list", () => {
  const rows = [is("data.a", "$gte", "1"), is("data.a", "$gte", "2")] as never;
  expect(filterOf({ match: "all", rows })).toEqual({ data: { a: { $gte: 1 } }, $and: [{ data: { a: { $gte: 2 } } }] });
});

test("a plain value and an operator of one field stand beside each other", () => {
  expect(filterOf({ match: "all", rows: [is("data.a", "$eq", "1"), is("data.a", "$lt", "2")] as never })).toEqual({ data: { a: { $eq: 1, $lt: 2 } } });
});

test("two groups are both asked", () => {
  const group = (path: string) => ({ kind: "group", under: [], rows: [is(path, "$gte", "2"), is(path, "$lte", "-2")] });
  expect(filterOf({ match: "all", rows: [group("data.a"), group("data.b")] as never })).toEqual({
    $or: [{ data: { a: { $gte: 2 } } }, { data: { a: { $lte: -2 } } }],
    $and: [{ $or: [{ data: { b: { $gte: 2 } } }, { data: { b: { $lte: -2 } } }] }],
  });
});

test("a group whose fields were changed is written where they all are", () => {
  const rows = [{ kind: "group", under: ["data"], rows: [is("type", "$eq", "a"), is("data.b", "$eq", "1")] }] as never;
  expect(filterOf({ match: "all", rows })).toEqual({ $or: [{ type: "a" }, { data: { b: 1 } }] });
});

test("rows without a field ask for nothing", () => {
  expect(filterOf({ match: "all", rows: [is("", "$eq", "x")] as never })).toBeNull();
  expect(filterOf(formOf(null))).toBeNull();
  expect(filterOf(formOf({}))).toBeNull();
});

test.each([
  ["price", "data.price"],
  ["data.price", "data.price"],
  ["type", "type"],
  ["metadata.desk", "metadata.desk"],
  [" items.sku ", "data.items.sku"],
  ["", ""],
])("the field %s is %s", (written, path) => expect(fullPath(written)).toBe(path));

test.each<[string, unknown]>([
  ["2", 2],
  ["−2.5", -2.5],
  ["1e3", 1000],
  ["007", "007"],
  ["2.", "2."],
  ['"2"', "2"],
  ["true", true],
  ["null", null],
  ['"true"', "true"],
  ["XTKS", "XTKS"],
  ["", ""],
  ['"', '"'],
])("%s means %o", (text, value) => {
  expect(scalar(text)).toEqual(value);
  expect(scalar(typed(value))).toEqual(value);
});

test.each([
  [{ data: { a: 9007199254740993 } }, true],
  [{ data: { a: { $in: [1, 2 ** 60] } } }, true],
  [{ data: { a: 9007199254740991, b: 1e-7 } }, false],
])("%o was rounded: %s", (filter, rounded) => expect(hasRounded(filter)).toBe(rounded));
