import { open } from "node:fs/promises";
import express from "express";
import { verify } from "./verify.mjs";

const LIMIT = 1 << 20;
const secret = process.env.WEBHOOK_SECRET ?? "";
if (!/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret)) {
  throw new Error("WEBHOOK_SECRET must be whsec_ and base64 of 24 bytes or more, with nothing around it");
}

/**
 * The bytes as they came, none unpacked. Null if they are too many, of which the rest is passed over. Copied together as they
 * come: a list of chunks, which express.raw makes, costs a stranger's one-byte chunks hundreds of times their size.
 */
function bytes(request) {
  let whole = Buffer.alloc(4096);
  let length = 0;
  return new Promise((resolve, reject) => {
    request.on("data", (chunk) => {
      const before = length;
      length += chunk.length;
      if (length > LIMIT) return resolve(null);
      if (length > whole.length) {
        const longer = Buffer.alloc(Math.max(2 * whole.length, length));
        whole.copy(longer, 0, 0, before);
        whole = longer;
      }
      chunk.copy(whole, before);
    });
    request.on("end", () => resolve(whole.subarray(0, length)));
    request.on("error", reject);
  });
}

/** Keeps what must not be lost, in a table or a queue of yours, for which a file stands here. Who reads it does the work. */
async function enqueue(id, body) {
  // It begins with a line's end, so that half a line, which a full disk leaves, spoils no other one.
  const line = Buffer.from(`\n${JSON.stringify({ id, body })}\n`);
  const file = await open("webhooks.jsonl", "a");
  try {
    // In one piece, or another request's line comes in between: appendFile writes 512 KiB at a time.
    const { bytesWritten } = await file.write(line);
    if (bytesWritten < line.length) throw new Error("the disk is full");
    await file.sync();
  } finally {
    await file.close();
  }
}

export const app = express();

// Before an app-wide express.json(): whoever reads the body first leaves nothing for the others.
app.post("/webhooks", async (request, response) => {
  if (request.readableDidRead) {
    console.error("a parser has read the body before: put this route before express.json() and its like");
    return response.sendStatus(500);
  }
  const body = await bytes(request).catch(() => undefined);
  if (body === undefined) return response.sendStatus(400); // it broke off
  if (body === null) return response.sendStatus(413);
  if (!verify(secret, request.headers, body)) return response.sendStatus(401);
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    JSON.parse(text);
  } catch {
    return response.status(400).send("the body is no JSON");
  }
  // First keep, then answer, then work: after a 2xx the sender forgets it, and it waits only some seconds for that. The text is
  // kept as it came, since a number that was parsed may be another one by then.
  try {
    await enqueue(request.headers["webhook-id"], text);
  } catch (error) {
    console.error(error);
    return response.sendStatus(500); // it comes again
  }
  response.sendStatus(204);
});

app.use(express.json());
// const server = app.listen(3000);
// server.requestTimeout = 10_000; // five minutes unless it is set, for which a stranger could hold what has come
