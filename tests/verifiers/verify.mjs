// Verifies a captured request with somebody else's library.
//
// Reads {"check": ..., "secret": ..., "headers": {...}, "body": "..."} from standard input; exits 0 if it verifies.

import { readFileSync } from "node:fs";
import { verify } from "@octokit/webhooks-methods";
import { Webhook } from "standardwebhooks";

const request = JSON.parse(readFileSync(0, "utf8"));

const checks = {
  standardwebhooks() {
    new Webhook(request.secret).verify(request.body, request.headers);
  },
  async octokit() {
    const signature = request.headers["x-hub-signature-256"];
    if (!(await verify(request.secret, request.body, signature))) {
      throw new Error("the signature does not match");
    }
  },
};

await checks[request.check]();
