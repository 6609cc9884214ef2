/** Who is signed in. The key is exchanged for a cookie that scripts cannot read; here stay the CSRF token and what the key may do. */
import { Store } from "@/lib/store";
import { NoConnection, Refusal, type Problem } from "./problem";

export interface Session {
  csrf: string;
  /** Whose key it is; null for an operator's. */
  tenant: string | null;
  scopes: string[];
  /** The key's name, if the server tells it. */
  name?: string | null;
}

export type Standing =
  | { phase: "asking" }
  | { phase: "in"; session: Session }
  /** `again`: somebody was signed in until now, and what is on the screen is kept. */
  | { phase: "out"; again: boolean }
  | { phase: "unreachable" };

export const standing = new Store<Standing>({ phase: "asking" });

async function ask(method: "GET" | "POST" | "DELETE", body?: unknown): Promise<Response> {
  const current = standing.get();
  const headers: Record<string, string> = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (method !== "GET" && current.phase === "in") headers["x-lanehook-csrf"] = current.session.csrf;
  try {
    return await fetch("/session", { method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: "same-origin" });
  } catch {
    throw new NoConnection("no answer came");
  }
}

/** Whether a session is there already. */
export async function resume(): Promise<void> {
  try {
    const answer = await ask("GET");
    if (answer.ok) standing.set({ phase: "in", session: (await answer.json()) as Session });
    else standing.set({ phase: "out", again: false });
  } catch {
    standing.set({ phase: "unreachable" });
  }
}

export async function signIn(key: string): Promise<void> {
  const answer = await ask("POST", { key });
  if (!answer.ok) {
    const problem = (await answer.json().catch(() => ({}))) as Partial<Problem>;
    throw new Refusal(answer.status, problem);
  }
  standing.set({ phase: "in", session: (await answer.json()) as Session });
}

export async function signOut(): Promise<void> {
  await ask("DELETE").catch(() => undefined);
  standing.set({ phase: "out", again: false });
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
  return session.scopes.includes("*") || session.scopes.includes(scope);
}
