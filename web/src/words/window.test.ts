import { expect, test } from "vitest";
import { rowsInView } from "./window";

test.each([
  [50, 0, { first: 0, end: 50 }],
  [100_000, 300, { first: 0, end: 25 }],
  [100_000, -48_000, { first: 988, end: 1031 }],
  [100_000, -4_799_900, { first: 99_985, end: 100_000 }],
])("of %d rows with the table at %d", (count, top, window) => expect(rowsInView(count, 48, top, 900)).toEqual(window));
