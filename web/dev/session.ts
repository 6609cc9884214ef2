import type { Connect, Plugin } from "vite";

/**
 * The server's `/session` while developing with a key in `LANEHOOK_KEY`: whoever asks is signed in, and Vite's proxy adds the key to each
 * request. Nothing of this is in what is built.
 */
export function devSession(key: string | undefined): Plugin {
  const answer: Connect.NextHandleFunction = (request, response, next) => {
    if (!key || !request.url?.startsWith("/session")) return next();
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ csrf: "dev", tenant: null, scopes: ["*"], name: "dev key" }));
  };
  return {
    name: "lanehook-dev-session",
    configureServer: (server) => void server.middlewares.use(answer),
    configurePreviewServer: (server) => void server.middlewares.use(answer),
  };
}
