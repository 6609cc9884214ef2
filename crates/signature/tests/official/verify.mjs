// Asks GitHub's and Shopify's own libraries about ../vectors.json, as verify.py does those that are in Python.

import "@shopify/shopify-api/adapters/node";
import { readFileSync } from "node:fs";
import { verify } from "@octokit/webhooks-methods";
import { ApiVersion, LogSeverity, shopifyApi } from "@shopify/shopify-api";

function shopify(secret, headers, rawBody) {
  const api = shopifyApi({
    apiKey: "key",
    apiSecretKey: secret,
    apiVersion: ApiVersion.Unstable,
    hostName: "example.com",
    isEmbeddedApp: false,
    logger: { level: LogSeverity.Error, log() {} },
  });
  // Shopify sends these, too; the library asks for them and they are not signed.
  const beside = { "x-shopify-api-version": "2026-10", "x-shopify-shop-domain": "example.myshopify.com" };
  const rawRequest = { method: "POST", url: "/", headers: { ...headers, ...beside } };
  return api.webhooks.validate({ rawBody, rawRequest, rawResponse: {} }).then(({ valid }) => valid);
}

const checks = {
  shopify,
  github: (secret, headers, body) => verify(secret, body, headers["x-hub-signature-256"]),
};
const compared = { github: 0, shopify: 0 };
const vectors = JSON.parse(readFileSync(new URL("../vectors.json", import.meta.url)));
for (const { dialect, verify_with: secrets, ...request } of vectors.cases) {
  // They take text, and some of it.
  if (!checks[dialect] || secrets.length > 1 || !request.body) continue;
  const accepted = await checks[dialect](secrets[0], request.headers, request.body).catch(() => false);
  if (accepted !== (request.expect === "ok")) {
    console.error(`${request.name}: ${request.expect} here, accepted there: ${accepted}`);
    process.exit(1);
  }
  compared[dialect] += 1;
}
console.log(JSON.stringify(compared));
