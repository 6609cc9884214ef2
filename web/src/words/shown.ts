/** A message as its platform shows it, from the very body that would be sent: the parts that people see, without the platform's markup. */
export interface Shown {
  title: string;
  text: string;
  fields: { name: string; value: string }[];
  /** As CSS has it. */
  color: string | null;
  link: string | null;
  foot: string;
}

type Json = Record<string, unknown>;

/** Nothing for bodies that are no messages, like a log's. */
export function shown(platform: string, body: string, isForm: boolean): Shown | null {
  const json = isForm ? Object.fromEntries(new URLSearchParams(body)) : read(body);
  const reader = READERS[platform];
  if (!reader || !isObject(json)) return null;
  const made = reader(json);
  return made.title || made.text ? made : null;
}

const NOTHING: Shown = { title: "", text: "", fields: [], color: null, link: null, foot: "" };

const READERS: Record<string, (body: Json) => Shown> = {
  slack: (body) => {
    const attachment = first(body.attachments);
    const blocks = list(attachment.blocks).concat(list(body.blocks));
    const sections = blocks.filter((block) => block.type === "section");
    const texts = sections.map((block) => slack(at(block, "text", "text"))).filter(Boolean);
    const fields = sections.flatMap((block) => list(block.fields)).map((field) => pair(slack(text(field.text))));
    return {
      ...NOTHING,
      title: slack(at(blocks.find((block) => block.type === "header"), "text", "text")) || slack(text(body.text)),
      text: texts.filter((one) => one !== "Open").join("\n"),
      fields, color: color(attachment.color), link: texts.includes("Open") ? "Open" : null,
      foot: slack(text(first(blocks.find((block) => block.type === "context")?.elements).text)),
    };
  },
  discord: (body) => {
    const embed = first(body.embeds);
    return { title: markdown(text(embed.title)), text: markdown(text(embed.description)) || markdown(text(body.content)), fields: named(list(embed.fields)), color: color(embed.color), link: embed.url ? "Open" : null, foot: at(embed, "footer", "text") };
  },
  mattermost: attached,
  rocketchat: (body) => {
    const made = attached(body);
    return { ...made, title: markdown(text(body.text)) || made.title };
  },
  teams: (body) => {
    const card = (first(body.attachments).content ?? body) as Json;
    const items = flat(list(card.body));
    const blocks = items.filter((item) => item.type === "TextBlock" || item.type === "RichTextBlock").map((item) => (item.inlines ? list(item.inlines).map((run) => text(run.text)).join("") : markdown(text(item.text))));
    const facts = items.filter((item) => item.type === "FactSet").flatMap((item) => list(item.facts)).map((fact) => ({ name: text(fact.title), value: markdown(text(fact.value)) }));
    const actions = list(card.actions);
    return { ...NOTHING, title: blocks[0] ?? "", text: blocks.slice(1, blocks.length > 2 ? -1 : undefined).join("\n"), fields: facts, link: actions.length > 0 ? text(actions[0]?.title) : null, foot: blocks.length > 2 ? (blocks.at(-1) ?? "") : "" };
  },
  googlechat: (body) => {
    const card = (first(body.cardsV2).card ?? {}) as Json;
    const widgets = list(card.sections).flatMap((section) => list(section.widgets));
    return {
      ...NOTHING,
      title: at(card, "header", "title"), foot: at(card, "header", "subtitle"),
      text: widgets.map((widget) => html(at(widget, "textParagraph", "text"))).filter(Boolean).join("\n"),
      fields: widgets.filter((widget) => isObject(widget.decoratedText)).map((widget) => ({ name: html(at(widget, "decoratedText", "topLabel")), value: html(at(widget, "decoratedText", "text")) })),
      link: widgets.some((widget) => isObject(widget.buttonList)) ? "Open" : null,
    };
  },
  telegram: (body) => lines(html(text(body.text))),
  matrix: (body) => lines(text(body.formatted_body) ? html(text(body.formatted_body)) : text(body.body)),
  webex: (body) => lines(markdown(text(body.markdown) || text(body.text))),
  zulip: (body) => ({ ...lines(markdown(text(body.content))), foot: `${text(body.to)} › ${text(body.topic)}` }),
  wecom: (body) => lines(html(markdown(at(body, "markdown", "content")))),
  dingtalk: (body) => lines(markdown(at(body, "markdown", "text"))),
  feishu: (body) => {
    const card = (body.card ?? {}) as Json;
    const elements = list(card.elements);
    return {
      ...NOTHING,
      title: text(((card.header as Json)?.title as Json)?.content),
      text: elements.filter((element) => element.tag === "div").map((element) => at(element, "text", "content")).filter(Boolean).join("\n"),
      fields: elements.flatMap((element) => list(element.fields)).map((field) => pair(markdown(at(field, "text", "content")))),
      link: elements.some((element) => element.tag === "action") ? "Open" : null,
      foot: text(first(elements.find((element) => element.tag === "note")?.elements).content),
    };
  },
  ntfy: pushed,
  gotify: pushed,
  pushover: pushed,
  pagerduty: (body) => ({ ...NOTHING, title: at(body, "payload", "summary"), text: "", foot: `${at(body, "payload", "severity")} · ${at(body, "payload", "source")}`, link: list(body.links).length > 0 ? "Open" : null }),
  opsgenie: alerted,
  jira_service_management: alerted,
  splunk_oncall: (body) => ({ ...NOTHING, title: text(body.entity_display_name), text: text(body.state_message), foot: text(body.message_type).toLowerCase() }),
  incident_io: (body) => ({ ...NOTHING, title: text(body.title), text: markdown(text(body.description)), link: body.source_url ? "Open" : null, foot: text(body.status) }),
};

