import { expect, test } from "vitest";
import { hint, type FailedAttempt } from "./hint";

function failed(kind: string, status?: number, more: Partial<FailedAttempt> & { location?: string; wait?: number; length?: string } = {}): FailedAttempt {
  return {
    started_at: "2026-11-12T03:09:31.402Z",
    request: { url: "https://bot.example/hook", headers: more.length ? [{ name: "content-length", value: more.length }] : [] },
    response: status ? { status, headers: more.location ? [{ name: "Location", value: more.location }] : [] } : null,
    error: { kind, message: "", retry_after_seconds: more.wait },
    timings: { total_us: 1_000_000 },
  };
}

test.each([
  [failed("timeout"), /^Connected, but no response head arrived\./],
  [failed("http", 503), "The receiver failed by itself; its log at 03:09:31 knows more."],
  [failed("http", 404), "The host answers, but not at this path or method: compare the URL."],
  [failed("http", 401), "The receiver refuses who we are: check auth and secret, then firewalls."],
  [failed("http", 302, { location: "https://bot.example/new" }), "Redirects are not followed; set the final URL https://bot.example/new."],
  [failed("http", 413, { length: "1400" }), "The body (1.4\u202fkB) is too large: batch less, or send less with a template."],
  [failed("http", 422), "It does not accept this body; compare with its documentation."],
  [failed("throttled", 429, { wait: 30 }), "It asked to wait until 03:10:02; that uses up no try."],
  [failed("throttled", 429), "It asked to wait; that uses up no try."],
  [failed("gone", 410), "It wants nothing more, so the webhook was disabled."],
  [failed("refused", 200), "Telegram never accepts this message as it is: mend the webhook, then retry."],
  [failed("protocol"), "What answers there does not speak HTTP: check port and scheme."],
  [failed("dns"), "The name has no address."],
  [failed("connection"), "Nobody listens, or a firewall says no."],
  [failed("tls"), /certificate/],
  [failed("blocked"), "The address is not one that lanehook sends to."],
  [failed("settings"), "The request cannot be made from the settings."],
  [failed("render"), "Mend the template or script: nothing is lost."],
  [failed("skipped"), "The script said not to send this one."],
  [failed("collapsed"), "A newer event with the same key went instead."],
])("hint %#", (attempt, text) => {
  const said = hint(attempt, { zone: "UTC", platform: "Telegram" });
  if (typeof text === "string") expect(said).toBe(text);
  else expect(said).toMatch(text);
});

test("what went well needs no hint, nor does what nobody knows", () => {
  expect(hint({ ...failed("http", 200), error: null }, { zone: "UTC" })).toBeNull();
  expect(hint(failed("unknown"), { zone: "UTC" })).toBeNull();
});

test("in the portal the receiver is the reader's own", () => {
  expect(hint(failed("http", 503), { zone: "UTC", isPortal: true })).toBe("Your server failed by itself; its log at 03:09:31 knows more.");
});
