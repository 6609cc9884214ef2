// Serves an example for ../it/apps.rs: `node serve.mjs FOLDER FILE`. Writes the port that it listens on.
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const [folder, file] = process.argv.slice(2);
const example = await import(pathToFileURL(`${folder}/${file}`));

// A fetch handler has no server in Node: this makes a Request of each request, its body a stream as elsewhere.
const fetched = (handler) => async (request, response) => {
  const body = request.method === "POST" ? request : undefined;
  const { url, method, headers } = request;
  const asked = new Request(`http://localhost${url}`, { method, headers, body, duplex: "half" });
  const answer = await handler(asked).catch(() => new Response(null, { status: 500 }));
  const text = await answer.text();
  const length = text ? { "content-length": Buffer.byteLength(text) } : {};
  response.writeHead(answer.status, { connection: "close", ...length }).end(text);
};

const server = createServer(example.app ?? fetched(example.POST));
server.listen(0, "127.0.0.1", () => console.log(`port ${server.address().port}`));
