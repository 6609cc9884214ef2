/**
 * What the portal and the page around it tell each other. The browser lets only pages of the link's origins show it (`frame-ancestors`), and says
 * which of them it is; nothing is told to any other.
 */
import { PORTAL } from "@/lib/place";
import { ownPath, pathWithin } from "@/words/portal";
import { isFramed } from "./start";

export type Told = { type: "lanehook:height"; height: number } | { type: "lanehook:path"; path: string } | { type: "lanehook:expired" };

/** The origin of the page around this one. Where a browser does not tell, it is whoever writes first. */
let around = isFramed ? named() : null;

function named(): string | null {
  const ancestor = location.ancestorOrigins?.[0];
  if (ancestor) return ancestor;
  const from = document.referrer ? new URL(document.referrer).origin : null;
  return from !== location.origin ? from : null;
}

export function tell(told: Told): void {
  if (isFramed && around) window.parent.postMessage(told, around);
}

interface Router {
  basepath: string;
  history: { push: (path: string) => void; location: { href: string } };
  subscribe: (event: "onResolved", heard: () => void) => () => void;
}

/** From now on: how high it is, where it is, and where it is asked to go. */
export function startEmbed(router: Router, place: HTMLElement): void {
  if (!isFramed) return;
  let height = 0;
  const measure = () => {
    const next = Math.ceil(place.getBoundingClientRect().height);
    if (next !== height) tell({ type: "lanehook:height", height: (height = next) });
  };
  new ResizeObserver(measure).observe(place);
  let last = "";
  const tellPath = () => {
    const path = pathWithin(location.pathname.slice(PORTAL.length), location.search);
    if (path !== last) tell({ type: "lanehook:path", path: (last = path) });
  };
  router.subscribe("onResolved", tellPath);
  addEventListener("message", (event: MessageEvent<{ type?: unknown; path?: unknown } | null>) => {
    if (event.source !== window.parent) return;
    if (around === null) {
      around = event.origin;
      height = 0;
      last = "";
      measure();
      tellPath();
    }
    const path = event.origin === around && event.data?.type === "lanehook:path" ? ownPath(event.data.path) : null;
    if (path !== null && path !== last) router.history.push(PORTAL + (path === "/" ? "" : path) + kept(path));
  });
  followFocus();
}

function kept(path: string): string {
  return document.documentElement.classList.contains("bare") ? `${path.includes("?") ? "&" : "?"}chrome=none` : "";
}

/**
 * A frame that is as high as what is in it has no middle that can be seen: what lies over the page is put beside what was touched last.
 */
function followFocus(): void {
  const note = (y: number) => document.documentElement.style.setProperty("--at", `${Math.max(12, Math.round(y) - 60)}px`);
  addEventListener("pointerdown", (event) => note(event.clientY + scrollY), { capture: true });
  addEventListener("focusin", (event) => event.target instanceof Element && !event.target.closest("[role=dialog],[role=alertdialog]") && note(event.target.getBoundingClientRect().top + scrollY));
}
