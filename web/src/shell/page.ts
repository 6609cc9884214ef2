/** What the page on the screen says of itself to the frame around it. */
import { useEffect } from "react";
import { Store } from "@/lib/store";

export interface Crumb {
  label: string;
  to?: string;
}

export interface PageWords {
  /** The way here; the last is this page. */
  crumbs: Crumb[];
  /** Whether the top bar chooses a range, and what it says where none is chosen. */
  range?: string;
}

export const pageWords = new Store<PageWords>({ crumbs: [] });

/** Each page calls this once. */
export function usePage(words: PageWords): void {
  const text = JSON.stringify(words);
  useEffect(() => pageWords.set(JSON.parse(text) as PageWords), [text]);
}
