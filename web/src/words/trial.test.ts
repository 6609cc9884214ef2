import { expect, test } from "vitest";
import { trialInWords } from "./trial";

const hours = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 3_600_000).toISOString();
test.each([
  [{ looked_at: 0, matched: 0, complete: true }, "Nothing was published yet."],
  [{ looked_at: 200, matched: 31, complete: true, from: hours(0), to: hours(3.5) }, "would be sent, about 9 an hour"],
  [{ looked_at: 200, matched: 0, complete: true, from: hours(0), to: hours(3.5) }, "would be sent"],
  [{ looked_at: 200, matched: 4, complete: true, from: hours(0), to: hours(48) }, "would be sent, about 2 a day"],
  [{ looked_at: 200, matched: 3, complete: true, from: hours(0), to: hours(0.001) }, "would be sent"],
  [{ looked_at: 50, matched: 25, complete: false, from: hours(0), to: hours(1) }, "would be sent of the 50 there was time for, about 25 an hour"],
])("%o", (trial, words) => expect(trialInWords(trial)).toBe(words));
