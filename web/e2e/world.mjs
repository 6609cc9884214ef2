// What the browser tests share: the real server with a receiver that misbehaves, and a browser that notes what no page may do. Without Chromium
// all of them are skipped, and say so.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { withPages } from "./pages.mjs";

const binary = new URL(process.env.LANEHOOK ?? "../../target/debug/lanehook", import.meta.url).pathname;
const program = process.env.CHROME_PATH ?? "/usr/bin/chromium";
const shots = new URL("shots/", import.meta.url).pathname;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const key = "lhk_of_the_browser_tests_0123456789abcdefghij";
export const skip = existsSync(program) ? false : "SKIPPED: there is no Chromium; install Debian's package `chromium`";
if (skip) console.log(skip);
/** For what depends on lanes, which run in real time: a bound, never a wait. */
export const GUARD = 30_000;
const HEADLESS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** A receiver: what is below /moody answers well once `isWell` is set. */
export async function startReceiver() {
  const receiver = { isWell: false, base: "", stop: () => {} };
  const server = createServer((request, response) => {
    const isDown = request.url.startsWith("/moody") && !receiver.isWell;
    request.resume().on("end", () => {
      response.writeHead(isDown ? 503 : 200, { "content-type": "application/json" });
      response.end(isDown ? '{"error":"<b>unavailable</b>"}' : "{}");
    });
  });
  receiver.base = await listening(server);
  receiver.stop = () => stopped(server);
  return receiver;
}

export async function listening(server, protocol = "http") {
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return `${protocol}://127.0.0.1:${server.address().port}`;
}

export function stopped(server) {
  server?.closeAllConnections();
  server?.close();
}

/** A certificate that its maker signed, in a folder. */
function certificate(folder) {
  const [cert, secret] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", secret, "-out", cert, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"], { stdio: "ignore" });
  return { cert, key: secret };
}

/** The server, with an operator's key, over TLS if asked for. */
export async function startServer({ tls = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "lanehook-browser-"));
  const files = tls ? certificate(folder) : null;
  const args = ["serve", "--dev", "--listen", "127.0.0.1:0", "--data", join(folder, "data"), "--log-format", "json"];
  if (files) args.push("--tls-cert", files.cert, "--tls-key", files.key);
  const server = spawn(binary, args, { env: { ...process.env, LANEHOOK_OPERATOR_KEY: key } });
  const own = await new Promise((found, failed) => {
    for (const stream of [server.stdout, server.stderr])
      createInterface({ input: stream }).on("line", (line) => {
        const address = /"address":"([^"]+)"/.exec(line)?.[1];
        if (address && /is ready/.test(line)) found(`${tls ? "https" : "http"}://${address}`);
      });
    server.on("error", failed);
    server.on("exit", (code) => failed(new Error(`the server ended with ${code}`)));
  });
  // Pages that no binary has yet are shown in place of its own.
  const pages = process.env.PAGES ? await withPages(process.env.PAGES, own, files) : null;
  const base = pages?.base ?? own;
  const stop = async () => {
    pages?.stop();
    if (server.exitCode === null) {
      server.kill("SIGTERM");
      await new Promise((ended) => server.on("exit", ended));
    }
    rmSync(folder, { recursive: true, force: true });
  };
  return { base, stop, api: (method, path, body, more = {}) => api(base, method, path, body, more) };
}

async function api(base, method, path, body, { shown = key, tenant } = {}) {
  const headers = { authorization: `Bearer ${shown}`, "content-type": "application/json", ...(tenant ? { tenant } : {}) };
  const answer = await fetch(`${base}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

export function startBrowser(args = []) {
  mkdirSync(shots, { recursive: true });
  return chromium.launch({ executablePath: program, args: [...HEADLESS, ...args] });
}

/** A browser of one's own, which notes what no page may do: ask other hosts than these, break, or complain. */
export async function visit(browser, hosts, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, timezoneId: "UTC", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(GUARD);
  const [wrong, asked] = [[], []];
  page.on("pageerror", (error) => wrong.push(`${error.stack ?? error}`));
  page.on("request", (request) => {
    asked.push(`${request.method()} ${request.url()}`);
    if (!hosts.some((host) => request.url().startsWith(host)) && !request.url().startsWith("blob:") && !request.url().startsWith("data:")) wrong.push(`asked ${request.url()}`);
  });
  // The browser itself says that an answer was a refusal; those are told of by the page.
  page.on("console", (message) => message.type() === "error" && !/the server responded with a status/.test(message.text()) && wrong.push(message.text()));
  return { page, context, wrong, asked };
}

/** Keeps a picture, and finds nothing that keeps anybody out (WCAG 2.2 AA) and nothing wider than the screen. */
export async function look(page, name) {
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: process.env.FULL === "1" });
  // Run where the policy for pages does not reach, since the page itself may not.
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  assert.deepEqual(found.violations.map((violation) => `${violation.id}: ${violation.nodes[0].html.slice(0, 200)}`), [], name);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${name} is ${wide} pixels wider than the screen`);
}
