// What a browser loads before the overview, and the portal, are there, compressed as a server would. Fails beyond the budget.
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

/** By what is loaded beside the entry: a frame, and its first page where that is a file of its own. */
const BUDGETS = [
  { name: "overview", files: ["dashboard", "overview"], most: 220_000 },
  { name: "portal", files: ["portal"], most: 150_000 },
];
const dist = new URL("../dist/", import.meta.url);

/** Static imports of a built module, as their file names. */
function imports(source) {
  return [...source.matchAll(/(?:import|from)\s*["']\.\/([^"']+\.js)["']/g)].map((found) => found[1]);
}

async function loaded(names) {
  const html = await readFile(new URL("index.html", dist), "utf8");
  const files = new Map([["index.html", html]]);
  const take = async (path) => {
    if (files.has(path)) return;
    const source = await readFile(new URL(path, dist), "utf8");
    files.set(path, source);
    if (path.endsWith(".js")) for (const name of imports(source)) await take(`assets/${name}`);
  };
  for (const [, path] of html.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css|svg))"/g)) await take(path);
  for (const name of names) await take(`assets/${name}.js`);
  return files;
}

for (const { name, files: names, most } of BUDGETS) {
  const files = await loaded(names);
  let sum = 0;
  for (const [path, source] of files) {
    const size = gzipSync(source, { level: 9 }).length;
    sum += size;
    console.log(`${String(size).padStart(8)}  ${path}`);
  }
  console.log(`${String(sum).padStart(8)}  ${name}, of at most ${most}\n`);
  if (sum > most) process.exitCode = 1;
}
