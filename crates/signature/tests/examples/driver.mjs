// Asks the example about every request on standard input; see ../it/examples.rs for the form.
import { readFileSync } from "node:fs";

for (const line of readFileSync(0, "utf8").split("\n").slice(0, -1)) {
  const [secret, now, body, ...rest] = line.split("\t").map((field) => Buffer.from(field, "base64"));
  const headers = Object.fromEntries(rest.map((header) => header.toString().split(/:(.*)/s).slice(0, 2)));
  // The examples that sign no time take no time.
  const time = verify.toString().includes("Date.now()") ? [Number(now)] : [];
  console.log(verify(secret.toString(), headers, body, ...time) ? "ok" : "refused");
}
