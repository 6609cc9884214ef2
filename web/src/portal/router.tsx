import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { PORTAL } from "@/lib/place";
import { parseSearch, writeSearch } from "@/lib/search";
import { Frame, Broken, Nowhere } from "./frame";
import { WebhooksPage } from "./webhooks";

const root = createRootRoute({ component: Frame, notFoundComponent: Nowhere, errorComponent: Broken });

/** Each but the first is a file of its own. */
const LATER = {
  "/webhooks/new": lazyRouteComponent(() => import("./webhook-new")),
  "/webhooks/$id": lazyRouteComponent(() => import("./webhook")),
  "/webhooks/$id/edit": lazyRouteComponent(() => import("./webhook-edit")),
  "/deliveries": lazyRouteComponent(() => import("./deliveries")),
  "/deliveries/$id": lazyRouteComponent(() => import("./delivery")),
  "/events": lazyRouteComponent(() => import("./events")),
  "/events/$name": lazyRouteComponent(() => import("./event")),
};

const first = ["/", "/webhooks"].map((path) => createRoute({ getParentRoute: () => root, path, component: WebhooksPage, errorComponent: Broken }));
const others = Object.entries(LATER).map(([path, component]) => createRoute({ getParentRoute: () => root, path, component, errorComponent: Broken }));

export const router = createRouter({
  basepath: PORTAL,
  routeTree: root.addChildren([...first, ...others] as never) as unknown as typeof root,
  parseSearch,
  stringifySearch: writeSearch,
  scrollRestoration: true,
  defaultPreload: false,
  defaultPendingMs: 150,
});

/** Pages are small: once the first is there, the others are loaded, so that each opens at once. */
export function loadTheOthers(): void {
  setTimeout(() => {
    for (const page of Object.values(LATER)) page.preload?.()?.catch(() => undefined);
  }, 2_000);
}
