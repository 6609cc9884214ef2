/** Why an event did not go to a webhook: the first clause that says no, with both values. */
import { number, quoted } from "./filter";
import { listed, plain, type Text } from "./text";

export interface MismatchLike {
  reason: string;
  clauses: { path: string; operator: string; wanted: unknown; found?: unknown; shortened?: boolean }[];
  more: boolean;
}

export function whyNot(mismatch: MismatchLike): Text {
  switch (mismatch.reason) {
    case "disabled":
      return ["the webhook is disabled"];
    case "event_types":
      return ["the type is not asked for"];
    default:
  }
  const clauses = mismatch.clauses.map(clause);
  if (clauses.length === 0) return [mismatch.reason === "assets" ? "it is about none of its assets" : "its filter says no"];
  const said: Text = clauses.flatMap((text, at) => (at === 0 ? text : [at === clauses.length - 1 && !mismatch.more ? "; or " : "; ", ...text]));
  return mismatch.more ? [...said, "; or others"] : said;
}

export function whyNotInPlainWords(mismatch: MismatchLike): string {
  return plain(whyNot(mismatch));
}

function clause({ path, operator, wanted, found }: MismatchLike["clauses"][number]): Text {
  const name: Text = [{ code: field(path) }];
  if (operator === "$exists") return wanted === false ? [...name, " is there; it is to be missing"] : ["there is no ", ...name];
  if (found === undefined) return ["there is no ", ...name];
  return [...name, " is ", ...value(found), "; ", ...asked(operator, wanted)];
}

function asked(operator: string, wanted: unknown): Text {
  const it = " is asked for";
  switch (operator) {
    case "$eq": return [...value(wanted), it];
    case "$neq": return ["anything but ", ...value(wanted), it];
    case "$gt": return ["above ", ...value(wanted), it];
    case "$gte": return ["at least ", ...value(wanted), it];
    case "$lt": return ["below ", ...value(wanted), it];
    case "$lte": return ["at most ", ...value(wanted), it];
    case "$in": return [...oneOf(wanted), it];
    case "$nin": return ["none of ", ...oneOf(wanted), it];
    case "$startsWith": return ["a text that begins with ", ...value(wanted), it];
    case "$endsWith": return ["a text that ends with ", ...value(wanted), it];
    case "$contains": return ["something with ", ...value(wanted), it];
    case "$regex": return ["a text that matches ", ...value(wanted), it];
    case "$number": return ["a number", it];
    case "$not": return ["something that is not ", ...value(wanted), it];
    default: return [`${operator} `, ...value(wanted), it];
  }
}

function oneOf(wanted: unknown): Text {
  if (!Array.isArray(wanted)) return value(wanted);
  const shown: Text[] = wanted.slice(0, 4).map(value);
  if (wanted.length > 4) shown.push([`${wanted.length - 4} more`]);
  if (shown.length < 2) return shown.flat();
  return [...listed(shown.slice(0, -1)).map((part) => (part === " and " ? ", " : part)), " or ", ...(shown.at(-1) as Text)];
}

function value(of: unknown): Text {
  if (typeof of === "number") return [{ foreign: number(of) }];
  if (typeof of === "string") return of === "" ? ["empty"] : [{ foreign: quoted(of) }];
  if (of === null) return ["null"];
  if (typeof of === "object") return [{ code: JSON.stringify(of) }];
  return [String(of)];
}

/** A JSON pointer as a field's name: `/data/change_percent` is `change_percent`. */
export function field(pointer: string): string {
  const steps = pointer.split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return (steps[0] === "data" && steps.length > 1 ? steps.slice(1) : steps).join(".");
}
