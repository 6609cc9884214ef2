import { expect, test } from "vitest";
import { lineDiff } from "./diff";

const differing = (text: string, against: string) => lineDiff(text, against).filter((line) => line.differs).map((line) => line.text);

test.each([
  ["a\nb\nc", "a\nb\nc", []],
  ["a\nx\nc", "a\nb\nc", ["x"]],
  ["a\nb\nb2\nc", "a\nb\nc", ["b2"]],
  ["a\nc", "a\nb\nc", []],
  ["c\na", "a\nc", ["c"]],
  ["x\ny", "", ["x", "y"]],
])("%j against %j", (text, against, lines) => expect(differing(text, against)).toEqual(lines));
