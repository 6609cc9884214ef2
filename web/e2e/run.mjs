// The dashboard in a real browser, on the real server with a receiver that misbehaves: `node e2e/run.mjs ../target/debug/lanehook`.
// Each test says its name and how it went, as Node's test runner does. Pictures are left in e2e/shots. Without Chromium all of it is
// skipped, and says so.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const binary = new URL(process.env.LANEHOOK ?? "../../target/debug/lanehook", import.meta.url).pathname;
const program = process.env.CHROME_PATH ?? "/usr/bin/chromium";
const shots = new URL("shots/", import.meta.url).pathname;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const key = "lhk_of_the_browser_tests_0123456789abcdefghij";
const skip = existsSync(program) ? false : "SKIPPED: there is no Chromium; install Debian's package `chromium`";
if (skip) console.log(skip);
/** For what depends on lanes, which run in real time: a bound, never a wait. */
const GUARD = 30_000;

let folder, server, base, receiver, receivers, browser;
/** Whether the receiver below /moody answers well. */
let isWell = false;

before(async () => {
  if (skip) return;
  mkdirSync(shots, { recursive: true });
  folder = mkdtempSync(join(tmpdir(), "lanehook-browser-"));
  receiver = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(request.url.startsWith("/moody") && !isWell ? 503 : 200, { "content-type": "application/json" });
      response.end(request.url.startsWith("/moody") && !isWell ? '{"error":"<b>unavailable</b>"}' : "{}");
    });
  });
  await new Promise((done) => receiver.listen(0, "127.0.0.1", done));
  receivers = `http://127.0.0.1:${receiver.address().port}`;
  server = spawn(binary, ["serve", "--dev", "--listen", "127.0.0.1:0", "--data", join(folder, "data"), "--log-format", "json"], {
    env: { ...process.env, LANEHOOK_OPERATOR_KEY: key },
  });
  base = await new Promise((found, failed) => {
    for (const stream of [server.stdout, server.stderr])
      createInterface({ input: stream }).on("line", (line) => {
        const address = /"address":"([^"]+)"/.exec(line)?.[1];
        if (address && /is ready/.test(line)) found(`http://${address}`);
      });
    server.on("error", failed);
    server.on("exit", (code) => failed(new Error(`the server ended with ${code}`)));
  });
  browser = await chromium.launch({
    executablePath: program,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  const webhook = (id, name, path) => api("PUT", `/webhooks/${id}`, { name, url: receivers + path, retry: { schedule: ["1h", "1h"] } });
  await webhook("fx", "FX watchers", "/well");
  await webhook("desk", "Trading desk bot", "/moody");
  for (let n = 0; n < 12; n++) await api("POST", "/events", { type: "price_alert", data: { symbol: "7203.T", price: 2850 + n, title: `7203.T above ${2850 + n}` } });
});

after(async () => {
  await browser?.close();
  receiver?.closeAllConnections();
  receiver?.close();
  if (server?.exitCode === null) {
    server.kill("SIGTERM");
    await new Promise((ended) => server.on("exit", ended));
  }
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function api(method, path, body, shown = key) {
  const headers = { authorization: `Bearer ${shown}`, "content-type": "application/json" };
  const answer = await fetch(`${base}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/** A browser of one's own, which notes what no page may do. */
async function visit(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, timezoneId: "UTC", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(GUARD);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`${error.stack ?? error}`));
  page.on("request", (request) => request.url().startsWith(base) || request.url().startsWith("blob:") || wrong.push(`asked ${request.url()}`));
  // The browser itself says that an answer was a refusal; those are told of by the page.
  page.on("console", (message) => message.type() === "error" && !/the server responded with a status/.test(message.text()) && wrong.push(message.text()));
  return { page, context, wrong };
}

async function signIn(page, path = "/") {
  await page.goto(base + path);
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function look(page, name) {
  await page.screenshot({ path: join(shots, `${name}.png`) });
  // Run where the policy for pages does not reach, since the page itself may not.
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  assert.deepEqual(found.violations.map((violation) => `${violation.id}: ${violation.nodes[0].html.slice(0, 200)}`), [], name);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${name} is ${wide} pixels wider than the screen`);
}

test("somebody signs in with a key, and the browser keeps none of it", { skip }, async () => {
  const { page, context, wrong } = await visit();
  await page.goto(base);
  await page.getByLabel("API key").fill("lhk_wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("There is no such key").waitFor();
  await look(page, "sign-in");
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  const seen = await page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]));
  assert.ok(!seen.includes("lhk_") && !seen.includes("lhs_"), seen);
  const [cookie] = await context.cookies();
  assert.deepEqual([cookie.name, cookie.httpOnly, cookie.sameSite], ["lanehook_session", true, "Strict"]);
  // A reload finds the session again.
  await page.reload();
  await page.getByRole("link", { name: "Webhooks" }).first().waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a failing receiver is found from the overview in three steps, mended and retried", { skip }, async () => {
  const { page, context, wrong } = await visit();
  await signIn(page);
  await page.getByText(/is failing|slowed down/).first().waitFor();
  await look(page, "overview");
  await page.getByRole("link", { name: "Trading desk bot" }).first().click();
  await page.waitForURL(/\/webhooks\/desk/);
  await page.getByText("503").first().waitFor();
  await look(page, "webhook");
  // The newest were not tried yet, since the lane stands still.
  const [tried] = (await api("GET", "/webhooks/desk/deliveries?status=retrying&limit=1")).data;
  await page.locator(`a[href*="/deliveries/${tried.id}"]`).first().click();
  await page.waitForURL(/\/deliveries\/dlv_/);
  await page.getByText(/Not delivered yet/).first().waitFor();
  // What the receiver answered is shown as text.
  await page.getByText("<b>unavailable</b>").first().waitFor();
  await look(page, "delivery");
  isWell = true;
  await page.getByRole("button", { name: /Retry now/ }).click();
  // "Not delivered yet" stands there before.
  await page.getByText(/^Delivered at try/).first().waitFor();
  assert.equal((await api("GET", `/deliveries/${tried.id}`)).status, "delivered");
  assert.deepEqual(wrong, []);
  await context.close();
});

