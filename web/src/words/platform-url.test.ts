import { expect, test } from "vitest";
import { fitsPlatform, isSecretUrl, platformOf, standIn, type PlatformLike } from "./platform-url";

const of = (id: string, host: string | null, path: string | null): PlatformLike => ({ id, name: id, url: { host, path, optional: false, example: "" }, fields: [] });
const PLATFORMS = [
  of("custom", null, null),
  of("n8n", null, "^(?:(/[A-Za-z0-9_.-]+)*/(webhook|webhook-test)/(?<secret>.+))$"),
  of("slack", "^(?:hooks\\.slack(-gov)?\\.com)$", "^(?:/(services/T[A-Z0-9]+/B[A-Z0-9]+|workflows/T[A-Z0-9]+/A[A-Z0-9]+/[0-9]+)/(?<secret>[A-Za-z0-9_]+))$"),
  of("discord", "^(?:((ptb|canary)\\.)?discord(app)?\\.com)$", "^(?:/api/(v[0-9]+/)?webhooks/[0-9]+/(?<secret>[A-Za-z0-9_-]+))$"),
  of("telegram", "^(?:api\\.telegram\\.org)$", "^(?:/bot(?<secret>[0-9]+:[A-Za-z0-9_-]+)(/test)?/sendMessage)$"),
];
const SLACK = "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx";

test.each<[string, string | null, Record<string, string>]>([
  [SLACK, "slack", {}],
  [`  ${SLACK}\n`, "slack", {}],
  ["https://hooks.slack.com/services/nothing", null, {}],
  ["https://discord.com/api/webhooks/123456/abc-DEF_1", "discord", {}],
  ["https://canary.discord.com/api/v10/webhooks/123456/abc", "discord", {}],
  ["https://discord.com/channels/1/2", null, {}],
  ["https://api.telegram.org/bot123456:AAE-x_y/sendMessage?chat_id=-1001234567890", "telegram", { bot_token: "123456:AAE-x_y", chat_id: "-1001234567890" }],
  ["https://api.telegram.org/bot123456:AAE-x_y/getUpdates", "telegram", { bot_token: "123456:AAE-x_y" }],
  ["https://api.telegram.org/bot123456:AAE/sendMessage?chat_id=@ch&message_thread_id=7", "telegram", { bot_token: "123456:AAE", chat_id: "@ch", topic_id: "7" }],
  ["https://api.telegram.org/", null, {}],
  ["https://example.com/webhook/abc", null, {}],
  ["https://evil.example/?u=https://hooks.slack.com/services/T0/B0/x", null, {}],
  ["look here https://hooks.slack.com/services/T0/B0/x", null, {}],
  ["slack", null, {}],
])("%s is of %s", (text, platform, fields) => {
  const found = platformOf(text, PLATFORMS);
  expect(found?.platform ?? null).toBe(platform);
  expect(found?.fields ?? {}).toEqual(fields);
});

test.each<[string, string, boolean | null]>([
  [SLACK, "slack", true],
  ["https://hooks.slack.com/x", "slack", false],
  ["hooks.slack.com", "slack", false],
  ["", "slack", null],
  ["https://a.example/any", "custom", true],
  ["https://n8n.example/webhook/abc", "n8n", true],
])("%s fits %s: %s", (text, id, fits) => expect(fitsPlatform(text, PLATFORMS.find((platform) => platform.id === id))).toBe(fits));

test("addresses with a credential are known", () => {
  expect(PLATFORMS.map((platform) => [platform.id, isSecretUrl(platform)])).toEqual([["custom", false], ["n8n", true], ["slack", true], ["discord", true], ["telegram", true]]);
});

test.each([
  ["^(?:[A-Za-z0-9]{32})$", "a".repeat(32)],
  ["^(?:[A-Za-z0-9]{30})$", "a".repeat(30)],
  ["^(?:[0-9]{5,20}:[A-Za-z0-9_-]{20,100})$", `12345678:${"a".repeat(32)}`],
  ["^(?:-?[0-9]{1,20}|@[A-Za-z0-9_]{4,32})$", "-1001234567890"],
  ["^(?:[^\\s@:]+@[^\\s@:]+)$", "bot@example.com"],
  ["^(?:tk_[a-z0-9]{20,64})$", `tk_${"a".repeat(24)}`],
  [null, "a".repeat(32)],
])("%s is stood in for by %s", (pattern, text) => expect(standIn(pattern)).toBe(text));
