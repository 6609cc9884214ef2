import express from "express";
import { verify } from "./verify.mjs";

const secret = process.env.WEBHOOK_SECRET;
export const app = express();

// On the route, and before an app-wide express.json(): whoever reads the body first leaves nothing for the others. The limit
// is 100 kB unless it is set; lanehook sends up to 256 KiB. express.raw keeps what comes as a list until it is all there: a
// stranger's one-byte chunks take hundreds of times their size, so no larger a limit than you need, and a proxy before it all.
app.post("/webhooks", express.raw({ type: () => true, limit: "1mb" }), (request, response) => {
  // With no body at all, Express leaves none.
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (!verify(secret, request.headers, body)) return response.sendStatus(401);
  let event;
  try {
    event = JSON.parse(body);
  } catch {
    return response.status(400).send("the body is no JSON");
  }
  // Answer first, then work: the sender waits for this and tries again when it has waited too long.
  response.sendStatus(204);
  setImmediate(() => console.log(request.headers["webhook-id"], event));
});

app.use(express.json());
// const server = app.listen(3000);
// server.requestTimeout = 10_000; // five minutes unless it is set, for which a stranger could hold what has come
