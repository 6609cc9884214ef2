/** What pages read of the audit trail. */
import { infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";
import { got } from "./client";
import type { paths } from "./schema";
import type { Scope } from "./scope";

export type AuditQuery = NonNullable<paths["/api/v1/audit"]["get"]["parameters"]["query"]>;

export const audit = ({ api, tenant }: Scope, query: Omit<AuditQuery, "cursor">) =>
  infiniteQueryOptions({
    queryKey: [tenant, "audit", "list", query],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) => got(api.GET("/api/v1/audit", { signal, params: { query: { ...query, count: pageParam === undefined && query.count, cursor: pageParam } } })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

/** What was done to one webhook, also under names that it had before. */
export const changes = ({ api, tenant }: Scope, id: string) =>
  infiniteQueryOptions({
    queryKey: [tenant, "webhooks", "changes", id],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) => got(api.GET("/api/v1/webhooks/{id}/changes", { signal, params: { path: { id }, query: { limit: 20, cursor: pageParam } } })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
