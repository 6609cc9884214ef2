/** Who is signed in. The key is exchanged for a cookie that scripts cannot read; here stay the CSRF token and what the key may do. */
import { isPortal, PORTAL_HEADER } from "@/lib/place";
import { Store } from "@/lib/store";
import { NoConnection, Refusal, type Problem } from "./problem";
import type { components } from "./schema";

type SessionAnswer = components["schemas"]["Session"];

export interface Session {
  csrf: string;
  /** Whose key it is; null for an operator's. */
  tenant: string | null;
  scopes: string[];
  /** The key's name; none in a portal. */
  name: string | null;
  /** Where somebody came by a portal link: whether they may change things. */
  portal: { manage: boolean } | null;
  /** When it is over in any case, in milliseconds; null: never. */
  expiresAt: number | null;
}

function read(answer: SessionAnswer): Session {
  const { csrf_token, tenant, scopes, key, portal, expires_at } = answer;
  return { csrf: csrf_token ?? "", tenant: tenant ?? null, scopes, name: key.name || null, portal: portal ?? null, expiresAt: expires_at ? Date.parse(expires_at) : null };
}

export type Standing =
  | { phase: "asking" }
  | { phase: "in"; session: Session }
  /** `again`: somebody was signed in until now, and what is on the screen is kept. */
  | { phase: "out"; again: boolean; isLinkUsed?: boolean }
  | { phase: "unreachable" };

export const standing = new Store<Standing>({ phase: "asking" });

/** `shown`: a key, or the code of a link, in place of the cookie. */
async function ask(method: "GET" | "POST" | "DELETE", shown?: string): Promise<Response> {
  const current = standing.get();
  const headers: Record<string, string> = isPortal ? { [PORTAL_HEADER]: "1" } : {};
  if (shown !== undefined) headers["authorization"] = `Bearer ${shown}`;
  else if (method !== "GET" && current.phase === "in") headers["x-lanehook-csrf"] = current.session.csrf;
  try {
    return await fetch("/api/v1/session", { method, headers, credentials: "same-origin" });
  } catch {
    throw new NoConnection("no answer came");
  }
}

/** The code of the link by which the page was opened. It leaves the address at once, so that nobody reads or keeps it there. */
function takeLinkCode(): string | null {
  const code = /^#(lhl_[\w-]+)$/.exec(location.hash)?.[1] ?? null;
  if (code) history.replaceState(history.state, "", isPortal ? location.pathname + location.search : "/");
  return code;
}

let linkCode = typeof location === "undefined" ? null : takeLinkCode();

/** Whether a session is there already, or begins by the link that the page was opened by. */
export async function resume(): Promise<void> {
  try {
    const code = linkCode;
    const answer = code ? await ask("POST", code) : await ask("GET");
    linkCode = null;
    const session = answer.ok ? read((await answer.json()) as SessionAnswer) : null;
    // The portal is for whoever came by a link: an operator's session opens the dashboard.
    if (session && (session.portal !== null) === isPortal) standing.set({ phase: "in", session });
    else standing.set({ phase: "out", again: false, isLinkUsed: code !== null });
  } catch {
    standing.set({ phase: "unreachable" });
  }
}

export async function signIn(key: string): Promise<void> {
  const answer = await ask("POST", key);
  if (!answer.ok) throw await refusal(answer);
  standing.set({ phase: "in", session: read((await answer.json()) as SessionAnswer) });
}

/** Fails where the server did not say that the session is over: nobody is shown as signed out whose browser still is signed in. */
export async function signOut(): Promise<void> {
  const answer = await ask("DELETE");
  // 401: it was over before.
  if (!answer.ok && answer.status !== 401) throw await refusal(answer);
  standing.set({ phase: "out", again: false });
}

async function refusal(answer: Response): Promise<Refusal> {
  const problem = (await answer.json().catch(() => ({}))) as Partial<Problem>;
  return new Refusal(answer.status, problem);
}

/** The server knows the session no more. */
export function ended(): void {
  if (standing.get().phase === "in") standing.set({ phase: "out", again: true });
}

export function csrf(): string | null {
  const current = standing.get();
  return current.phase === "in" ? current.session.csrf : null;
}

export function may(session: Session, scope: string): boolean {
  return session.scopes.includes(scope);
}
