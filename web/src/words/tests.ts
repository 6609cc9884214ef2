/** With which event a webhook is tried. */
export const TEST_OF_ITSELF = "";
export const OWN_DATA = "own";

export interface TestDraft {
  /** What is chosen: nothing, `type:…`, `saved:…`, or one's own. */
  event: string;
  /** Of one's own: JSON. */
  data: string;
}

export interface TestOrder {
  type?: string;
  saved_event?: string;
  data?: unknown;
}

/** What is asked of the server, or what is wrong with it. */
export function testOf(draft: TestDraft): { body: TestOrder; fault: null } | { body: null; fault: string } {
  if (draft.event === TEST_OF_ITSELF) return { body: {}, fault: null };
  if (draft.event !== OWN_DATA) {
    const [kind, name] = [draft.event.slice(0, draft.event.indexOf(":")), draft.event.slice(draft.event.indexOf(":") + 1)];
    return { body: kind === "saved" ? { saved_event: name } : { type: name }, fault: null };
  }
  try {
    return { body: { data: JSON.parse(draft.data) as unknown }, fault: null };
  } catch (error) {
    return { body: null, fault: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** A name for a sample, as the server takes it: letters, digits, `_`, `-` and `.`, and no `.` at the begin. */
export function sampleName(text: string): string {
  return text.trim().replace(/[^A-Za-z0-9_.-]+/g, "-").replace(/^[.-]+|-+$/g, "").slice(0, 64);
}
