/** What is done with many deliveries: groups of them, what it would come to, and the jobs that do it. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { got, type Schemas } from "./client";
import type { paths } from "./schema";
import type { Scope } from "./scope";

export type GroupQuery = NonNullable<paths["/api/v1/deliveries/groups"]["get"]["parameters"]["query"]>;
/** A deed with many deliveries. `rematch` is a replay that asks events. */
export type Deed = "retry" | "cancel" | "replay";

export const groups = ({ api, tenant }: Scope, query: GroupQuery) =>
  queryOptions({
    queryKey: [tenant, "deliveries", "groups", query],
    queryFn: ({ signal }) => got(api.GET("/api/v1/deliveries/groups", { signal, params: { query } })),
    staleTime: 10_000,
    refetchInterval: 30_000,
    placeholderData: keepPreviousData,
  });

/** What a deed would come to. Counting takes a second where much is kept, so it is asked for once for each plan. */
export const estimate = (scope: Scope, deed: Deed, plan: Schemas["ReplayInput"]) =>
  queryOptions({
    queryKey: [scope.tenant, "estimate", deed, plan],
    queryFn: async () => (await begin(scope, deed, { ...plan, dry_run: true })) as Schemas["ReplayEstimate"],
    staleTime: 5_000,
    gcTime: 0,
    placeholderData: keepPreviousData,
    retry: false,
  });

/** Begins it. With `dry_run` the answer is an estimate, else a job. */
export function begin({ api }: Scope, deed: Deed, plan: Schemas["ReplayInput"]): Promise<Schemas["Replay"] | Schemas["ReplayEstimate"]> {
  switch (deed) {
    case "retry": return got(api.POST("/api/v1/deliveries/retry", { body: plan }));
    case "cancel": return got(api.POST("/api/v1/deliveries/cancel", { body: plan }));
    case "replay": return got(api.POST("/api/v1/replays", { body: plan }));
  }
}

const WHILE_RUNNING = 1_000;
const OTHERWISE = 20_000;

/** Newest first. Read each second while one of the newest is running. */
export const replays = ({ api, tenant }: Scope) =>
  infiniteQueryOptions({
    queryKey: [tenant, "replays", "list"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) => got(api.GET("/api/v1/replays", { signal, params: { query: { limit: 50, cursor: pageParam } } })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    refetchInterval: (query) => (query.state.data?.pages.some((page) => page.data.some((each) => each.state === "running")) ? WHILE_RUNNING : OTHERWISE),
  });

export const replay = ({ api, tenant }: Scope, id: string) =>
  queryOptions({
    queryKey: [tenant, "replays", "one", id],
    queryFn: ({ signal }) => got(api.GET("/api/v1/replays/{id}", { signal, params: { path: { id } } })),
    refetchInterval: (query) => (query.state.data?.state === "running" ? WHILE_RUNNING : false),
  });
