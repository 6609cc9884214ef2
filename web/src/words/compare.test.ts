import { expect, test } from "vitest";
import { compare, type Exchanged } from "./compare";
import { plain } from "./text";

function exchange(headers: Record<string, string>, body: string, status: number | null, answer = "", url = "https://a.example/"): Exchanged {
  return {
    request: { url, headers: Object.entries(headers).map(([name, value]) => ({ name, value })), body: { content: body } },
    response: status === null ? null : { status, body: { content: answer } },
    error: status === null ? { kind: "timeout", message: "" } : null,
  };
}

const first = exchange({ "Webhook-Timestamp": "1", "webhook-signature": "a", "x-team": "blue" }, "{}", 503, "down");

test.each([
  [exchange({ "webhook-timestamp": "2", "webhook-signature": "b", "x-team": "blue" }, "{}", 503, "down"), "The request differs in webhook-timestamp and webhook-signature, as it must. The answer is the same."],
  [first, "The request is the same. The answer is the same."],
  [exchange({ "webhook-timestamp": "1", "webhook-signature": "a", "x-team": "red" }, "{}", 500, "down"), "The request differs in x-team. The answer was 503 before."],
  [exchange({ "webhook-timestamp": "1", "webhook-signature": "a", "x-team": "blue" }, "[]", 503, "up"), "The request differs in body. The answer's body is another."],
  [exchange({ "webhook-timestamp": "1", "webhook-signature": "a", "x-team": "blue" }, "{}", null, "", "https://b.example/"), "The request differs in URL. This time there was no answer."],
])("%#", (attempt, words) => expect(plain(compare(attempt, first).sentences)).toBe(words));

test("without answers", () => {
  const none = exchange({}, "", null);
  expect(plain(compare(none, none).sentences)).toBe("The request is the same. There was no answer both times.");
  expect(plain(compare(exchange({}, "", 200), none).sentences)).toBe("The request is the same. This time there was an answer.");
});
