/** Links that keep whose things are shown, how and of which time: `?tenant=`, `?chrome=` and the range go along. */
import { useNavigate, useRouter, useRouterState } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, MouseEvent } from "react";
import { one, parseSearch, writeSearch, type Search } from "@/lib/search";

const KEPT = ["tenant", "chrome"] as const;
const RANGE = ["last", "from", "to"] as const;

/** Of the page that is on the screen: while the next one loads, the address is the next one's already. */
export function searchOf(state: { matches: { search: unknown }[]; location: { search: unknown } }): Search {
  return (state.matches.at(-1)?.search ?? state.location.search) as Search;
}

/** The URL's search, and how to change it. What is undefined is taken out. */
export function useSearch(): [Search, (change: Record<string, string | string[] | undefined>, how?: { push?: boolean }) => void] {
  const search = useRouterState({ select: searchOf });
  const navigate = useNavigate();
  const change = (changed: Record<string, string | string[] | undefined>, { push = false } = {}) => {
    const next = Object.fromEntries(Object.entries({ ...search, ...changed }).filter(([, value]) => value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0)));
    void navigate({ to: ".", search: next as never, replace: !push, resetScroll: false });
  };
  return [search, change];
}

/** An address within the dashboard or the portal, which stand at `base`, with what links keep. */
export function withScope(to: string, search: Search, keepsRange: boolean, base = "/"): string {
  const [inside = "", own = ""] = to.split("?", 2);
  const path = base === "/" ? inside : base + (inside === "/" ? "" : inside);
  const kept: Search = {};
  for (const name of keepsRange ? [...KEPT, ...RANGE] : KEPT) {
    const value = one(search[name]);
    if (value !== undefined) kept[name] = value;
  }
  return path + writeSearch({ ...kept, ...parseSearch(own) });
}

export function useHref(to: string, keepsRange = true): string {
  const search = useRouterState({ select: searchOf });
  return withScope(to, search, keepsRange, useRouter().basepath);
}

/** Goes to an address as a link would. */
export function useGo(): (to: string, how?: { newTab?: boolean; replace?: boolean }) => void {
  const router = useRouter();
  return (to, { newTab = false, replace = false } = {}) => {
    const href = withScope(to, searchOf(router.state), true, router.basepath);
    if (newTab) window.open(href, "_blank", "noopener");
    else if (replace) router.history.replace(href);
    else router.history.push(href);
  };
}

export function Link({ to, keepsRange = true, onClick, ...rest }: { to: string; keepsRange?: boolean } & AnchorHTMLAttributes<HTMLAnchorElement>) {
  const router = useRouter();
  const href = useHref(to, keepsRange);
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !isPlain || rest.target === "_blank") return;
    event.preventDefault();
    router.history.push(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
