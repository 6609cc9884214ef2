/** Sentences of pages are made of parts, so that pure functions can put names, links and weight into them. */
export type Part = string | { strong: string } | { code: string } | { foreign: string } | { text: string; to: string; strong?: boolean };
export type Text = Part[];

/** The same without weight and links, for tests, titles and names of pictures. */
export function plain(text: Text): string {
  return text.map((part) => (typeof part === "string" ? part : "strong" in part && typeof part.strong === "string" ? part.strong : "code" in part ? part.code : "foreign" in part ? part.foreign : (part as { text: string }).text)).join("");
}

/** "a", "a and b", "a, b and c". */
export function listed(names: Text[]): Text {
  return names.flatMap((name, at) => (at === 0 ? name : at === names.length - 1 ? [" and ", ...name] : [", ", ...name]));
}

const WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/** Small counts as words, as sentences have them; larger ones as digits. */
export function spelled(count: number): string {
  return WORDS[count] ?? count.toLocaleString("en-US");
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "1 delivery", "1,284 deliveries". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}

/** With what stands between backticks as code. */
export function marked(text: string): Text {
  return text.split(/`([^`]+)`/).flatMap((part, at): Text => (part === "" ? [] : [at % 2 === 1 ? { code: part } : { foreign: part }]));
}
