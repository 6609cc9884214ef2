import { createRootRoute, createRoute, createRouter, Outlet } from "@tanstack/react-router";
import { parseSearch, writeSearch } from "@/lib/search";
import { Frame } from "@/shell/frame";
import { Failed, NotFound } from "@/shell/fallbacks";
import { pageOf, PAGES } from "@/shell/pages";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Failed });
const framed = createRoute({ getParentRoute: () => root, id: "framed", component: Frame });

const pages = PAGES.map((page) => createRoute({ getParentRoute: () => framed, path: page.path, component: pageOf(page.page), errorComponent: Failed }));

/** What is at no address is said within the frame. */
const nowhere = createRoute({ getParentRoute: () => framed, path: "$", component: NotFound });

export const router = createRouter({
  // Made of a table, so there are no types of paths and parameters to be had.
  routeTree: root.addChildren([framed.addChildren([...pages, nowhere])] as never) as unknown as typeof root,
  parseSearch,
  stringifySearch: writeSearch,
  scrollRestoration: true,
  // Pages are small and the server is near: what is pointed at is loaded before it is clicked.
  defaultPreload: false,
  defaultPendingMs: 150,
});
