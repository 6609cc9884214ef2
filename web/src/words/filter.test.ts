import { expect, test } from "vitest";
import { filterInPlainWords, typesInWords } from "./filter";
import { plain } from "./text";

test.each([
  [null, ""],
  [{}, ""],
  [{ data: { symbol: "AAPL" } }, "if symbol is AAPL"],
  [{ data: { symbol: "AAPL", price: { $gte: 180 } } }, "if symbol is AAPL, and price is at least 180"],
  [{ data: { price: { $gte: 180, $lt: 200 } } }, "if price is at least 180, and is below 200"],
  [{ data: { symbol: { $in: ["AAPL", "MSFT"] } } }, "if symbol is AAPL or MSFT"],
  [{ data: { symbol: { $in: ["A", "B", "C"] } } }, "if symbol is A, B or C"],
  [{ data: { symbol: { $nin: ["AAPL"] } } }, "if symbol is not AAPL"],
  [{ data: { $or: [{ change: { $gte: 2 } }, { change: { $lte: -2 } }] } }, "if change is at least 2 or at most −2"],
  [{ data: { change: { $or: [{ $gte: 2 }, { $lte: -2 }] } } }, "if change is at least 2 or at most −2"],
  [{ $or: [{ data: { a: 1 } }, { data: { b: 2 } }] }, "if a is 1 or b is 2"],
  [{ $or: [{ data: { a: 1, c: 3 } }, { data: { b: 2 } }] }, "if (a is 1, and c is 3) or b is 2"],
  [{ $and: [{ data: { a: 1 } }, { data: { b: 2 } }] }, "if a is 1, and b is 2"],
  [{ data: { $not: { sector: "tech" } } }, "if not (sector is tech)"],
  [{ data: { isin: { $exists: false } } }, "if isin is missing"],
  [{ data: { isin: { $exists: true } } }, "if isin is there"],
  [{ data: { price: { $number: { $gte: 180 } } } }, "if price is at least 180"],
  [{ data: { name: { $startsWith: "A", $regex: "^A" } } }, "if name begins with A, and matches ^A"],
  [{ data: { price: { $gte: "180" }, isin: "true", symbol: "7203.T" } }, 'if price is at least "180", and isin is "true", and symbol is 7203.T'],
  [{ type: "price_alert" }, "if type is price_alert"],
  [{ data: { a: { b: { c: true } } } }, "if a.b.c is true"],
  [{ data: { $$type: "x" } }, "if $type is x"],
  [{ data: { tag: { $contains: "eu" } } }, "if tag contains eu"],
  [{ data: { note: "" } }, "if note is empty"],
  [{ data: { list: { $eq: [1, 2] } } }, "if list is [1,2]"],
])("%o", (filter, words) => expect(filterInPlainWords(filter)).toBe(words));

test.each([
  [[], "everything"],
  [["*"], "everything"],
  [["price_alert", "volume_alert"], "price_alert and volume_alert"],
  [["a", "b", "c", "d", "e"], "a, b, c, d and 1 more"],
])("types %o", (patterns, words) => expect(plain(typesInWords(patterns))).toBe(words));
