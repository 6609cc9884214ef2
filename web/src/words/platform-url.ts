/** Which platform a pasted address belongs to, and what in it fills which field. The patterns are the server's own. */
export interface PlatformLike {
  id: string;
  name: string;
  url: { host?: string | null; path?: string | null; optional: boolean; example: string };
  fields: { id: string; pattern?: string | null; required: boolean; secret: boolean; default?: string | null }[];
}

export interface Pasted {
  platform: string;
  url: string;
  fields: Record<string, string>;
}

/** Nothing for what is no address of a platform that a host is known of: any receiver may have a path like one. */
export function platformOf(text: string, platforms: PlatformLike[]): Pasted | null {
  const url = read(text);
  if (!url) return null;
  if (url.hostname === "api.telegram.org") return telegram(url, platforms);
  const found = platforms.find((platform) => platform.url.host && matches(platform.url.host, url.host) && (!platform.url.path || matches(platform.url.path, url.pathname)));
  return found ? { platform: found.id, url: url.href, fields: {} } : null;
}

/** Telegram's address is made of the bot's token; the chat may stand behind it. So do they stand in the address that a browser shows. */
function telegram(url: URL, platforms: PlatformLike[]): Pasted | null {
  const token = /^\/(?:bot)?([0-9]+:[A-Za-z0-9_-]+)/.exec(decodeURIComponent(url.pathname))?.[1];
  if (!token || !platforms.some((platform) => platform.id === "telegram")) return null;
  const chat = url.searchParams.get("chat_id");
  const topic = url.searchParams.get("message_thread_id");
  return { platform: "telegram", url: "", fields: { bot_token: token, ...(chat ? { chat_id: chat } : {}), ...(topic ? { topic_id: topic } : {}) } };
}

/** Whether an address is one of this platform's; null where there is nothing to compare yet. */
export function fitsPlatform(text: string, platform: PlatformLike | undefined): boolean | null {
  if (text.trim() === "" || !platform) return null;
  const url = read(text);
  if (!url) return false;
  const { host, path } = platform.url;
  return (!host || matches(host, url.host)) && (!path || matches(path, url.pathname));
}

/** Whether a platform's addresses have a credential in them, so that they are kept nowhere else. */
export function isSecretUrl(platform: PlatformLike | undefined): boolean {
  return platform?.url.path?.includes("(?<secret>") ?? false;
}

/** Stand-ins for credentials that are not written yet, so that a message can be shown before it can be sent. */
const STAND_INS = ["a".repeat(32), "a".repeat(30), `12345678:${"a".repeat(32)}`, "-1001234567890", `tk_${"a".repeat(24)}`, "bot@example.com", "alerts", "1"];

export function standIn(pattern: string | null | undefined): string {
  return STAND_INS.find((text) => !pattern || matches(pattern, text)) ?? "";
}

function read(text: string): URL | null {
  const trimmed = text.trim();
  if (!/^https?:\/\/\S+$/i.test(trimmed)) return null;
  try {
    return new URL(trimmed);
  } catch {
    return null;
  }
}

/** The server's expressions are read by another engine; one that this does not know says nothing. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, "u").test(text);
  } catch {
    try {
      return new RegExp(`^(?:${pattern})$`).test(text);
    } catch {
      return true;
    }
  }
}
