// Writes src/api/schema.d.ts from openapi.json. With `--check`, says whether it is stale instead. With `--from <URL>`, first takes the document
// from a running server: `npm run api -- --from http://127.0.0.1:8420`.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const root = new URL("../", import.meta.url);
const document = new URL("openapi.json", root);
const types = new URL("src/api/schema.d.ts", root);
const args = process.argv.slice(2);

const from = args.indexOf("--from");
if (from >= 0) {
  const answer = await fetch(new URL("/api/v1/openapi.json", args[from + 1]));
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  // A server that knows its public URL names it; the committed document does not.
  const described = { ...(await answer.json()), servers: [{ url: "/" }] };
  await writeFile(document, `${JSON.stringify(described, null, 1)}\n`);
}

const note = "// Made by `npm run api` from openapi.json. Do not edit.\n";
const made = note + astToString(await openapiTS(document));
if (args.includes("--check")) {
  const written = await readFile(types, "utf8").catch(() => "");
  if (written !== made) {
    console.error("src/api/schema.d.ts is not what openapi.json says: run `npm run api`");
    process.exit(1);
  }
} else {
  await writeFile(types, made);
}
