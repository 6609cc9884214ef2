// Pages that were built, before a server that has others in its binary: `PAGES=dist npm run e2e`. What the server says of a page, its policy above
// all, stays the server's; only what is in the page is from the folder.
import { readFileSync, statSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { extname, join, resolve } from "node:path";

const KINDS = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html; charset=utf-8" };

export async function withPages(folder, target, tls) {
  const dist = resolve(folder);
  const file = (path) => {
    const at = join(dist, path);
    return at.startsWith(dist) && statSync(at, { throwIfNoEntry: false })?.isFile() ? readFileSync(at) : null;
  };
  const { request: ask } = target.startsWith("https") ? https : http;
  const answer = (request, response) => {
    const { pathname } = new URL(request.url, target);
    const isApi = pathname.startsWith("/api/") || pathname === "/readyz";
    const headers = { ...request.headers };
    // A whole answer is needed to put another page in its place.
    if (!isApi) for (const name of ["accept-encoding", "if-none-match"]) delete headers[name];
    const asked = ask(target + request.url, { method: request.method, headers, rejectUnauthorized: false }, (theirs) => {
      const own = isApi ? null : (file(pathname) ?? (/text\/html/.test(theirs.headers["content-type"] ?? "") ? file("index.html") : null));
      if (own === null) {
        response.writeHead(theirs.statusCode, theirs.headers);
        return theirs.pipe(response);
      }
      theirs.resume();
      const kind = KINDS[extname(pathname)] ?? KINDS[".html"];
      response.writeHead(200, { ...theirs.headers, "content-type": kind, "content-length": own.length, etag: "", "cache-control": "no-store" });
      response.end(own);
    });
    asked.on("error", () => response.destroy());
    request.pipe(asked);
  };
  const server = tls ? https.createServer({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) }, answer) : http.createServer(answer);
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { base: `${tls ? "https" : "http"}://127.0.0.1:${server.address().port}`, stop: () => (server.closeAllConnections(), server.close()) };
}
