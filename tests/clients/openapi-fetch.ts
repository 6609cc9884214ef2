// A client of openapi-typescript's types: a Telegram webhook with a filter, an event, and what is listed then.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

declare const process: { env: Record<string, string | undefined> };

const client = createClient<paths>({
  baseUrl: process.env.LANEHOOK_URL,
  headers: { Authorization: `Bearer ${process.env.LANEHOOK_KEY}` },
});

async function main() {
  const webhook: components["schemas"]["WebhookInput"] = {
    platform: "telegram",
    fields: { bot_token: "123456789:AbCdEfGhIjKlMnOpQrStUvWxYz012345678", chat_id: "-1001234567890" },
    event_types: ["portfolio_*"],
    filter: { data: { value: { $gte: 180 } } },
    auth: { type: "none" },
    retry: { preset: "quick" },
  };
  const made = await client.POST("/api/v1/webhooks", { body: webhook });
  if (!made.data) throw new Error(made.error.detail);

  const event: components["schemas"]["EventInput"] = { type: "price_alert", data: { symbol: "ACME", price: 187.5 } };
  const published = await client.POST("/api/v1/events", { body: event });
  if (!published.data) throw new Error(published.error.detail);

  const listed = await client.GET("/api/v1/webhooks", { params: { query: { limit: 10 } } });
  const mine = listed.data?.data.find((webhook) => webhook.id === made.data.id);
  const rate: number | undefined = mine?.rate_limit?.limit;
  const refused = await client.POST("/api/v1/webhooks", { body: { url: "ftp://example.com/" } });
  console.log(JSON.stringify({ platform: mine?.platform, filter: mine?.filter, rate, code: refused.error?.code }));
}

void main();
