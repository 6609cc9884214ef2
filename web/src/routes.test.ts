import { expect, test } from "vitest";
import { existing, isAt, navigation, ROUTES } from "./routes";

test("nobody is led to a page that is not there", () => {
  const routes = existing(ROUTES, new Set(["overview", "webhooks", "webhook"]));
  expect(routes.map((route) => route.path)).toEqual(["/", "/webhooks", "/webhooks/$id"]);
  expect(navigation(routes)).toEqual([{ section: "", entries: [routes[0], routes[1]] }]);
});

test("the navigation has the design's order", () => {
  const names = navigation(ROUTES).map(({ section, entries }) => [section, entries.map((entry) => entry.nav?.label)]);
  expect(names).toEqual([
    ["", ["Overview", "Webhooks", "Deliveries", "Events", "Event types", "Recover"]],
    ["Try", ["Playground", "Alerts"]],
    ["Look back", ["Reports", "Audit"]],
    ["Run", ["Cluster", "Settings"]],
  ]);
});

test("each path and each key is there once", () => {
  const paths = ROUTES.map((route) => route.path);
  const keys = ROUTES.flatMap((route) => route.nav?.key ?? []);
  expect(new Set(paths).size).toBe(paths.length);
  expect(new Set(keys).size).toBe(keys.length);
});

test("a page is current on what is below it", () => {
  const [overview, webhooks] = ROUTES;
  expect([isAt(overview!, "/"), isAt(overview!, "/webhooks"), isAt(webhooks!, "/webhooks/a"), isAt(webhooks!, "/webhooksx")]).toEqual([true, false, true, false]);
});
