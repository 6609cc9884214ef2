// A client that @hey-api/openapi-ts made: a Telegram webhook with a filter, an event, and what is listed then.
import { createWebhook, listWebhooks, publishEvents, type WebhookInput } from "./hey";
import { client } from "./hey/client.gen";

declare const process: { env: Record<string, string | undefined> };

client.setConfig({ baseUrl: process.env.LANEHOOK_URL, auth: process.env.LANEHOOK_KEY });

async function main() {
  const webhook: WebhookInput = {
    platform: "telegram",
    fields: { bot_token: "123456789:AbCdEfGhIjKlMnOpQrStUvWxYz012345678", chat_id: "-1001234567890" },
    event_types: ["portfolio_*"],
    filter: { data: { value: { $gte: 180 } } },
    auth: { type: "none" },
    retry: { preset: "quick" },
  };
  const made = await createWebhook({ body: webhook, throwOnError: true });
  await publishEvents({ body: { type: "price_alert", data: { symbol: "ACME", price: 187.5 } }, throwOnError: true });
  const listed = await listWebhooks({ query: { limit: 10 }, throwOnError: true });
  const mine = listed.data.data.find((webhook) => webhook.id === made.data.id);
  const rate: number | undefined = mine?.rate_limit?.limit;
  const refused = await createWebhook({ body: { url: "ftp://example.com/" } });
  console.log(JSON.stringify({ platform: mine?.platform, filter: mine?.filter, rate, code: refused.error?.code }));
}

void main();
