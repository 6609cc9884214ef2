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

export function statusOf(error: unknown): number | null {
  return error instanceof Refusal ? error.status : null;
}
