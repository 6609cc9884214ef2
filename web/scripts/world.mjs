// A server with webhooks in every state, receivers that misbehave and a stream of events, for a look at the dashboard:
//   node scripts/world.mjs ../target/release/lanehook /tmp/world 8461
// It listens on this machine only, prints what `npm run dev` needs, and ends with Ctrl-C. With the folder of before it goes on.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const [binary, folder, portText = "8461"] = process.argv.slice(2);
const port = Number(portText);
const base = `http://127.0.0.1:${port}/api/v1`;
const receivers = `http://127.0.0.1:${port + 1}`;
/** How often something is published. */
const EVERY = 300;
/** The trading desk's receiver breaks after so long. */
const BREAKS_AFTER = 60_000;
const began = Date.now();

/** The first part of the path says how it answers. */
const ANSWERS = {
  ok: (answer) => setTimeout(() => answer(200, { ok: true }), 5 + Math.random() * 20),
  slow: (answer) => setTimeout(() => answer(200, { ok: true }), 200 + Math.random() * 100),
  desk: (answer) => (Date.now() - began > BREAKS_AFTER ? ANSWERS.down(answer) : ANSWERS.ok(answer)),
  down: (answer) => answer(503, { error: "unavailable", message: "no healthy upstream" }),
  wait: (answer) => (Math.random() < 0.4 ? answer(429, { error: "slow down" }, { "retry-after": "25" }) : answer(200, {})),
  missing: (answer) => answer(404, { error: "no such hook <b>here</b> \u202eno it is" }),
  gone: (answer) => answer(410, {}),
  hang: () => undefined,
};

createServer((request, response) => {
  const answer = (status, body, headers = {}) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
  request.resume().on("end", () => (ANSWERS[request.url.split("/")[1]] ?? ANSWERS.ok)(answer));
}).listen(port + 1, "127.0.0.1");

mkdirSync(folder, { recursive: true });
const keyFile = `${folder}/operator.key`;
const server = spawn(binary, ["serve", "--dev", "--listen", `127.0.0.1:${port}`, "--data", `${folder}/data`]);
let said = "";
for (const stream of [server.stdout, server.stderr]) {
  stream.on("data", (text) => {
    said += text;
    const key = /lhk_[A-Za-z0-9_-]+/.exec(said);
    if (key && !existsSync(keyFile)) writeFileSync(keyFile, key[0], { mode: 0o600 });
  });
}
server.on("exit", (code) => {
  console.error(said.slice(-2_000));
  process.exit(code ?? 1);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.kill("SIGTERM"));

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
while (!existsSync(keyFile) || !(await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.ok) await sleep(200);
const key = readFileSync(keyFile, "utf8").trim();

async function api(method, path, body, tenant = "default") {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", tenant };
  const answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok && answer.status !== 409) console.error(method, path, answer.status, (await answer.text()).slice(0, 300));
}

const WEBHOOKS = {
  bot: { name: "Trading desk bot", url: `${receivers}/desk/hooks/prices`, event_types: ["price_alert", "volume_alert"], filter: { data: { exchange: "XTKS", $or: [{ change_percent: { $gte: 2 } }, { change_percent: { $lte: -2 } }] } }, rate_limit: { limit: 600, per: "minute" }, ordering: "key", note: "Owned by the desk." },
  push: { name: "Retail push", url: `${receivers}/wait/in`, event_types: ["price_alert"] },
  sync: { name: "Portfolio sync", url: `${receivers}/ok/v2/webhooks`, event_types: ["portfolio_*"] },
  archive: { name: "Compliance archive", url: `${receivers}/ok/events` },
  alerts: { name: "#market-alerts", url: `${receivers}/slow/a`, event_types: ["news_alert", "volume_alert", "earnings"] },
  pager: { name: "Risk pager", url: `${receivers}/ok/p`, event_types: ["risk_limit", "price_alert"], filter: { data: { change_percent: { $gte: 5 } } } },
  fx: { name: "FX watchers", url: `${receivers}/ok/fx`, event_types: ["price_alert"] },
  ledger: { name: "Old ledger", url: `${receivers}/gone/cb` },
  lost: { name: "Moved last week", url: `${receivers}/missing/x`, event_types: ["news_alert"], retry: { preset: "quick" } },
  silent: { name: "Night shift", url: `${receivers}/hang`, event_types: ["risk_limit"], timeout: "2s" },
  long: { name: "A name as long as names may be, which is a hundred characters, so that one sees what breaks of it", url: `${receivers}/ok/${"long-path/".repeat(20)}`, event_types: ["earnings"] },
  evil: { name: "<script>alert(1)</script> \u202egnp.elif", url: `${receivers}/ok/%3Cimg%20src=x%3E`, description: "<b>bold</b>", event_types: ["evil.*"] },
};
for (const [id, settings] of Object.entries(WEBHOOKS)) await api("PUT", `/webhooks/${id}`, settings);
await api("PATCH", "/webhooks/sync", { status: "paused" });
await api("POST", "/tenants", { id: "kestrel", name: "Kestrel Trading" });
await api("PUT", "/webhooks/desk", { name: "Desk", url: `${receivers}/down/x` }, "kestrel");

console.log(`LANEHOOK_URL=http://127.0.0.1:${port} LANEHOOK_KEY=$(cat ${keyFile}) npm run dev`);

const pick = (list) => list[Math.floor(Math.random() * list.length)];
for (let count = 0; ; count += 1) {
  const symbol = pick(["7203.T", "6758.T", "9984.T", "8306.T", "6902.T", "BTC-USD"]);
  const type = count % 97 === 5 ? "evil.type" : pick(["price_alert", "price_alert", "volume_alert", "news_alert", "earnings", "risk_limit", "portfolio_rebalance"]);
  const change = Math.round((Math.random() * 8 - 3) * 100) / 100;
  const data = { title: `${symbol} above 2,850`, symbol, exchange: pick(["XTKS", "XTKS", "XNYS"]), price: 2861.5, target: 2850, change_percent: change, currency: "JPY", severity: "warning" };
  if (type === "evil.type") Object.assign(data, { html: "<img src=x onerror=alert(1)> \u202elive", rows: Array.from({ length: 2_000 }, (_, id) => ({ id, deep: [[[id]]] })) });
  await api("POST", "/events", { type, ordering_key: symbol, correlation_id: `ord-${88_213 + count}`, data }, count % 11 === 0 ? "kestrel" : "default").catch(() => undefined);
  await sleep(EVERY);
}
