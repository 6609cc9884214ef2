// Holds rendered payloads against libraries in JavaScript; see platforms.py, which takes the same input.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { EmbedAssertions, embedLength } from "@discordjs/builders";

// Its modules for `import` do not load in Node.
const AdaptiveCards = createRequire(import.meta.url)("adaptivecards/dist/adaptivecards.js");

const optional = (assertion, value) => value === undefined || assertion.parse(value);

function discord(payload) {
  const unknown = Object.keys(payload).filter((name) => !["content", "embeds", "allowed_mentions"].includes(name));
  if (unknown.length > 0) throw new Error(`unknown members ${unknown}`);
  if (payload.embeds.length > 10) throw new Error("more than 10 embeds");
  let sum = 0;
  for (const embed of payload.embeds) {
    EmbedAssertions.titlePredicate.parse(embed.title);
    optional(EmbedAssertions.descriptionPredicate, embed.description);
    optional(EmbedAssertions.urlPredicate, embed.url);
    optional(EmbedAssertions.imageURLPredicate, embed.image?.url);
    EmbedAssertions.colorPredicate.parse(embed.color);
    EmbedAssertions.footerTextPredicate.parse(embed.footer.text);
    EmbedAssertions.embedFieldsArrayPredicate.parse(embed.fields);
    EmbedAssertions.fieldLengthPredicate.parse(embed.fields.length);
    EmbedAssertions.timestampPredicate.parse(Date.parse(embed.timestamp));
    sum += embedLength(embed);
  }
  if (sum > 6000) throw new Error(`${sum} characters in embeds`);
}

function teams(payload) {
  for (const { content } of payload.attachments) {
    const card = new AdaptiveCards.AdaptiveCard();
    const context = new AdaptiveCards.SerializationContext(AdaptiveCards.Version.parse(content.version, undefined));
    card.parse(content, context);
    const events = [...Array(context.eventCount).keys()].map((place) => context.getEventAt(place).message);
    events.push(...card.validateProperties().validationEvents.map((event) => event.message));
    if (events.length > 0) throw new Error(events.join("; "));
    if (card.getItemCount() !== content.body.length) throw new Error("an element was left out");
  }
}

const checks = { discord, teams };
const checked = {};
const refused = [];
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const { platform, event, payload } = JSON.parse(line);
  if (!checks[platform]) continue;
  try {
    checks[platform](payload);
    checked[platform] = (checked[platform] ?? 0) + 1;
  } catch (error) {
    refused.push(`${platform} ${event}: ${error.message?.slice(0, 400)} ${JSON.stringify(error.errors ?? "")?.slice(0, 300)}`);
  }
}
if (refused.length > 0) {
  console.error(refused.join("\n"));
  process.exit(1);
}
console.log(JSON.stringify(checked));
