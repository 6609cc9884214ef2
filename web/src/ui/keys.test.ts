import { expect, test } from "vitest";
import { called } from "./keys";

const key = (key: string, more: Partial<KeyboardEvent> = {}) => ({ key, shiftKey: false, metaKey: false, ctrlKey: false, ...more });

test.each([
  [key("r"), "r"],
  [key("C", { shiftKey: true }), "shift+c"],
  [key("k", { ctrlKey: true }), "mod+k"],
  [key("K", { metaKey: true, shiftKey: true }), "mod+shift+k"],
  [key("Enter", { shiftKey: true }), "shift+Enter"],
  [key("?", { shiftKey: true }), "?"],
  [key("["), "["],
])("%o is %s", (event, name) => expect(called(event)).toBe(name));
