/** What the address says when the portal is opened, read before the router looks at it. */
// The link's code is taken from the address first.
import "@/api/session";
import { PORTAL } from "@/lib/place";
import { ownPath } from "@/words/portal";

const asked = new URLSearchParams(location.search);

/** Without title row and ground, for pages that have their own around it. */
export const isBare = asked.get("chrome") === "none";

/** Whether a page of somebody else's shows this one. */
export const isFramed = window.parent !== window;

/** `?path=` is where to begin. */
const path = ownPath(asked.get("path"));
if (path && location.pathname === PORTAL) {
  const to = new URL(PORTAL + (path === "/" ? "" : path), location.origin);
  if (isBare) to.searchParams.set("chrome", "none");
  history.replaceState(history.state, "", to.pathname + to.search);
}

const { classList } = document.documentElement;
classList.add("portal");
classList.toggle("bare", isBare);
classList.toggle("framed", isFramed);
