/** How a tenant's portal looks. */
import { queryOptions } from "@tanstack/react-query";
import { got, type Schemas } from "./client";
import type { Scope } from "./scope";

export type Theme = Schemas["Theme"];

export const theme = ({ api, tenant }: Scope) =>
  queryOptions({
    queryKey: [tenant, "theme"],
    queryFn: ({ signal }) => got(api.GET("/api/v1/theme", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
    // A portal without its colours is better than one that waits for them.
    retry: false,
  });
