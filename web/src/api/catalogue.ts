/** What pages read of event types. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { got, type Schemas } from "./client";
import type { Scope } from "./scope";

/** A catalogue has tens of types, seldom hundreds; more than these are not drawn. */
const MOST = 2_000;

/** All event types by name. `more`: there are others. */
export const eventTypes = ({ api, tenant }: Scope) =>
  queryOptions({
    queryKey: [tenant, "types", "all"],
    queryFn: async ({ signal }) => {
      const all: Schemas["EventType"][] = [];
      let cursor: string | undefined;
      do {
        const page = await got(api.GET("/api/v1/event-types", { signal, params: { query: { limit: 250, cursor } } }));
        all.push(...page.data);
        cursor = page.next_cursor ?? undefined;
      } while (cursor && all.length < MOST);
      return { types: all, more: cursor !== undefined };
    },
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });

/** For suggestions. A key that may not see the catalogue has none. */
export const typeNames = (scope: Scope) =>
  queryOptions({
    queryKey: [scope.tenant, "types", "names"],
    queryFn: async ({ signal }) => (await got(scope.api.GET("/api/v1/event-types", { signal, params: { query: { limit: 250 } } }))).data.map((type) => type.name),
    staleTime: 60_000,
    retry: false,
  });

export const eventType = ({ api, tenant }: Scope, name: string) =>
  queryOptions({
    queryKey: [tenant, "types", "one", name],
    queryFn: ({ signal }) => got(api.GET("/api/v1/event-types/{name}", { signal, params: { path: { name } } })),
    staleTime: 30_000,
  });

/** Webhooks that ask for events of this type. */
export const listeners = ({ api, tenant }: Scope, name: string) =>
  queryOptions({
    queryKey: [tenant, "webhooks", "of-type", name],
    queryFn: ({ signal }) => got(api.GET("/api/v1/webhooks", { signal, params: { query: { event_type: [name], limit: 50, count: true } } })),
    staleTime: 15_000,
    retry: false,
  });
