// The portal in a real browser: what a customer sees who came by a link, alone and in a frame of another page, and what they cannot reach.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { listening, look, skip, startBrowser, startReceiver, startServer, stopped, visit as visitWith } from "./world.mjs";

const PRICE = { symbol: "7203.T", price: 2850, title: "7203.T above 2,850" };
const HOSTILE = { id: "evil", name: `<img src=x onerror=alert(1)> \u202egnp.elif ${"long ".repeat(30)}`.slice(0, 190), description: "<b>bold</b>" };
const ofKestrel = { tenant: "kestrel" };

let server, receiver, browser, base, api;

before(async () => {
  if (skip) return;
  receiver = await startReceiver();
  server = await startServer();
  ({ base, api } = server);
  browser = await startBrowser();
  await populate(api);
});

async function populate(api) {
  await api("POST", "/tenants", { id: "kestrel", name: "Kestrel Trading" });
  await api("PUT", "/theme", { name: "Kestrel Trading", accent: "#0b7a75", radius: 10 }, ofKestrel);
  await api("PUT", "/event-types/price_alert", { description: "A price has crossed a target.", versions: [{ version: 1, example: PRICE, schema: { type: "object", properties: { symbol: { type: "string", description: "The `symbol`." }, price: { type: "number" } } } }] });
  const webhook = (id, name, path, more = {}) => api("PUT", `/webhooks/${id}`, { name, url: receiver.base + path, retry: { schedule: ["1h", "1h"] }, ...more }, ofKestrel);
  await webhook("desk", "Trading desk bot", "/moody", { note: "the operator's note", headers: { "X-Operator": "hidden" } });
  await webhook("fx", "FX watchers", "/well");
  await webhook(HOSTILE.id, HOSTILE.name, "/well/%3Cimg%20src=x%3E", { description: HOSTILE.description });
  await api("PUT", "/webhooks/other", { name: "Somebody else's", url: `${receiver.base}/well` });
  for (let n = 0; n < 12; n++) await api("POST", "/events", { type: "price_alert", data: { ...PRICE, price: 2850 + n, title: `7203.T above ${2850 + n}` } }, ofKestrel);
  await api("POST", "/events", { type: "price_alert", data: { title: "<script>alert(1)</script> \u202eevil", big: 12345678901234567890, rows: Array.from({ length: 4_000 }, (_, id) => ({ id, text: "<b>row</b>" })) } }, ofKestrel);
}

after(async () => {
  await browser?.close();
  receiver?.stop();
  await server?.stop();
});

const visit = (options, hosts = [base]) => visitWith(browser, hosts, options);

/** Where a link of the tenant's leads; it is used up by whoever opens it. */
async function link(input = {}, from = server) {
  const { url } = await from.api("POST", "/portal-links", { access: "manage", ...input }, ofKestrel);
  return new URL(url, from.base).href;
}

/** All that the portal may ask for. What is not here is no customer's business. */
const ASKED = [
  /^(GET|POST|DELETE) \/session$/, /^GET \/theme$/, /^GET \/platforms$/, /^POST \/render$/, /^GET \/event-types(\/[^/]+)?$/,
  /^(GET|POST) \/webhooks$/, /^(GET|PATCH|DELETE) \/webhooks\/[^/]+$/, /^GET \/webhooks\/[^/]+\/(lane|stats|secret)$/, /^POST \/webhooks\/[^/]+\/(test|probe|secret\/rotate)$/,
  /^GET \/deliveries(\/[^/]+)?$/, /^POST \/deliveries\/(retry|[^/]+\/(retry|cancel|replay))$/, /^GET \/stats(\/failures)?$/,
];

function notAsked(asked) {
  const api = asked.flatMap((line) => {
    const [method, url] = line.split(" ");
    const { pathname } = new URL(url);
    return pathname.startsWith("/api/v1/") ? [`${method} ${pathname.slice("/api/v1".length)}`] : [];
  });
  assert.ok(api.length > 0, "nothing was asked of the API");
  return api.filter((line) => !ASKED.some((allowed) => allowed.test(line)));
}

