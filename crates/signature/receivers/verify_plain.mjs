import { createHmac, timingSafeEqual } from "node:crypto";

// No white space or quotes alone, no word, mask or template for a missing one, no public or damaged key; whsec_ is whole.
const AROUND = "[\\s\"'`\\u200b\\u2060\\ufeff]*";
const STANDS_IN =
  String.raw`null|Null|NULL|undefined|[Nn]one|nil|NaN|[Tt]rue|[Ff]alse|\(null\)|[*.xX\u2022\u2026]{3,}|[$#]\{.*\}#?|\{[{%].*[}%]\}|<%.*%>` +
  String.raw`|\$\(.*\)|%\(.*\)s|\$(?:env:.*|[A-Z_][A-Z0-9_]*|(?=[a-z0-9]*_)[a-z_][a-z0-9_]*)|__[A-Z][A-Z0-9_]*__` +
  String.raw`|(?:[<%@]|\[\[?|\(\() *[A-Za-z_][A-Za-z0-9_ .-]*(?:[>%@]|\]\]?|\)\))|\{ *[A-Za-z_][A-Za-z_ .-]*\}`;
const NONE = `${AROUND}(?:$|whsec_|whsk_|whpk_|(?:${STANDS_IN})${AROUND}$)`;
const SECRET = new RegExp(`^(?:whsec_[A-Za-z0-9+/]{32,86}={0,2}|(?!${NONE}).+)$`, "s");

/** Whether this body is signed with this secret, in `plain`; in `hub` the name is `x-hub-signature-256`. */
export function verify(secret, headers, body, name = "x-webhook-signature") {
  if (!SECRET.test(secret)) return false;
  const expected = Buffer.from(`sha256=${createHmac("sha256", secret).update(body).digest("hex")}`);
  const header = (name) => (typeof headers.get === "function" ? headers.get(name) : headers[name]) ?? "";
  const given = `${header(name)},${header(`${name}-previous`)}`;
  return given.split(",").some((text) => {
    const tag = Buffer.from(text.trim());
    return tag.length === expected.length && timingSafeEqual(tag, expected);
  });
}
