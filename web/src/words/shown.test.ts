import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { shown } from "./shown";

/** What the server makes for each platform of one event; a test of the server's compares it with the program. */
const MESSAGES = readFileSync(join(import.meta.dirname, "../../../docs/platform-messages.md"), "utf8");
const SECTIONS = [...MESSAGES.matchAll(/^## (.+)\n\n`[A-Z]+` as `([^`]+)`\n\n```json\n([\s\S]*?)\n```/gm)].map(([, name = "", type = "", body = ""]) => ({ id: name.toLowerCase().replaceAll(/[.]/g, "").replaceAll(" / lark", "").replaceAll(/[ ]/g, "_"), isForm: type.includes("form"), body }));

const of = (id: string) => {
  const section = SECTIONS.find((one) => one.id === id);
  if (!section) throw new Error(`no ${id} in ${SECTIONS.map((one) => one.id).join(" ")}`);
  const body = section.isForm ? new URLSearchParams(JSON.parse(section.body) as Record<string, string>).toString() : section.body;
  return { section, body };
};

test.each(["slack", "discord", "telegram", "mattermost", "rocketchat", "matrix", "webex", "zulip", "wecom", "dingtalk", "ntfy", "gotify", "pushover", "google_chat", "microsoft_teams", "feishu"])("%s shows title, sentence and link", (id) => {
  const { section, body } = of(id);
  const platform = { google_chat: "googlechat", microsoft_teams: "teams" }[id] ?? id;
  const made = shown(platform, body, section.isForm);
  expect(made?.title).toContain("Price alert: ACME 187.5 ▲");
  expect(made?.text).toContain("ACME rose above 180.00 USD");
  expect(made?.text).not.toMatch(/[<>*]|&amp;|\\/);
  expect(made?.title).not.toMatch(/[<>*]|&amp;|\\/);
  expect(made?.link).toBeTruthy();
});

test.each([
  ["slack", "#e8a317"],
  ["mattermost", "#e8a317"],
  ["discord", "#e8a317"],
  ["telegram", null],
])("%s is coloured %s", (id, color) => expect(shown(id, of(id).body, false)?.color).toBe(color));

test("fields stand beside each other", () => {
  const body = JSON.stringify({ attachments: [{ color: "#112233", blocks: [{ type: "header", text: { text: "A &amp; B" } }, { type: "section", fields: [{ text: "*Price*\n2,861.5 JPY" }, { text: "*a &lt;b&gt;*\nc" }] }] }] });
  expect(shown("slack", body, false)).toMatchObject({ title: "A & B", fields: [{ name: "Price", value: "2,861.5 JPY" }, { name: "a <b>", value: "c" }] });
});

test.each([
  ["slack", "no JSON"],
  ["slack", "[]"],
  ["slack", "{}"],
  ["datadog", "[{}]"],
  ["custom", '{"a":1}'],
  ["discord", '{"embeds":"x","content":5}'],
])("%s shows nothing of %s it cannot read as a message", (platform, body) => expect(shown(platform, body, false)?.title ?? "").toBe(""));

test("a colour that is none colours nothing", () => {
  const with_ = (color: unknown) => shown("mattermost", JSON.stringify({ attachments: [{ title: "A", color }] }), false)?.color;
  expect([with_("#abc"), with_("red;x:y"), with_(-1), with_(0xffffff), with_("#A0b1C2")]).toEqual([null, null, null, "#ffffff", "#A0b1C2"]);
});
