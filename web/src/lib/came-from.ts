/** The list that one came from, so that `[` and `]` go along it. */
let ids: string[] = [];

export function remember(list: string[]): void {
  ids = list;
}

let last: string | null = null;

/** What was opened of it, so that going back finds the same row. */
export function opened(id: string): void {
  last = id;
}

export function lastOpened(): string | null {
  return last;
}

/** The ones beside this, in the list's order. */
export function beside(id: string): { previous: string | null; next: string | null } {
  const at = ids.indexOf(id);
  return at < 0 ? { previous: null, next: null } : { previous: ids[at - 1] ?? null, next: ids[at + 1] ?? null };
}
