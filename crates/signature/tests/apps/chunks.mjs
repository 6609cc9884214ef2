// Asks the fetch handler for ../it/apps.rs: `node chunks.mjs FOLDER LENGTH HEADER…`. The body is a text of JSON, and comes a byte at a
// time, each in the same piece of memory. Writes the status of the answer.
import { pathToFileURL } from "node:url";

const [folder, length, ...lines] = process.argv.slice(2);
const { POST } = await import(pathToFileURL(`${folder}/fetch_handler.mjs`));

async function* body(length) {
  const chunk = new Uint8Array(1);
  for (let at = 0; at < length; at += 1) {
    chunk[0] = (at === 0 || at === length - 1 ? '"' : "x").charCodeAt(0);
    yield chunk;
  }
}
const headers = new Headers(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
console.log = () => {}; // what the handler says of it
const answer = await POST({ headers, body: body(Number(length)) });
process.stdout.write(`${answer.status}\n`);
