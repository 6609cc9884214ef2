import { open } from "node:fs/promises";
import { verify } from "./verify.mjs";

const LIMIT = 1 << 20;

/** The bytes as they came: `request.text()` would drop a byte order mark and replace what is no UTF-8. None if too many. */
async function bytes(request) {
  // Copied together as they come: a list of chunks costs a stranger's one-byte chunks hundreds of times their size.
  let whole = Buffer.alloc(4096);
  let length = 0;
  for await (const chunk of request.body ?? []) {
    if (length + chunk.length > LIMIT) return null;
    if (length + chunk.length > whole.length) {
      const longer = Buffer.alloc(Math.max(2 * whole.length, length + chunk.length));
      whole.copy(longer, 0, 0, length);
      whole = longer;
    }
    whole.set(chunk, length);
    length += chunk.length;
  }
  return whole.subarray(0, length);
}

// What loads this must have it, a build too.
const secret = process.env.WEBHOOK_SECRET ?? "";
if (!/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret)) {
  throw new Error("WEBHOOK_SECRET must be whsec_ and base64 of 24 bytes or more, with nothing around it");
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

/** For whatever calls with a `Request` and takes a `Response`: Next.js, Hono, Deno, Bun, workers with Node's modules. */
export async function POST(request) {
  const body = await bytes(request);
  if (body === null) return new Response(null, { status: 413 });
  if (!verify(secret, request.headers, body)) return new Response(null, { status: 401 });
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    JSON.parse(text);
  } catch {
    return new Response("the body is no JSON", { status: 400 });
  }
  // First keep, then answer, then work: after a 2xx the sender forgets it, and it waits only some seconds for that. The text is
  // kept as it came, since a number that was parsed may be another one by then.
  try {
    await enqueue(request.headers.get("webhook-id"), text);
  } catch (error) {
    console.error(error);
    return new Response(null, { status: 500 }); // it comes again
  }
  return new Response(null, { status: 204 });
}