test("a link opens the portal once, in the tenant's colours, and leaves nothing to be read", { skip }, async () => {
  const url = await link();
  const { page, context, wrong, asked } = await visit();
  await page.goto(url);
  await page.getByRole("heading", { name: "Webhooks" }).waitFor();
  await page.getByText("Trading desk bot is failing").waitFor();
  await page.getByText(/You can manage these webhooks for another 59|another 1.h/).waitFor();
  const seen = await page.evaluate(() => JSON.stringify([location.href, document.cookie, { ...localStorage }, { ...sessionStorage }]));
  assert.ok(!/lhk_|lhs_|lhl_/.test(seen), seen);
  assert.ok((await context.cookies()).every((cookie) => cookie.httpOnly));
  // The accent is the tenant's, as dark as white letters on it need.
  const [ground] = await page.getByRole("link", { name: "Add" }).evaluateAll((links) => links.map((each) => getComputedStyle(each).backgroundColor));
  assert.match(ground, /^oklch\(0\.47 /);
  assert.equal(await page.getByText("Somebody else's").count(), 0);
  assert.equal(await page.locator(".side, .top").count(), 0);
  await look(page, "portal-webhooks");
  // A reload finds the session again; a second visitor finds the link used.
  await page.reload();
  await page.getByRole("heading", { name: "Webhooks" }).waitFor();
  const again = await visit();
  await again.page.goto(url);
  await again.page.getByText("This link was used or is too old.").waitFor();
  await look(again.page, "portal-used");
  assert.deepEqual([...wrong, ...again.wrong, ...notAsked(asked)], []);
  await context.close();
  await again.context.close();
});

test("a customer finds what fails, sees why, mends it and sends it again", { skip }, async () => {
  receiver.isWell = false;
  const { page, context, wrong, asked } = await visit();
  await page.goto(await link());
  await page.getByRole("link", { name: "See why" }).click();
  await page.waitForURL(/\/portal\/webhooks\/desk/);
  await page.getByText("503").first().waitFor();
  assert.equal(await page.getByText("the operator's note").count(), 0);
  await look(page, "portal-webhook");
  const [tried] = (await api("GET", "/webhooks/desk/deliveries?status=retrying&limit=1", undefined, ofKestrel)).data;
  await page.goto(`${base}/portal/deliveries/${tried.id}`);
  await page.getByText(/Not delivered yet/).first().waitFor();
  // What the receiver answered is shown as text; who it is, is the reader's own.
  await page.getByText("<b>unavailable</b>").first().waitFor();
  await page.getByText(/Your server failed by itself/).first().waitFor();
  await look(page, "portal-delivery");
  receiver.isWell = true;
  await page.getByRole("button", { name: "Retry now" }).click();
  await page.getByText("Delivered", { exact: true }).first().waitFor();
  assert.equal((await api("GET", `/deliveries/${tried.id}`, undefined, ofKestrel)).status, "delivered");
  assert.deepEqual([...wrong, ...notAsked(asked)], []);
  await context.close();
});

test("all that was given up is sent again at once, counted before", { skip }, async () => {
  receiver.isWell = false;
  await api("PUT", "/webhooks/once", { name: "Once", url: `${receiver.base}/moody/once`, retry: { preset: "none" }, event_types: ["given_up"] }, ofKestrel);
  for (let n = 0; n < 3; n++) await api("POST", "/events", { type: "given_up", data: { title: `number ${n}` } }, ofKestrel);
  const { page, context, wrong, asked } = await visit();
  await page.goto(await link());
  await page.getByRole("heading", { name: "Webhooks" }).waitFor();
  const failed = async () => (await api("GET", "/deliveries?webhook=once&status=failed&count=true", undefined, ofKestrel)).count;
  while ((await failed()) < 3) await page.waitForTimeout(50);
  await page.goto(`${base}/portal/deliveries?status=failed`);
  await page.getByText("3 deliveries").waitFor();
  receiver.isWell = true;
  await page.getByRole("button", { name: "Retry all" }).click();
  await page.getByText("Retry 3 deliveries?").waitFor();
  await look(page, "portal-retry-all");
  await page.getByRole("button", { name: "Retry 3", exact: true }).click();
  await page.getByText("They go out, one after the other.").waitFor();
  await page.getByText("Nothing was given up.").waitFor();
  assert.equal((await api("GET", "/deliveries?webhook=once&status=delivered&count=true", undefined, ofKestrel)).count, 3);
  assert.deepEqual([...wrong, ...notAsked(asked)], []);
  await api("DELETE", "/webhooks/once", undefined, ofKestrel);
  await context.close();
});

test("a customer makes a webhook for an event type, tries it, changes it and deletes it", { skip }, async () => {
  const { page, context, wrong, asked } = await visit();
  await page.goto(await link({}));
  await page.getByRole("link", { name: "Events" }).click();
  await page.getByRole("link", { name: "price_alert" }).click();
  await page.getByText("A price has crossed a target.").waitFor();
  await look(page, "portal-event");
  await page.getByRole("link", { name: "Get these" }).click();
  await page.getByLabel("URL", { exact: true }).fill(`${receiver.base}/well/new`);
  await page.getByLabel("Name", { exact: true }).fill("Made here");
  for (const hidden of ["Limits", "Requests at one time", "Note", "Check the receiver's certificate"]) assert.equal(await page.getByText(hidden, { exact: true }).count(), 0, hidden);
  await page.getByText("7203.T above 2,850").first().waitFor();
  await look(page, "portal-new");
  await page.getByRole("button", { name: /^Create/ }).first().click();
  await page.getByText("Made here is made").waitFor();
  const made = (await api("GET", "/webhooks", undefined, ofKestrel)).data.find((webhook) => webhook.name === "Made here");
  assert.deepEqual(made.event_types, ["price_alert"]);
  await look(page, "portal-made");
  await page.getByRole("button", { name: "Send a test" }).click();
  await page.getByText("It arrived: 200").waitFor();
  await page.getByRole("link", { name: "Open it" }).click();
  await page.getByRole("tab", { name: "Tests" }).click();
  await page.locator(".tests > li").first().waitFor();
  await look(page, "portal-tests");
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Changed here");
  await page.getByRole("button", { name: /^Save/ }).first().click();
  await page.getByRole("heading", { name: /Changed here/ }).waitFor();
  await page.getByRole("tab", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByText(/^whsec_/).first().waitFor();
  await look(page, "portal-secret");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("Changed here is deleted.").waitFor();
  assert.ok(!(await api("GET", "/webhooks", undefined, ofKestrel)).data.some((webhook) => webhook.id === made.id));
  assert.deepEqual([...wrong, ...notAsked(asked)], []);
  await context.close();
});

test("a link for looking has nothing that changes, and the server refuses it, too", { skip }, async () => {
  const { page, context, wrong } = await visit();
  await page.goto(await link({ access: "read" }));
  await page.getByText(/You can look, not change/).waitFor();
  const [delivery] = (await api("GET", "/webhooks/fx/deliveries?limit=1", undefined, ofKestrel)).data;
  for (const path of ["", "/webhooks/fx", "/webhooks/fx?tab=tests", "/webhooks/fx?tab=settings", "/webhooks/new", "/webhooks/fx/edit", "/deliveries?status=failed", `/deliveries/${delivery.id}`, "/events/price_alert"]) {
    await page.goto(`${base}/portal${path}`);
    await page.locator("main").waitFor();
    await page.waitForLoadState("networkidle");
    for (const deed of [/^(Add|Edit|Pause|Resume|Get these|Send|Send a test|Send again|Retry|Cancel|Delete|Create|Save|Rotate|Show)\b(?! more)/]) assert.equal(await page.getByRole("button", { name: deed }).or(page.getByRole("link", { name: deed })).count(), 0, path);
  }
  const refused = await page.evaluate(async () => {
    const portal = { "x-lanehook-portal": "1" };
    const { csrf_token } = await (await fetch("/api/v1/session", { headers: portal })).json();
    return (await fetch("/api/v1/webhooks/fx", { method: "DELETE", headers: { ...portal, "x-lanehook-csrf": csrf_token } })).status;
  });
  assert.equal(refused, 403);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("its session reaches nothing of others and nothing of the operator's", { skip }, async () => {
  const { page, context } = await visit();
  await page.goto(await link());
  await page.getByRole("heading", { name: "Webhooks" }).waitFor();
  const reached = await page.evaluate(async () => {
    const portal = { "x-lanehook-portal": "1" };
    const session = await (await fetch("/api/v1/session", { headers: portal })).json();
    const document = await (await fetch("/api/v1/openapi.json")).json();
    const found = [];
    // A server that says which operations are the portal's permits no others.
    const isMarked = JSON.stringify(document.paths).includes('"x-in-portal":true');
    for (const [path, item] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(item)) {
        const needs = operation["x-required-scopes"] ?? [];
        const may = needs.every((scope) => session.scopes.includes(scope)) && !operation["x-operator-only"] && (!isMarked || operation["x-in-portal"]);
        if (may || path.endsWith("/session")) continue;
        const body = method === "get" || method === "delete" ? undefined : "{}";
        const answer = await fetch(path.replace(/\{[^}]+\}/g, "x"), { method: method.toUpperCase(), body, headers: { ...portal, "content-type": "application/json", "x-lanehook-csrf": session.csrf_token } });
        if (answer.status !== 403) found.push(`${method} ${path}: ${answer.status}`);
      }
    }
    for (const tenant of ["default", "*"]) {
      const answer = await fetch("/api/v1/webhooks", { headers: { ...portal, tenant } });
      if (answer.status !== 403) found.push(`webhooks of ${tenant}: ${answer.status}`);
    }
    const other = await fetch("/api/v1/webhooks/other", { headers: portal });
    if (other.status !== 404) found.push(`another tenant's webhook: ${other.status}`);
    return { found, scopes: session.scopes };
  });
  assert.deepEqual(reached.found, []);
  for (const scope of ["keys", "tenants", "events:write", "catalogue:write"]) assert.ok(!reached.scopes.includes(scope), scope);
  // It is no way into the dashboard.
  await page.goto(`${base}/webhooks`);
  await page.getByLabel("API key").waitFor();
  await context.close();
});

test("every page stands by itself, light and dark, wide and narrow, with hostile content as text", { skip }, async () => {
  const evil = (await api("GET", `/webhooks/${HOSTILE.id}/deliveries?limit=1`, undefined, ofKestrel)).data[0];
  const pages = { webhooks: "", webhook: `/webhooks/${HOSTILE.id}`, settings: `/webhooks/${HOSTILE.id}?tab=settings`, tests: "/webhooks/desk?tab=tests", new: "/webhooks/new", edit: `/webhooks/${HOSTILE.id}/edit`, deliveries: "/deliveries", failed: "/deliveries?status=failed", delivery: `/deliveries/${evil.id}`, events: "/events", event: "/events/price_alert", nowhere: "/nowhere", missing: "/deliveries/dlv_0000000000000" };
  for (const [name, options] of [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["phone", { viewport: { width: 390, height: 844 }, colorScheme: "light" }],
    ["phone-dark", { viewport: { width: 390, height: 844 }, colorScheme: "dark" }],
  ]) {
    const { page, context, wrong, asked } = await visit(options);
    page.on("dialog", (dialog) => (wrong.push(`it said ${dialog.message()}`), dialog.dismiss()));
    await page.goto(await link());
    await page.getByRole("heading", { name: "Webhooks" }).waitFor();
    for (const [of, path] of Object.entries(pages)) {
      await page.goto(`${base}/portal${path}`);
      await page.locator("main h1, main [role=alert]").first().waitFor();
      await page.waitForLoadState("networkidle");
      await look(page, `portal-${of}-${name}`);
    }
    assert.deepEqual([...wrong, ...notAsked(asked)], [], name);
    await context.close();
  }
});

test("by the keyboard alone: to a webhook, a test of it, and a new one", { skip }, async () => {
  const { page, context, wrong } = await visit();
  await page.goto(await link());
  await page.getByRole("heading", { name: "Webhooks" }).waitFor();
  const to = async (name) => {
    for (let steps = 0; steps < 60; steps++) {
      await page.keyboard.press("Tab");
      const said = await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent?.trim() ?? "");
      if (name.test(said)) {
        const seen = await page.evaluate(() => {
          const of = document.activeElement;
          const ringed = [of, of.closest(".card"), of.closest("li"), of.closest(".tokens")].filter(Boolean);
          return ringed.some((element) => getComputedStyle(element).outlineStyle !== "none" && getComputedStyle(element).outlineWidth !== "0px");
        });
        assert.ok(seen, `what has the focus is not marked: ${said}`);
        return;
      }
    }
    assert.fail(`nothing leads to ${name}`);
  };
  await to(/^FX watchers$/);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /FX watchers/ }).waitFor();
  await to(/^Send a test$/);
  await page.keyboard.press("Enter");
  await page.getByText("It arrived: 200").waitFor();
  await to(/^How it does$/);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.locator(".tests > li").first().waitFor();
  await page.keyboard.press("Home");
  await page.goto(`${base}/portal`);
  await to(/^Add$/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/webhooks\/new$/);
  await page.getByLabel("URL", { exact: true }).waitFor();
  await page.getByLabel("URL", { exact: true }).focus();
  await page.keyboard.type(`${receiver.base}/well/keys`);
  await to(/^Create/);
  await page.keyboard.press("Enter");
  await page.getByText(/is made$/).first().waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("somebody whose time ends keeps what they typed, and is told how to go on", { skip }, async () => {
  const { page, context, wrong } = await visit();
  await page.clock.install({ time: new Date() });
  await page.goto(await link({ session: "1h" }));
  await page.getByRole("link", { name: "Add" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Half filled");
  await page.clock.fastForward("01:00:05");
  await page.getByRole("alert").filter({ hasText: "Your time here is over." }).waitFor();
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "Half filled");
  assert.deepEqual(wrong, []);
  await context.close();
});

/** A page of somebody else's, with the example of the documentation, and a backend that asks for links. */
function customersPage({ portal, ask, access = "manage" }) {
  const guide = readFileSync(new URL("../../docs/portal.md", import.meta.url), "utf8");
  const example = /```html\n([\s\S]*?)```/.exec(guide)[1].replace("https://hooks.example.com", portal);
  assert.ok(example.includes(portal) && example.trim().split("\n").length <= 24);
  const told = `<script>window.told = []; addEventListener("message", (event) => told.push({ origin: event.origin, ...event.data }));</script>`;
  const page = createServer(async (request, response) => {
    if (request.url === "/portal-link") {
      response.writeHead(200, { "content-type": "application/json" });
      return response.end(JSON.stringify({ url: await ask(access, page.links++) }));
    }
    response.writeHead(request.url === "/" ? 200 : 404, { "content-type": "text/html" });
    response.end(`<!doctype html><html lang="en"><title>Acme</title><body style="margin: 0; background: white">${told}${example}</body>`);
  });
  page.links = 0;
  return page;
}

test("the documentation's example shows it in a page of another origin, which it tells its height and place", { skip }, async (t) => {
  let origin;
  const shop = customersPage({ portal: base, ask: (access) => link({ access, origins: [origin] }) });
  t.after(() => stopped(shop));
  origin = await listening(shop);
  const { page, context, wrong, asked } = await visit({}, [base, origin]);
  await page.goto(origin);
  const frame = page.frameLocator("#webhooks");
  await frame.getByRole("heading", { name: "Webhooks" }).waitFor();
  await page.waitForFunction(() => parseInt(document.getElementById("webhooks").style.height) > 300);
  // As high as what is in it: nothing scrolls within the frame.
  const inner = page.frames().find((each) => each.url().startsWith(base));
  await inner.waitForFunction(() => document.documentElement.scrollHeight <= innerHeight + 1);
  // Without its own title row and ground.
  assert.equal(await frame.locator(".portal-title").count(), 0);
  assert.equal(await inner.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgba(0, 0, 0, 0)");
  await frame.getByRole("link", { name: "FX watchers" }).click();
  await frame.getByRole("heading", { name: /FX watchers/ }).waitFor();
  await page.waitForURL(`${origin}/#/webhooks/fx`);
  await frame.getByRole("button", { name: "Send a test" }).click();
  await frame.getByText("It arrived: 200").waitFor();
  await look(page, "portal-embedded");
  // What lies over it stands beside what was touched.
  await frame.getByRole("tab", { name: "Settings" }).click();
  await frame.getByRole("button", { name: "Rotate" }).click();
  const dialog = await frame.getByRole("alertdialog").boundingBox();
  const button = await frame.getByText("Rotate", { exact: true }).first().boundingBox();
  assert.ok(Math.abs(dialog.y - button.y) < 500, `${dialog.y} and ${button.y}`);
  await frame.getByRole("button", { name: "Keep the old one" }).click();
  // The page's address leads back to the same place.
  await page.reload();
  await frame.getByRole("heading", { name: /FX watchers/ }).waitFor();
  // And it may say where to go, within the portal.
  await page.evaluate((portal) => document.getElementById("webhooks").contentWindow.postMessage({ type: "lanehook:path", path: "/deliveries" }, portal), base);
  await frame.getByRole("heading", { name: "Deliveries" }).waitFor();
  await page.evaluate((portal) => document.getElementById("webhooks").contentWindow.postMessage({ type: "lanehook:path", path: "//evil.example/x" }, portal), base);
  const told = await page.evaluate(() => window.told);
  assert.ok(told.every((each) => each.origin === base));
  assert.deepEqual([...wrong, ...notAsked(asked)], []);
  await context.close();
});

test("who goes on after the end gets a new link from the page around", { skip }, async (t) => {
  let origin;
  // The first link is one that somebody used.
  const used = { url: "" };
  const shop = customersPage({ portal: base, ask: async (access, count) => (count === 0 ? used.url : link({ access, origins: [origin] })) });
  t.after(() => stopped(shop));
  origin = await listening(shop);
  used.url = await link({ origins: [origin] });
  const first = await visit();
  await first.page.goto(used.url);
  await first.page.getByRole("heading", { name: "Webhooks" }).waitFor();
  await first.context.close();
  const { page, context } = await visit({}, [base, origin]);
  await page.goto(origin);
  const frame = page.frameLocator("#webhooks");
  await frame.getByText("This link was used or is too old.").waitFor();
  await frame.getByRole("button", { name: "Go on" }).click();
  await frame.getByRole("heading", { name: "Webhooks" }).waitFor();
  assert.equal(shop.links, 2);
  await context.close();
});

test("a page that the link does not name shows nothing of it", { skip }, async (t) => {
  let origin;
  const shop = customersPage({ portal: base, ask: (access) => link({ access, origins: ["https://app.example.com"] }) });
  t.after(() => stopped(shop));
  origin = await listening(shop);
  const { page, context } = await visit({}, [base, origin]);
  const refused = page.waitForEvent("console", (message) => /frame-ancestors/.test(message.text()));
  await page.goto(origin);
  await refused;
  const seen = await Promise.all(page.frames().slice(1).map((frame) => frame.evaluate(() => document.body?.innerText ?? "").catch(() => "")));
  assert.ok(!seen.join("").includes("Webhooks"), seen.join(""));
  assert.deepEqual(await page.evaluate(() => window.told), []);
  await context.close();
});

const withoutTls = skip || (spawnSync("openssl", ["version"]).status === 0 ? false : "SKIPPED: there is no openssl to make a certificate with");

test("over TLS it works in a frame of another site, where cookies of third parties are not kept", { skip: withoutTls }, async (t) => {
  const secure = await startServer({ tls: true });
  t.after(() => secure.stop());
  const strict = await startBrowser(["--test-third-party-cookie-phaseout"]);
  t.after(() => strict.close());
  let origin;
  const post = (path, body, tenant) => asInsecure(() => secure.api("POST", path, body, { tenant }));
  const shop = customersPage({ portal: secure.base, ask: async (access) => new URL((await post("/portal-links", { access, origins: [origin] }, "kestrel")).url, secure.base).href });
  t.after(() => stopped(shop));
  // `localhost` and `127.0.0.1` are two sites.
  origin = (await listening(shop)).replace("127.0.0.1", "localhost");
  await asInsecure(() => populate(secure.api));
  const { page, context, wrong } = await visitWith(strict, [secure.base, origin], { ignoreHTTPSErrors: true });
  await page.goto(origin);
  const frame = page.frameLocator("#webhooks");
  await frame.getByRole("heading", { name: "Webhooks" }).waitFor();
  await frame.getByRole("link", { name: "FX watchers" }).click();
  await frame.getByRole("button", { name: "Send a test" }).click();
  await frame.getByText("It arrived: 200").waitFor();
  const [cookie] = await context.cookies(secure.base);
  assert.ok(cookie.name.startsWith("__Host-") && cookie.secure && cookie.httpOnly && cookie.sameSite === "None", JSON.stringify(cookie));
  assert.ok(cookie.partitionKey, "it is kept for this site alone");
  assert.deepEqual(wrong, []);
  await context.close();
});

/** The certificate is its maker's own, and only this test's. */
async function asInsecure(run) {
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  try {
    return await run();
  } finally {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
  }
}
