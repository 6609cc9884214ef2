/**
 * What pages read, each with its key. Keys begin with the tenant and the resource, so that what happens can be told to all that show it:
 * `invalidateQueries({ queryKey: [tenant, "webhooks"] })`.
 */
import { infiniteQueryOptions, keepPreviousData, QueryClient, queryOptions } from "@tanstack/react-query";
import { got, type Schemas } from "./client";
import { NoConnection, Refusal } from "./problem";
import type { paths } from "./schema";
import type { Scope } from "./scope";

export type DeliveryQuery = NonNullable<paths["/api/v1/deliveries"]["get"]["parameters"]["query"]>;
export type WebhookQuery = NonNullable<paths["/api/v1/webhooks"]["get"]["parameters"]["query"]>;
export type StatsQuery = NonNullable<paths["/api/v1/stats"]["get"]["parameters"]["query"]>;
export type FailuresQuery = NonNullable<paths["/api/v1/stats/failures"]["get"]["parameters"]["query"]>;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: true,
      retry: (failures, error) => failures < 3 && isPassing(error),
      retryDelay: (failures, error) => {
        const asked = error instanceof Refusal ? error.retryAfter : null;
        return asked ? asked * 1_000 : Math.min(1_000 * 2 ** failures, 10_000);
      },
    },
    mutations: { retry: false },
  },
});

/** Whether the same request may succeed in a moment. */
function isPassing(error: unknown): boolean {
  return error instanceof NoConnection || (error instanceof Refusal && (error.status === 429 || error.status >= 502));
}

export const overview = ({ api, tenant }: Scope) =>
  queryOptions({
    queryKey: [tenant, "overview"],
    queryFn: ({ signal }) => got(api.GET("/api/v1/overview", { signal })),
    refetchInterval: 15_000,
  });

