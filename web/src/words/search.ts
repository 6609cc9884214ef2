/** Whether each word that was typed begins a word of this. */
export function matching(text: string, typed: string): boolean {
  const words = text.toLowerCase().split(/[^a-z0-9]+/);
  return typed.toLowerCase().split(/\s+/).filter(Boolean).every((part) => words.some((word) => word.startsWith(part)));
}
