/** Where the portal stands. All below it is the portal's, and what it asks for is asked in its name. */
export const PORTAL = "/portal";

export function isOfPortal(pathname: string): boolean {
  return pathname === PORTAL || pathname.startsWith(`${PORTAL}/`);
}

/** Whether this page is the portal, for customers, and not the dashboard. */
export const isPortal = typeof location !== "undefined" && isOfPortal(location.pathname);

/** Its requests say so, since a browser may be signed in to both, each by a cookie of its own. */
export const PORTAL_HEADER = "x-lanehook-portal";
