import { expect, test } from "vitest";
import { faultOf } from "./faults";

const ERRORS = [
  { pointer: "/event_types/0", message: "`*` stands only at the end" },
  { pointer: "/name", message: "is empty" },
];

test.each([
  ["/event_types", "`*` stands only at the end."],
  ["/name", "Is empty."],
  ["/event", undefined],
  ["/rate", undefined],
])("%s: %s", (pointer, said) => expect(faultOf(ERRORS, pointer)).toBe(said));
