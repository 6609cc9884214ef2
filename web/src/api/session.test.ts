import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NoConnection, Refusal } from "./problem";
import { signOut, standing, type Session } from "./session";

const session: Session = { csrf: "token", tenant: null, scopes: [], name: "k", portal: null, expiresAt: null };

beforeEach(() => standing.set({ phase: "in", session }));
afterEach(() => vi.unstubAllGlobals());

function answering(status: number, body: string | null = null): ReturnType<typeof vi.fn> {
  const fetch = vi.fn(async () => new Response(body, { status }));
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

test("whoever signs out is shown as signed out once the server says so", async () => {
  const fetch = answering(204);
  await signOut();
  expect(standing.get()).toEqual({ phase: "out", again: false });
  expect(fetch).toHaveBeenCalledWith("/api/v1/session", expect.objectContaining({ method: "DELETE", headers: { "x-lanehook-csrf": "token" } }));
});

test("a session that was over before is over", async () => {
  answering(401, "{}");
  await signOut();
  expect(standing.get().phase).toBe("out");
});

test("nobody is shown as signed out who is still signed in", async () => {
  for (const status of [403, 429, 503]) {
    answering(status, JSON.stringify({ code: "busy", detail: "not now" }));
    await expect(signOut()).rejects.toThrow(Refusal);
    expect(standing.get(), `${status}`).toEqual({ phase: "in", session });
  }
  vi.stubGlobal("fetch", vi.fn().mockRejectedValue(new TypeError("no network")));
  await expect(signOut()).rejects.toThrow(NoConnection);
  expect(standing.get()).toEqual({ phase: "in", session });
});
