import { appendFile } from "node:fs/promises";
import express from "express";
import { verify } from "./verify.mjs";

const secret = process.env.WEBHOOK_SECRET ?? "";
if (!/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret)) {
  throw new Error("WEBHOOK_SECRET must be whsec_ and base64 of 24 bytes or more, with nothing around it");
}

/** Keeps what must not be lost, in a table or a queue of yours, for which a file stands here. Who reads it does the work. */
async function enqueue(id, event) {
  // It begins with a line's end, so that half a line, which a full disk leaves, spoils no other one.
  await appendFile("webhooks.jsonl", `\n${JSON.stringify({ id, event })}\n`, { flush: true });
}

export const app = express();

// On the route, and before an app-wide express.json(): whoever reads the body first leaves nothing for the others. The limit
// is 100 kB unless it is set; lanehook sends up to 256 KiB. What is signed is the bytes as they came, so none are unpacked. express.raw
// keeps what comes as a list until it is all there: a stranger's one-byte chunks take hundreds of times their size, so no larger a limit
// than you need, and a proxy before it all.
const raw = express.raw({ type: () => true, limit: "1mb", inflate: false });

app.post("/webhooks", raw, async (request, response) => {
  if (!Buffer.isBuffer(request.body) && request.readableDidRead) {
    console.error("a parser has read the body before: put this route before express.json() and its like");
    return response.sendStatus(500);
  }
  // With no body at all, Express leaves none.
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (!verify(secret, request.headers, body)) return response.sendStatus(401);
  let event;
  try {
    event = JSON.parse(body);
  } catch {
    return response.status(400).send("the body is no JSON");
  }
  // First keep, then answer, then work: after a 2xx the sender forgets it, and it waits only some seconds for that.
  try {
    await enqueue(request.headers["webhook-id"], event);
  } catch (error) {
    console.error(error);
    return response.sendStatus(500); // it comes again
  }
  response.sendStatus(204);
});

app.use(express.json());
// const server = app.listen(3000);
// server.requestTimeout = 10_000; // five minutes unless it is set, for which a stranger could hold what has come
