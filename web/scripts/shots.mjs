// Pictures of pages for a look, from a running dashboard: `npm run shots -- http://127.0.0.1:8491 out / /webhooks "/deliveries?status=failed"`.
// Each at 1440×900 light and dark and at 390×844. Says what the console said and what was asked of other hosts.
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [base, folder, ...paths] = process.argv.slice(2);
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const views = [
  { name: "light", width: 1440, height: 900, scheme: "light" },
  { name: "dark", width: 1440, height: 900, scheme: "dark" },
  { name: "phone", width: 390, height: 844, scheme: "light" },
];
await mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROME_PATH ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let isClean = true;
const say = (text) => {
  isClean = false;
  console.log(text);
};
const chosen = process.env.VIEWS?.split(",") ?? views.map((view) => view.name);
for (const view of views.filter((view) => chosen.includes(view.name))) {
  const context = await browser.newContext({ viewport: { width: view.width, height: view.height }, colorScheme: view.scheme, bypassCSP: false, timezoneId: "UTC" });
  const page = await context.newPage();
  let at = "";
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && say(`${view.name} ${at}: ${message.text()}`));
  page.on("pageerror", (error) => say(`${view.name} ${at}: ${error.stack ?? error}`));
  page.on("request", (request) => !request.url().startsWith(base) && !request.url().startsWith("blob:") && say(`${view.name} ${at}: asked ${request.url()}`));
  for (const path of paths) {
    at = path;
    await page.goto(base + path, { waitUntil: "load" });
    await page.waitForTimeout(Number(process.env.WAIT ?? 1500));
    const name = path.replace(/^\//, "").replace(/[^a-z0-9]+/gi, "-").replace(/-+$/, "") || "overview";
    await page.screenshot({ path: `${folder}/${name}-${view.name}.png`, fullPage: process.env.FULL === "1" });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) say(`${view.name} ${at}: ${wide} pixels wider than the screen`);
    if (process.env.AXE !== "0") {
      await page.evaluate((source) => new Function(source)(), await (await import("node:fs/promises")).readFile(axe, "utf8")).catch(async () => page.addScriptTag({ path: axe }).catch(() => undefined));
      const found = await page.evaluate(() => (window.axe ? window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }) : null));
      if (!found) say(`${view.name} ${at}: axe could not run`);
      for (const violation of found?.violations ?? []) say(`${view.name} ${at}: axe ${violation.id} (${violation.impact}): ${violation.nodes.slice(0, 3).map((node) => node.target.join(" ") + " " + node.html.slice(0, 140)).join(" | ")}`);
    }
  }
  await context.close();
}
await browser.close();
process.exitCode = isClean ? 0 : 1;
