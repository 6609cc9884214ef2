import { expect, test } from "vitest";
import { curl, quoted } from "./curl";

test("the very bytes and headers, without secrets", () => {
  const line = curl({
    method: "POST",
    url: "https://bot.example/hook?a=1&b='2'",
    headers: [
      { name: "host", value: "bot.example" },
      { name: "content-length", value: "9" },
      { name: "webhook-signature", value: "v1,abc=" },
      { name: "Authorization", value: "[redacted]" },
    ],
    body: '{"a":"it\'s"}',
  });
  expect(line).toBe(
    `curl 'https://bot.example/hook?a=1&b='\\''2'\\''' \\\n  -H 'webhook-signature: v1,abc=' \\\n  -H 'Authorization: '"$SECRET" \\\n  --data-raw '{"a":"it'\\''s"}'`,
  );
});

test.each([
  ["GET", null, "curl 'https://x/'"],
  ["POST", null, "curl 'https://x/' \\\n  -X POST"],
  ["PUT", "b", "curl 'https://x/' \\\n  -X PUT \\\n  --data-raw 'b'"],
])("%s", (method, body, line) => expect(curl({ method, url: "https://x/", headers: [], body })).toBe(line));

test("line breaks and control characters survive a shell", () => {
  expect(quoted("a\nb\\c'd\u0007")).toBe("$'a\\nb\\\\c\\'d\\x07'");
});

test.each([
  ["a file's name for a body", { body: "@/etc/passwd" }, "curl 'https://x/' \\\n  --data-raw '@/etc/passwd'"],
  ["a URL with ranges", { url: "https://x/?a[]={1,2}" }, "curl -g 'https://x/?a[]={1,2}' \\\n  --data-raw 'b'"],
  ["a command in a header's name", { headers: [{ name: "x`id`", value: "[redacted]" }] }, "curl 'https://x/' \\\n  -H 'x`id`: '\"$SECRET\" \\\n  --data-raw 'b'"],
  ["a header without a value", { headers: [{ name: "x-empty", value: "" }] }, "curl 'https://x/' \\\n  -H 'x-empty;' \\\n  --data-raw 'b'"],
])("%s means nothing to shell and curl", (_, what, line) => expect(curl({ method: "POST", url: "https://x/", headers: [], body: "b", ...what })).toBe(line));

test("an inspector has no address, so it is left to whoever pastes the line", () => {
  expect(curl({ method: "POST", url: "lanehook://inspect/ins_1/a", headers: [], body: "{}" })).toBe("curl \"$URL\" \\\n  --data-raw '{}'");
});
