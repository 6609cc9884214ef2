// What a browser loads before the overview is there, compressed as a server would. Fails beyond the budget.
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const BUDGETS = { overview: 220_000, portal: 150_000 };
const dist = new URL("../dist/", import.meta.url);

/** Static imports of a built module, as their file names. */
function imports(source) {
  return [...source.matchAll(/(?:import|from)\s*["']\.\/([^"']+\.js)["']/g)].map((found) => found[1]);
}

async function loaded(page) {
  const html = await readFile(new URL("index.html", dist), "utf8");
  const files = new Map([["index.html", html]]);
  const take = async (path) => {
    if (files.has(path)) return;
    const source = await readFile(new URL(path, dist), "utf8").catch(() => null);
    if (source === null) return;
    files.set(path, source);
    if (path.endsWith(".js")) for (const name of imports(source)) await take(`assets/${name}`);
  };
  for (const [, path] of html.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css|svg))"/g)) await take(path);
  await take(`assets/${page}.js`);
  return files;
}

for (const [page, budget] of Object.entries(BUDGETS)) {
  const files = await loaded(page);
  if (!files.has(`assets/${page}.js`)) continue;
  let sum = 0;
  for (const [path, source] of files) {
    const size = gzipSync(source, { level: 9 }).length;
    sum += size;
    console.log(`${String(size).padStart(8)}  ${path}`);
  }
  console.log(`${String(sum).padStart(8)}  ${page}, of at most ${budget}\n`);
  if (sum > budget) process.exitCode = 1;
}
