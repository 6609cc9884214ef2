import { expect, test } from "vitest";
import { failureName } from "./failure";

test.each([
  ["timeout", "No answer in time"],
  ["http", "Answered with an error"],
  ["brand_new", "Failed otherwise"],
])("%s", (kind, name) => expect(failureName(kind)).toBe(name));
