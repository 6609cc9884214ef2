/** Whether a sample is what its type's schema says, as far as a page can tell while somebody types. The server's word is the last one. */
import type { Json } from "../lib/json";
import { fieldsOf, type SchemaField } from "./schema";

const MOST = 5;

/** In words, a few of what is wrong; nothing for a schema that says little. */
export function sampleFaults(schema: unknown, sample: Json): string[] {
  const faults: string[] = [];
  for (const field of fieldsOf(schema).fields) {
    if (faults.length >= MOST) break;
    const parts = field.path.split(".");
    const name = parts.pop() ?? "";
    for (const holder of held(sample, parts)) {
      if (holder.kind !== "object") continue;
      const value = holder.members.findLast(([key]) => key === name)?.[1];
      const fault = value ? wrong(field, value) : field.isRequired ? `${field.path} is missing` : null;
      if (fault && !faults.includes(fault)) faults.push(fault);
    }
  }
  return faults.slice(0, MOST);
}

/** All that is at a path; `name[]` is each item of a list. */
function held(from: Json, parts: string[]): Json[] {
  return parts.reduce<Json[]>((all, part) => {
    const isList = part.endsWith("[]");
    const name = isList ? part.slice(0, -2) : part;
    return all.flatMap((json) => {
      const value = json.kind === "object" ? json.members.findLast(([key]) => key === name)?.[1] : undefined;
      if (!value) return [];
      if (!isList) return [value];
      return value.kind === "array" ? value.items : [];
    });
  }, [from]);
}

function wrong(field: SchemaField, value: Json): string | null {
  const is = kindOf(value);
  const wanted = field.type.startsWith("list of ") ? "list" : field.type;
  const fits = !["text", "number", "whole number", "true or false", "object", "list"].includes(wanted) || wanted === is || (wanted === "number" && is === "whole number");
  if (!fits) return `${field.path} is ${is}; ${wanted} is asked for`;
  if (value.kind === "text" && field.values.length > 0 && !field.values.includes(value.value) && !field.values.includes(JSON.stringify(value.value))) return `${field.path} is none of ${field.values.slice(0, 4).join(", ")}${field.values.length > 4 ? "…" : ""}`;
  return null;
}

function kindOf(value: Json): string {
  switch (value.kind) {
    case "text": return "text";
    case "number": return /^-?\d+$/.test(value.value) ? "whole number" : "number";
    case "array": return "list";
    case "object": return "object";
    default: return value.value === "null" ? "null" : "true or false";
  }
}
