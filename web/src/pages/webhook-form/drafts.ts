/** Drafts that lie in the browser for a day, without credentials, so that a closed tab loses little. */
import type { Draft } from "@/words/webhook-form";

const LASTS = 24 * 3_600_000;

export interface Kept {
  at: number;
  draft: Draft;
  /** What it began from, and of which version of the webhook. */
  was: Draft;
  etag: string | null;
}

function place(whose: string, id: string): string {
  return `lanehook.draft:${whose}:${id}`;
}

export function kept(whose: string, id: string): Kept | null {
  try {
    const found = JSON.parse(localStorage.getItem(place(whose, id)) ?? "null") as Kept | null;
    if (found && Date.now() - found.at < LASTS) return found;
  } catch {
    // What cannot be read is none.
  }
  return null;
}

export function keep(whose: string, id: string, what: Omit<Kept, "at">): void {
  try {
    localStorage.setItem(place(whose, id), JSON.stringify({ ...what, at: Date.now() }));
  } catch {
    // Storage may be full or switched off: then a draft lasts as long as its page.
  }
}

export function drop(whose: string, id: string): void {
  try {
    localStorage.removeItem(place(whose, id));
  } catch {
    // As above.
  }
}