function attached(body: Json): Shown {
  const attachment = first(body.attachments);
  return { title: markdown(text(attachment.title)), text: markdown(text(attachment.text)), fields: named(list(attachment.fields), "title"), color: color(attachment.color), link: attachment.title_link ? "Open" : null, foot: text(attachment.footer) };
}

function pushed(body: Json): Shown {
  return { ...NOTHING, title: text(body.title), text: text(body.message), link: text(body.click) || text(body.url) || at(body, "extras", "client::notification", "click", "url") ? "Open" : null };
}

function alerted(body: Json): Shown {
  return { ...NOTHING, title: text(body.message), text: text(body.description), foot: text(body.priority) };
}

/** A text whose first line is its title and whose last may say when. */
function lines(of: string): Shown {
  const all = of.split("\n").map((line) => line.trim()).filter(Boolean);
  const [title = "", ...rest] = all;
  const foot = rest.length > 1 && / · /.test(rest.at(-1) ?? "") ? (rest.pop() ?? "") : "";
  const isLinked = rest.includes("Open");
  const pairs = rest.filter((line) => /^[^:]{1,40}: \S/.test(line));
  const fields = pairs.length === rest.filter((line) => line !== "Open").length && pairs.length > 1 ? pairs.map((line) => ({ name: line.slice(0, line.indexOf(":")), value: line.slice(line.indexOf(":") + 2) })) : [];
  return { ...NOTHING, title, text: fields.length > 0 ? "" : rest.filter((line) => line !== "Open").join("\n"), fields, link: isLinked ? "Open" : null, foot };
}

function slack(of: string): string {
  return of
    .replace(/<!date\^[^|>]*\|([^>]*)>/g, "$1")
    .replace(/<[^|>]+\|([^>]*)>/g, "$1")
    .replace(/(^|\n|\s)\*([^*\n]+)\*/g, "$1$2")
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function markdown(of: string): string {
  return of
    .replace(/(?<!\\)\[([^\]\n]*)\]\([^)\s]*\)/g, "$1")
    .replace(/(?<!\\)\*\*/g, "")
    .replace(/^(#{1,6} |> )/gm, "")
    .replace(/(?<!\\)\*([^*\n]+)\*/g, "$1")
    .replace(/\\([\\`*_{}[\]()#+\-.!|~>:<@])/g, "$1");
}

function html(of: string): string {
  return of
    .replace(/<\/(p|h\d|li|tr|div)>|<br\s*\/?>/g, "\n")
    .replace(/<[^>]*>/g, "")
    .replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => ({ lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" })[name] ?? "");
}

function color(of: unknown): string | null {
  if (typeof of === "number" && Number.isInteger(of) && of >= 0 && of <= 0xffffff) return `#${of.toString(16).padStart(6, "0")}`;
  return typeof of === "string" && /^#[0-9a-f]{6}$/i.test(of) ? of : null;
}

function pair(of: string): { name: string; value: string } {
  const [name = "", ...value] = of.split("\n");
  return { name, value: value.join("\n") };
}

function named(of: Json[], name = "name"): { name: string; value: string }[] {
  return of.map((field) => ({ name: markdown(text(field[name])), value: markdown(text(field.value)) }));
}

/** Adaptive Cards nest what they show. */
function flat(items: Json[]): Json[] {
  return items.flatMap((item) => [item, ...flat(list(item.items)), ...flat(list(item.columns))]);
}

function at(of: unknown, ...path: string[]): string {
  return text(path.reduce((inner: unknown, key) => (isObject(inner) ? inner[key] : undefined), of));
}

function list(of: unknown): Json[] {
  return Array.isArray(of) ? of.filter(isObject) : [];
}

function first(of: unknown): Json {
  return list(of)[0] ?? {};
}

function text(of: unknown): string {
  return typeof of === "string" ? of : typeof of === "number" ? String(of) : "";
}

function read(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function isObject(of: unknown): of is Json {
  return typeof of === "object" && of !== null && !Array.isArray(of);
}
