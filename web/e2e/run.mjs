// The dashboard in a real browser, on the real server with a receiver that misbehaves: `node e2e/run.mjs ../target/debug/lanehook`.
// Each test says its name and how it went, as Node's test runner does. Pictures are left in e2e/shots. The portal's are in portal.mjs.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { key, listening, look, skip, startBrowser, startReceiver, startServer, stopped, visit as visitWith } from "./world.mjs";

let server, receiver, browser, base, api;

before(async () => {
  if (skip) return;
  receiver = await startReceiver();
  server = await startServer();
  ({ base, api } = server);
  browser = await startBrowser();
  const webhook = (id, name, path) => api("PUT", `/webhooks/${id}`, { name, url: receiver.base + path, retry: { schedule: ["1h", "1h"] } });
  await webhook("fx", "FX watchers", "/well");
  await webhook("desk", "Trading desk bot", "/moody");
  for (let n = 0; n < 12; n++) await api("POST", "/events", { type: "price_alert", data: { symbol: "7203.T", price: 2850 + n, title: `7203.T above ${2850 + n}` } });
});

after(async () => {
  await browser?.close();
  receiver?.stop();
  await server?.stop();
});

const visit = (options) => visitWith(browser, [base], options);

async function signIn(page, path = "/") {
  await page.goto(base + path);
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
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
  receiver.isWell = true;
  await page.getByRole("button", { name: /Retry now/ }).click();
  // "Not delivered yet" stands there before.
  await page.getByText(/^Delivered at try/).first().waitFor();
  assert.equal((await api("GET", `/deliveries/${tried.id}`)).status, "delivered");
  assert.deepEqual(wrong, []);
  await context.close();
});

const PAGES = ["/webhooks", "/webhooks/new", "/webhooks/fx?tab=tests", "/deliveries", "/events", "/types", "/recover", "/settings", "/settings/notices", "/settings/portal", "/cluster"];

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
      await look(page, `${path.slice(1).replace(/[^a-z]+/g, "-")}-${name}`);
    }
    assert.deepEqual(wrong, [], name);
    await context.close();
  }
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
  await page.goto(`${await listening(evil)}/`);
  const framed = await page.frames()[1]?.evaluate(() => document.body?.innerText ?? "").catch(() => "");
  assert.ok(!framed?.includes("Overview"), framed);
  const answer = page.waitForResponse((response) => response.url().endsWith("/test"));
  await page.evaluate(() => document.forms[0].submit());
  assert.ok([401, 403].includes((await answer).status()));
  stopped(evil);
  await context.close();
});

test("a webhook is tried with an event that was saved as a sample, and the test is found again", { skip }, async () => {
  const { page, context, wrong } = await visit();
  await signIn(page, "/events");
  await page.getByRole("link", { name: /price_alert/ }).first().click();
  await page.waitForURL(/\/events\/evt_/);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Save as sample" }).click();
  await page.getByLabel("Name").fill("Nightly alert");
  await page.getByText("It is kept as Nightly-alert").waitFor();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved as Nightly-alert").waitFor();
  await page.goto(`${base}/webhooks/fx?tab=tests`);
  await page.getByLabel("With").selectOption("saved:Nightly-alert");
  await page.getByRole("button", { name: /^Send to/ }).click();
  await page.getByText("It arrived: 200").waitFor();
  const [kept] = (await api("GET", "/webhooks/fx/deliveries?test=true")).data;
  assert.equal(kept.status, "delivered");
  await page.locator(`a[href*="${kept.id}"]`).waitFor();
  await page.getByRole("button", { name: /^Send again/ }).first().click();
  await page.waitForFunction(() => document.querySelectorAll(".tests > li").length === 2);
  await look(page, "webhook-tests-light");
  await page.getByRole("button", { name: "Delete this sample" }).click();
  await page.getByRole("button", { name: "Delete it" }).click();
  await page.getByText("The sample Nightly-alert is deleted.").waitFor();
  assert.deepEqual((await api("GET", "/saved-events")).data, []);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("notices and the portal's theme are set, and the portal's link is made", { skip }, async () => {
  const { page, context, wrong } = await visit();
  await signIn(page, "/settings/notices");
  await page.getByLabel("Told as failing after").fill("soon");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator(".fault").first().waitFor();
  await page.getByLabel("Told as failing after").fill("5m");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("It holds within seconds").waitFor();
  assert.equal((await api("GET", "/notice-settings")).failing_after, "5m");
  await page.goto(`${base}/settings/portal`);
  await page.getByLabel("Name").fill("Kestrel Trading");
  await page.getByLabel("Accent", { exact: true }).fill("#0b7a75");
  await page.getByRole("button", { name: "Dark" }).click();
  await page.getByLabel("Logo").setInputFiles({ name: "logo.svg", mimeType: "image/svg+xml", buffer: Buffer.from("<svg/>") });
  await page.getByText("It has to be a PNG, JPEG or WebP image.").waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("looks so from its next opening").waitFor();
  const theme = await api("GET", "/theme");
  assert.deepEqual([theme.name, theme.accent, theme.mode], ["Kestrel Trading", "#0b7a75", "dark"]);
  await page.getByRole("button", { name: "Make a link" }).click();
  await page.getByText(/Works once/).waitFor();
  await look(page, "settings-portal-made");
  await page.getByRole("button", { name: "As lanehook has it" }).click();
  await page.getByText("looks as lanehook has it").waitFor();
  assert.equal((await api("GET", "/theme")).name, "");
  assert.deepEqual(wrong, []);
  await context.close();
});
