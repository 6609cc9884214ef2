import { createHmac, timingSafeEqual } from "node:crypto";

// No white space or quotes alone, no word, mask or template for a missing one, no public or damaged key; whsec_ is whole.
const AROUND = "[\\s\"'`\\u200b\\u2060\\ufeff]*";
const STANDS_IN =
  String.raw`null|Null|NULL|undefined|[Nn]one|nil|NaN|[Tt]rue|[Ff]alse|\(null\)|[*.xX\u2022\u2026]{3,}|[$#]\{.*\}#?|\{[{%].*[}%]\}|<%.*%>` +
  String.raw`|\$\(.*\)|%\(.*\)s|\$(?:env:.*|[A-Z_][A-Z0-9_]*|(?=[a-z0-9]*_)[a-z_][a-z0-9_]*)|__[A-Z][A-Z0-9_]*__` +
  String.raw`|(?:[<%@]|\[\[?|\(\() *[A-Za-z_][A-Za-z0-9_ .-]*(?:[>%@]|\]\]?|\)\))|\{ *[A-Za-z_][A-Za-z_ .-]*\}`;
const NONE = `${AROUND}(?:$|whsec_|whsk_|whpk_|(?:${STANDS_IN})${AROUND}$)`;
const SECRET = new RegExp(`^(?:whsec_[A-Za-z0-9+/]{32,86}={0,2}|(?!${NONE}).+)$`, "s");
const SIGNED = /^,"signature":"(sha256=[0-9a-f]{64})"\}$/;
const LENGTH = ',"signature":"sha256="}'.length + 64;

/** Whether this body, a Buffer, holds the signature of the rest of it, as the payload `plain` does. */
export function verify(secret, body) {
  const end = body.length - LENGTH;
  const given = end < 0 ? null : SIGNED.exec(body.subarray(end).toString("latin1"));
  if (!given || !SECRET.test(secret)) return false;
  const hmac = createHmac("sha256", secret).update(body.subarray(0, end)).update("}");
  return timingSafeEqual(Buffer.from(`sha256=${hmac.digest("hex")}`), Buffer.from(given[1]));
}
