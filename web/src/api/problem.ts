/** What went wrong with a request, as the server says it (RFC 9457), or that no answer came. */
import type { components } from "./schema";

export type Problem = components["schemas"]["Problem"];

export class Refusal extends Error {
  override readonly name = "Refusal";
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
    readonly retryAfter: number | null = null,
  ) {
    super(problem.detail ?? problem.title ?? `the server answered ${status}`);
  }
}

/** No answer came: the server is away or the network is. */
export class NoConnection extends Error {
  override readonly name = "NoConnection";
}

/** Of whatever was thrown, what pages say of it. No status: no answer came. */
export function problemOf(error: unknown): { status: number | null; detail?: string; code?: string; request_id?: string; retryAfter?: number | null } {
  if (error instanceof Refusal) return { ...error.problem, status: error.status, retryAfter: error.retryAfter };
  if (error instanceof NoConnection) return { status: null };
  return { status: 0, detail: error instanceof Error ? error.message : String(error) };
}
