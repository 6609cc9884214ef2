/** What went wrong, in the words of pages: a title, what to know, and the request's id for whoever helps. */
import { duration } from "./format";

export interface ProblemLike {
  status: number | null;
  detail?: string;
  code?: string;
  request_id?: string;
  /** The scope that a key lacks, where that is the matter. */
  retryAfter?: number | null;
}

export interface ProblemWords {
  title: string;
  detail: string;
  requestId: string | null;
  /** Whether trying again can help. */
  retry: boolean;
}

/** `what` is what was asked for, in the plural: "Deliveries". `one` is one of it: "delivery". */
export function problemInWords(problem: ProblemLike, what: string, one?: string, isPortal = false): ProblemWords {
  const requestId = problem.request_id ?? null;
  switch (problem.status) {
    case null:
      return { title: `${what} could not be loaded.`, detail: "No answer came from the server.", requestId, retry: true };
    case 401:
      if (isPortal) return { title: "Your time here is over.", detail: "What you typed is kept.", requestId, retry: false };
      return { title: "You were signed out.", detail: "Sign in to go on; what you typed is kept.", requestId, retry: false };
    case 403: {
      // Whoever came by a link has no key, and cannot mend what it lacks.
      if (isPortal) return { title: `${what} cannot be had here.`, detail: "", requestId, retry: false };
      const scope = /`([a-z]+(?::[a-z]+)?)`/.exec(problem.detail ?? "")?.[1];
      const lacks = scope && problem.code === "missing_scope" ? `: it lacks \`${scope}\`.` : ".";
      return { title: `Your key cannot see ${lower(what)}${lacks}`, detail: lacks === "." ? (problem.detail ?? "") : "", requestId, retry: false };
    }
    case 404:
      if (!one) break;
      return { title: isPortal ? `There is no such ${one}.` : `There is no such ${one}, or it is another tenant's.`, detail: "", requestId, retry: false };
    case 429:
      return { title: `Slow down: go on in ${duration((problem.retryAfter ?? 1) * 1000)}.`, detail: "", requestId, retry: true };
    default:
  }
  return { title: `${what} could not be loaded.`, detail: sentence(problem.detail ?? "The server could not answer."), requestId, retry: true };
}

export function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** With a capital letter and a full stop, as the API's details have neither. */
export function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
