/** Times as `<input type="datetime-local">` has them, in the zone that a person chose. */

/** `2026-11-12T03:05`; nothing for what is no time. */
export function toInput(iso: string | undefined, isUtc: boolean): string {
  const at = iso === undefined ? Number.NaN : Date.parse(iso);
  if (Number.isNaN(at)) return "";
  const shift = isUtc ? 0 : new Date(at).getTimezoneOffset() * 60_000;
  return new Date(at - shift).toISOString().slice(0, 16);
}

export function fromInput(text: string, isUtc: boolean): string | undefined {
  const at = text === "" ? Number.NaN : Date.parse(isUtc ? `${text}Z` : text);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
