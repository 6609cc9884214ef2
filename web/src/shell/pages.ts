/** Which of the pages in the table are there: their files are found when the dashboard is built. */
import { createElement, type ComponentType, type ReactNode } from "react";
import { existing, ROUTES } from "@/routes";

type PageModule = { default: ComponentType };

const files = import.meta.glob<PageModule>(["../pages/*.tsx", "!../pages/*.test.tsx"]);

const loaders = new Map(Object.entries(files).map(([file, load]) => [file.replace(/^.*\/(.+)\.tsx$/, "$1"), load]));

export const PAGES = existing(ROUTES, new Set(loaders.keys()));

/** A page whose file is loaded before it is shown; until then the one before stays. */
type Page = (() => ReactNode) & { preload: () => Promise<void> };

const made = new Map<string, Page>();

export function pageOf(name: string): Page {
  let page = made.get(name);
  if (!page) {
    page = later(loaders.get(name));
    made.set(name, page);
  }
  return page;
}

function later(load: (() => Promise<PageModule>) | undefined): Page {
  let Content: ComponentType | null = null;
  let loading: Promise<void> | null = null;
  const preload = () => {
    loading ??= (load?.() ?? Promise.reject(new Error("there is no such page"))).then(
      (module) => void (Content = module.default),
      (error: unknown) => {
        // Without a connection it fails now and may succeed later.
        loading = null;
        throw error;
      },
    );
    return loading;
  };
  const Page = () => {
    if (!Content) throw preload();
    return createElement(Content);
  };
  return Object.assign(Page, { preload });
}

/** All pages are small; once the first is there, the others are loaded too, so that each opens at once, also without a connection. */
export function loadTheOthers(): void {
  setTimeout(() => {
    for (const { page } of PAGES) pageOf(page).preload().catch(() => undefined);
  }, 2_000);
}
