/** What operators and holders of keys read and change: keys, tenants, what is used, and how the server does. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { apiOf, got } from "./client";
import type { Scope } from "./scope";

/** An operator who names no tenant sees all keys, also those of operators. */
export const apiKeys = ({ api, tenant }: Scope, ofAll: boolean) =>
  infiniteQueryOptions({
    queryKey: ["keys", ofAll ? "all" : tenant],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) => got((ofAll ? apiOf(null) : api).GET("/api/v1/api-keys", { signal, params: { query: { limit: 100, cursor: pageParam } } })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const tenantList = () =>
  infiniteQueryOptions({
    queryKey: ["tenants", "list"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) => got(apiOf(null).GET("/api/v1/tenants", { signal, params: { query: { limit: 50, cursor: pageParam } } })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

/** One tenant and the mark of the version that was read, so that nobody else's change is overwritten. */
export async function tenantWithMark(id: string) {
  const asked = await apiOf(null).GET("/api/v1/tenants/{id}", { params: { path: { id } } });
  return { tenant: await got(Promise.resolve(asked)), mark: asked.response.headers.get("etag") };
}

export const usage = ({ api, tenant }: Scope) =>
  queryOptions({
    queryKey: [tenant, "usage"],
    queryFn: ({ signal }) => got(api.GET("/api/v1/usage", { signal })),
    staleTime: 15_000,
  });

export const system = () =>
  queryOptions({
    queryKey: ["system"],
    queryFn: ({ signal }) => got(apiOf(null).GET("/api/v1/system", { signal })),
    refetchInterval: 5_000,
  });

export const notices = ({ api, tenant }: Scope) =>
  queryOptions({
    queryKey: [tenant, "notice-settings"],
    queryFn: ({ signal }) => got(api.GET("/api/v1/notice-settings", { signal })),
    staleTime: 60_000,
    // What is typed is compared with what was read.
    refetchOnWindowFocus: false,
  });
