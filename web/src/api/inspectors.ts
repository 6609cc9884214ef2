/** Inspectors, what came to them, and sending a sample: what the playground reads and does. */
import { queryOptions } from "@tanstack/react-query";
import { got, type Schemas } from "./client";
import type { Scope } from "./scope";

/** The webhook through which the playground sends to inspectors. It asks for a type that nobody publishes, so it gets nothing else. */
export const PLAYGROUND = "playground";
const ASKS_FOR = "playground.sample";

export const inspectors = ({ api, tenant }: Scope) =>
  queryOptions({
    queryKey: [tenant, "inspectors", "all"],
    queryFn: async ({ signal }) => (await got(api.GET("/api/v1/inspectors", { signal, params: { query: { limit: 100 } } }))).data,
    staleTime: 10_000,
  });

export const inspected = ({ api, tenant }: Scope, id: string) =>
  queryOptions({
    queryKey: [tenant, "inspectors", "requests", id],
    queryFn: ({ signal }) => got(api.GET("/api/v1/inspectors/{id}/requests", { signal, params: { path: { id }, query: { limit: 25, count: true } } })),
    staleTime: 5_000,
    refetchInterval: 30_000,
  });

/** The catalogue's sample of a type; nothing for one that is not in it. */
export const sampleOf = ({ api, tenant }: Scope, name: string) =>
  queryOptions({
    queryKey: [tenant, "types", "sample", name],
    queryFn: ({ signal }) => got(api.GET("/api/v1/event-types/{name}/sample", { signal, params: { path: { name } } })),
    staleTime: 60_000,
    retry: false,
  });

export const testsOf = ({ api, tenant }: Scope, webhook: string) =>
  queryOptions({
    queryKey: [tenant, "deliveries", "tests", webhook],
    queryFn: ({ signal }) => got(api.GET("/api/v1/webhooks/{id}/deliveries", { signal, params: { path: { id: webhook }, query: { test: true, limit: 8 } } })),
    staleTime: 5_000,
  });

/** What the server says of a sample before it is sent. `data` is JSON as it was typed. */
export function looked({ api }: Scope, webhook: string, type: string, data: string): Promise<Schemas["Preview"]> {
  const body = { webhook_id: webhook, event: { type, data: null } };
  const text = `{"webhook_id":${JSON.stringify(webhook)},"event":{"type":${JSON.stringify(type)},"data":${data}}}`;
  return got(api.POST("/api/v1/render", { body, bodySerializer: () => text }));
}

/** Sends it now. */
export function tested({ api }: Scope, webhook: string, type: string, data: string): Promise<Schemas["TestResult"]> {
  const text = `{"type":${JSON.stringify(type)},"data":${data}}`;
  return got(api.POST("/api/v1/webhooks/{id}/test", { params: { path: { id: webhook } }, body: { type }, bodySerializer: () => text }));
}

/** Has the playground's webhook lead to this inspector. */
export async function lead({ api }: Scope, url: string): Promise<void> {
  const settings = { url, name: "Playground", event_types: [ASKS_FOR] };
  const params = { path: { id: PLAYGROUND } };
  // Asked for in a list, so that it is no error where there is none.
  const [there] = (await got(api.GET("/api/v1/webhooks", { params: { query: { id: PLAYGROUND } } }))).data;
  if (there?.url === url) return;
  await got<unknown>(there ? api.PATCH("/api/v1/webhooks/{id}", { params, body: { url } }) : api.PUT("/api/v1/webhooks/{id}", { params, body: settings }));
}
