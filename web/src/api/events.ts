/** What pages read of events. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { got, type Schemas } from "./client";
import type { paths } from "./schema";
import type { Scope } from "./scope";

export type EventQuery = NonNullable<paths["/api/v1/events"]["get"]["parameters"]["query"]>;

export const events = ({ api, tenant }: Scope, query: Omit<EventQuery, "cursor">) =>
  infiniteQueryOptions({
    queryKey: [tenant, "events", "list", query],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      got(api.GET("/api/v1/events", { signal, params: { query: { ...query, count: pageParam === undefined && query.count, cursor: pageParam } } })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

/**
 * One event, and its answer as the server wrote it: a number of `data` may be larger or finer than a double has room for, so it is read as text.
 */
export const event = ({ api, tenant }: Scope, id: string) =>
  queryOptions({
    queryKey: [tenant, "events", "one", id],
    queryFn: async ({ signal }) => {
      const source = (await got(api.GET("/api/v1/events/{id}", { signal, params: { path: { id } }, parseAs: "text" }))) as unknown as string;
      return { event: JSON.parse(source) as Schemas["Event"], source };
    },
    staleTime: 30_000,
  });

const WHILE_OWED = 10_000;

/** What became of it at each webhook: the newest 250. Read again while something of it is owed. */
export const eventDeliveries = ({ api, tenant }: Scope, id: string) =>
  queryOptions({
    queryKey: [tenant, "events", "deliveries", id],
    queryFn: ({ signal }) => got(api.GET("/api/v1/events/{id}/deliveries", { signal, params: { path: { id }, query: { limit: 250, count: true } } })),
    staleTime: 10_000,
    refetchInterval: (query) => (query.state.data?.data.some((delivery) => delivery.status === "pending" || delivery.status === "retrying") ? WHILE_OWED : false),
  });

/** Samples that were saved by name, to try webhooks with. More than these nobody chooses from. */
export const savedEvents = ({ api, tenant }: Scope) =>
  queryOptions({
    queryKey: [tenant, "saved-events"],
    queryFn: ({ signal }) => got(api.GET("/api/v1/saved-events", { signal, params: { query: { limit: 100 } } })),
    staleTime: 30_000,
    retry: false,
  });
