import type { Connect, Plugin } from "vite";

const SCOPES = "events:write events:read webhooks:write webhooks:read secrets deliveries:read deliveries:write keys catalogue:read catalogue:write tenants".split(" ");

const OF_PORTAL = "webhooks:write webhooks:read secrets deliveries:read deliveries:write catalogue:read".split(" ");

/**
 * The server's `/api/v1/session` while developing with a key in `LANEHOOK_KEY`: whoever asks is signed in, and Vite's proxy adds the key to each
 * request. Nothing of this is in what is built.
 */
export function devSession(key: string | undefined): Plugin {
  const answer: Connect.NextHandleFunction = (request, response, next) => {
    if (!key || !request.url?.startsWith("/api/v1/session")) return next();
    response.setHeader("content-type", "application/json");
    const isPortal = request.headers["x-lanehook-portal"] !== undefined;
    if (isPortal) return void response.end(JSON.stringify({ csrf_token: "dev", tenant: "default", scopes: OF_PORTAL, key: { id: "key_0000000000000", name: "" }, portal: { manage: true }, expires_at: null }));
    response.end(JSON.stringify({ csrf_token: "dev", tenant: null, scopes: SCOPES, key: { id: "key_0000000000000", name: "dev key" }, portal: null }));
  };
  return {
    name: "lanehook-dev-session",
    configureServer: (server) => void server.middlewares.use(answer),
    configurePreviewServer: (server) => void server.middlewares.use(answer),
  };
}