export const webhooks = ({ api, tenant }: Scope, query: Omit<WebhookQuery, "cursor">) =>
  infiniteQueryOptions({
    queryKey: [tenant, "webhooks", "list", query],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) => got(api.GET("/api/v1/webhooks", { signal, params: { query: { ...query, cursor: pageParam } } })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

export const webhook = ({ api, tenant }: Scope, id: string) =>
  queryOptions({
    queryKey: [tenant, "webhooks", "one", id],
    queryFn: ({ signal }) => got(api.GET("/api/v1/webhooks/{id}", { signal, params: { path: { id } } })),
  });

export const lane = ({ api, tenant }: Scope, id: string) =>
  queryOptions({
    queryKey: [tenant, "webhooks", "lane", id],
    queryFn: ({ signal }) => got(api.GET("/api/v1/webhooks/{id}/lane", { signal, params: { path: { id } } })),
    refetchInterval: 10_000,
  });

export const webhookStats = ({ api, tenant }: Scope, id: string) =>
  queryOptions({
    queryKey: [tenant, "webhooks", "stats", id],
    queryFn: ({ signal }) => got(api.GET("/api/v1/webhooks/{id}/stats", { signal, params: { path: { id } } })),
    staleTime: 10_000,
    refetchInterval: 20_000,
  });

export const stats = ({ api, tenant }: Scope, query: StatsQuery) =>
  queryOptions({
    queryKey: [tenant, "stats", query],
    queryFn: ({ signal }) => got(api.GET("/api/v1/stats", { signal, params: { query } })),
    refetchInterval: 20_000,
    placeholderData: keepPreviousData,
  });

export const failures = ({ api, tenant }: Scope, query: FailuresQuery) =>
  queryOptions({
    queryKey: [tenant, "failures", query],
    queryFn: ({ signal }) => got(api.GET("/api/v1/stats/failures", { signal, params: { query } })),
    refetchInterval: 20_000,
    placeholderData: keepPreviousData,
  });

export const deliveries = ({ api, tenant }: Scope, query: Omit<DeliveryQuery, "cursor">) =>
  infiniteQueryOptions({
    queryKey: [tenant, "deliveries", "list", query],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      // Only the first page counts them all.
      got(api.GET("/api/v1/deliveries", { signal, params: { query: { ...query, count: pageParam === undefined && query.count, cursor: pageParam } } })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

export const delivery = ({ api, tenant }: Scope, id: string) =>
  queryOptions({
    queryKey: [tenant, "deliveries", "one", id],
    queryFn: ({ signal }) => got(api.GET("/api/v1/deliveries/{id}", { signal, params: { path: { id } } })),
    staleTime: 2_000,
  });

export const deliveryGroups = ({ api, tenant }: Scope) =>
  queryOptions({
    queryKey: [tenant, "deliveries", "groups"],
    queryFn: ({ signal }) => got(api.GET("/api/v1/deliveries/groups", { signal, params: { query: { status: "failed" } } })),
    staleTime: 30_000,
    refetchInterval: 60_000,
  });

/** How many deliveries are failed now, for the badge. */
export const failedCount = ({ api, tenant }: Scope) =>
  queryOptions({
    queryKey: [tenant, "deliveries", "failed-count"],
    queryFn: async ({ signal }) => {
      const page = await got(api.GET("/api/v1/deliveries", { signal, params: { query: { status: ["failed"], limit: 1, count: true } } }));
      return { count: page.count ?? 0, isCapped: page.count_is_capped ?? false };
    },
    staleTime: 30_000,
    refetchInterval: 60_000,
  });

/** An event without its data, which is read as text where it is shown: numbers in it may be larger than numbers are here. */
export const eventFacts = ({ api, tenant }: Scope, id: string) =>
  queryOptions({
    queryKey: [tenant, "events", "facts", id],
    queryFn: async ({ signal }) => {
      const { data: _, ...facts } = await got(api.GET("/api/v1/events/{id}", { signal, params: { path: { id } } }));
      return facts;
    },
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

export const eventWebhooks = ({ api, tenant }: Scope, id: string) =>
  queryOptions({
    queryKey: [tenant, "events", "webhooks", id],
    queryFn: ({ signal }) => got(api.GET("/api/v1/events/{id}/webhooks", { signal, params: { path: { id }, query: { limit: 250, count: true } } })),
    staleTime: 30_000,
  });

export const platforms = ({ api }: Scope) =>
  queryOptions({
    queryKey: ["platforms"],
    queryFn: ({ signal }) => got(api.GET("/api/v1/platforms", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const tenants = ({ api, session }: Scope) =>
  queryOptions({
    queryKey: ["tenants"],
    queryFn: ({ signal }) => got(api.GET("/api/v1/tenants", { signal, params: { query: { limit: 250 } } })),
    enabled: session.tenant === null,
    staleTime: 60_000,
    retry: false,
  });

/** Names of webhooks by their ids, for lists that only have ids. Of 250; others show their ids. */
export const webhookNames = ({ api, tenant }: Scope) =>
  queryOptions({
    queryKey: [tenant, "webhooks", "names"],
    queryFn: async ({ signal }) => {
      const page = await got(api.GET("/api/v1/webhooks", { signal, params: { query: { limit: 250 } } }));
      return Object.fromEntries(page.data.map((webhook) => [webhook.id, { name: nameOf(webhook), platform: webhook.platform ?? null, status: webhook.status }]));
    },
    staleTime: 60_000,
  });

/** Whether the server can keep what is published; it says so where nobody needs a key. */
export const readiness = () =>
  queryOptions({
    queryKey: ["readyz"],
    queryFn: async ({ signal }) => {
      const answer = await fetch("/readyz", { signal });
      return (await answer.json()) as { status: string; troubles: string[] };
    },
    staleTime: 15_000,
    refetchInterval: 15_000,
    retry: false,
  });

/** What a webhook is called: its name, or where it goes. */
export function nameOf(webhook: Pick<Schemas["Webhook"], "id" | "name" | "url">): string {
  return webhook.name || hostOf(webhook.url) || webhook.id;
}

export function hostOf(url: string): string {
  if (url.startsWith("lanehook:")) return "an inspector";
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
