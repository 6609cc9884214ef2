/**
 * Every page of the dashboard: its path, the file in `pages/` that has it, and its place in the navigation. A page exists once its file does: until then
 * nobody is led to it. Pure, so that it can be tested; `router.tsx` makes routes of it.
 */
export interface PageRoute {
  path: string;
  /** `pages/<page>.tsx` */
  page: string;
  nav?: {
    label: string;
    icon: string;
    /** Behind `g`. */
    key?: string;
    section: "" | "Try" | "Look back" | "Run";
  };
  /** Whether it can show all tenants at once. Others ask for one. */
  ofAll?: boolean;
}

export const ROUTES: PageRoute[] = [
  { path: "/", page: "overview", nav: { label: "Overview", icon: "overview", key: "o", section: "" }, ofAll: true },
  { path: "/webhooks", page: "webhooks", nav: { label: "Webhooks", icon: "webhooks", key: "w", section: "" } },
  { path: "/webhooks/new", page: "webhook-new" },
  { path: "/webhooks/$id", page: "webhook" },
  { path: "/webhooks/$id/edit", page: "webhook-edit" },
  { path: "/deliveries", page: "deliveries", nav: { label: "Deliveries", icon: "deliveries", key: "d", section: "" } },
  { path: "/deliveries/$id", page: "delivery" },
  { path: "/events", page: "events", nav: { label: "Events", icon: "events", key: "e", section: "" } },
  { path: "/events/$id", page: "event" },
  { path: "/types", page: "types", nav: { label: "Event types", icon: "types", key: "t", section: "" } },
  { path: "/types/$name", page: "type" },
  { path: "/recover", page: "recover", nav: { label: "Recover", icon: "recover", key: "r", section: "" } },
  { path: "/replays/$id", page: "replay" },
  { path: "/playground", page: "playground", nav: { label: "Playground", icon: "playground", key: "p", section: "Try" } },
  { path: "/alerts", page: "alerts", nav: { label: "Alerts", icon: "alerts", section: "Try" } },
  { path: "/alerts/$id", page: "alert" },
  { path: "/reports", page: "reports", nav: { label: "Reports", icon: "reports", section: "Look back" }, ofAll: true },
  { path: "/audit", page: "audit", nav: { label: "Audit", icon: "audit", section: "Look back" }, ofAll: true },
  { path: "/cluster", page: "cluster", nav: { label: "Cluster", icon: "cluster", section: "Run" }, ofAll: true },
  { path: "/settings", page: "settings", nav: { label: "Settings", icon: "settings", key: "s", section: "Run" }, ofAll: true },
  { path: "/settings/$part", page: "settings", ofAll: true },
];

/** Those whose files are there. */
export function existing(routes: PageRoute[], pages: ReadonlySet<string>): PageRoute[] {
  return routes.filter((route) => pages.has(route.page));
}

/** The navigation, by sections, in the order of the table. */
export function navigation(routes: PageRoute[]): { section: string; entries: PageRoute[] }[] {
  const sections: { section: string; entries: PageRoute[] }[] = [];
  for (const route of routes) {
    if (!route.nav) continue;
    const last = sections.at(-1);
    if (last?.section === route.nav.section) last.entries.push(route);
    else sections.push({ section: route.nav.section, entries: [route] });
  }
  return sections;
}

/** Whether a page, or one below it, is at this address. */
export function isAt(route: PageRoute, pathname: string): boolean {
  return route.path === "/" ? pathname === "/" : pathname === route.path || pathname.startsWith(`${route.path}/`);
}
