/** The list that one came from, so that `[` and `]` go along it. */
let ids: string[] = [];

export function remember(list: string[]): void {
  ids = list;
}

/** The ones beside this, in the list's order. */
export function beside(id: string): { previous: string | null; next: string | null } {
  const at = ids.indexOf(id);
  return at < 0 ? { previous: null, next: null } : { previous: ids[at - 1] ?? null, next: ids[at + 1] ?? null };
}
