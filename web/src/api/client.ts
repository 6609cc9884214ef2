/** The API's client, made of its own description. One for each tenant; each adds what every request needs. */
import createClient, { type Client, type Middleware } from "openapi-fetch";
import { learn } from "@/lib/clock";
import { isPortal, PORTAL_HEADER } from "@/lib/place";
import { Store } from "@/lib/store";
import { NoConnection, Refusal, type Problem } from "./problem";
import type { components, paths } from "./schema";
import { csrf, ended } from "./session";

export type Schemas = components["schemas"];
export type Api = Client<paths>;

/** Whose things are asked for: a tenant's name, `*` for all, or null where the key itself says it. */
export type Tenant = string | null;

/** The requests of this page, for whoever wants to make them by other means. The latest is last. */
export const calls = new Store<{ method: string; url: string; tenant: Tenant; body: string | null }[]>([]);
const MOST_CALLS = 30;

/** Since when nothing could be reached, if that is so. */
export const offlineSince = new Store<number | null>(null);

const clients = new Map<Tenant, Api>();

export function apiOf(tenant: Tenant): Api {
  let client = clients.get(tenant);
  if (!client) {
    client = createClient<paths>({ baseUrl: location.origin, credentials: "same-origin", fetch: reach });
    client.use(every(tenant));
    clients.set(tenant, client);
  }
  return client;
}

async function reach(request: Request): Promise<Response> {
  try {
    const answer = await fetch(request);
    offlineSince.set(null);
    return answer;
  } catch (error) {
    if (request.signal.aborted) throw error;
    if (offlineSince.get() === null) offlineSince.set(Date.now());
    throw new NoConnection("no answer came");
  }
}

function every(tenant: Tenant): Middleware {
  return {
    async onRequest({ request }) {
      if (tenant !== null) request.headers.set("Tenant", tenant);
      if (isPortal) request.headers.set(PORTAL_HEADER, "1");
      const isReading = request.method === "GET" || request.method === "HEAD";
      const token = csrf();
      if (!isReading && token) request.headers.set("x-lanehook-csrf", token);
      note(request.method, request.url, tenant, isReading ? null : await request.clone().text());
      return request;
    },
    onResponse({ response }) {
      learn(response.headers.get("date"));
      if (response.status === 401) ended();
    },
  };
}

function note(method: string, url: string, tenant: Tenant, body: string | null): void {
  calls.update((before) => [...before.filter((call) => call.url !== url || call.method !== method), { method, url, tenant, body }].slice(-MOST_CALLS));
}

/** What was answered, or the refusal thrown. */
export async function got<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asked;
  if (response.ok) return data as T;
  const problem = (typeof error === "object" && error !== null ? error : { detail: String(error ?? "") }) as Partial<Problem>;
  const retryAfter = Number(response.headers.get("retry-after"));
  throw new Refusal(response.status, problem, Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : null);
}
