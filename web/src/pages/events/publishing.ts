import type { Tenant } from "@/api/client";
import type { CurlRequest } from "@/words/curl";

/** A command that publishes an event, ready to paste. */
export function publishing(tenant: Tenant, type: string, data: unknown): CurlRequest {
  return {
    method: "POST",
    url: `${location.origin}/api/v1/events`,
    headers: [
      { name: "Authorization", value: "[redacted]" },
      { name: "Content-Type", value: "application/json" },
      ...(tenant && tenant !== "*" && tenant !== "default" ? [{ name: "Tenant", value: tenant }] : []),
    ],
    body: JSON.stringify({ type, data }),
  };
}