const PAGES = ["/webhooks", "/webhooks/new", "/deliveries", "/events", "/types", "/recover", "/settings", "/cluster"];

test("every page stands by itself, light and dark, wide and narrow, and asks nobody else", { skip }, async () => {
  for (const [name, options] of [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["phone", { viewport: { width: 390, height: 844 } }],
  ]) {
    const { page, context, wrong } = await visit(options);
    await signIn(page, PAGES[0]);
    for (const path of PAGES) {
      await page.goto(base + path);
      await page.locator("main h1, main h2, main table, main form").first().waitFor();
      await page.waitForLoadState("load");
      await look(page, `${path.slice(1).replace("/", "-")}-${name}`);
    }
    assert.deepEqual(wrong, [], name);
    await context.close();
  }
});

test("a link signs in once", { skip }, async () => {
  const { url } = await api("POST", "/portal-links", { access: "read" });
  const { page, context, wrong } = await visit();
  await page.goto(base + url);
  await page.getByRole("link", { name: "FX watchers" }).first().waitFor();
  assert.ok(!page.url().includes("lhl_"), page.url());
  // It looks only: no other tenant's key, no change.
  const refused = await page.evaluate(async () => (await fetch("/api/v1/webhooks/fx", { method: "DELETE" })).status);
  assert.equal(refused, 403);
  const again = await visit();
  await again.page.goto(base + url);
  await again.page.getByText("This link was used or is too old").waitFor();
  assert.deepEqual([...wrong, ...again.wrong], []);
  await context.close();
  await again.context.close();
});

test("a session that ends elsewhere keeps what is on the screen and asks for the key", { skip }, async () => {
  const made = await api("POST", "/api-keys", { name: "short", scopes: ["webhooks:read", "deliveries:read", "events:read"] });
  const { page, context } = await visit();
  await page.goto(`${base}/webhooks`);
  await page.getByLabel("API key").fill(made.key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "FX watchers" }).first().waitFor();
  await api("DELETE", `/api-keys/${made.id}`);
  await page.getByRole("link", { name: "Deliveries" }).first().click();
  await page.getByText("You were signed out").first().waitFor();
  await context.close();
});

test("another site's page can neither frame it nor act in its name", { skip }, async () => {
  const { page, context } = await visit();
  await signIn(page);
  await page.getByRole("link", { name: "Webhooks" }).first().waitFor();
  const evil = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end(`<form action="${base}/api/v1/webhooks/fx/test" method="post" enctype="text/plain"><input name="a" value="b"></form><iframe src="${base}/"></iframe>`);
  });
  await new Promise((done) => evil.listen(0, "127.0.0.1", done));
  await page.goto(`http://127.0.0.1:${evil.address().port}/`);
  const framed = await page.frames()[1]?.evaluate(() => document.body?.innerText ?? "").catch(() => "");
  assert.ok(!framed?.includes("Overview"), framed);
  const answer = page.waitForResponse((response) => response.url().endsWith("/test"));
  await page.evaluate(() => document.forms[0].submit());
  assert.ok([401, 403].includes((await answer).status()));
  evil.closeAllConnections();
  evil.close();
  await context.close();
});
