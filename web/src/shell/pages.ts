/** Which of the pages in the table are there: their files are found when the dashboard is built. */
import type { ComponentType } from "react";
import { existing, ROUTES } from "@/routes";

type PageModule = { default: ComponentType };

const files = import.meta.glob<PageModule>(["../pages/*.tsx", "!../pages/*.test.tsx"]);

const loaders = new Map(Object.entries(files).map(([file, load]) => [file.replace(/^.*\/(.+)\.tsx$/, "$1"), load]));

export const PAGES = existing(ROUTES, new Set(loaders.keys()));

export function loaderOf(page: string): () => Promise<PageModule> {
  const load = loaders.get(page);
  if (!load) throw new Error(`there is no page ${page}`);
  return load;
}
