import { createHmac, timingSafeEqual } from "node:crypto";

// No white space or quotes alone, no word for a missing one, no public or damaged key; and what begins with whsec_ is whole.
const AROUND = "[\\s\"'`\\u200b\\u2060\\ufeff]*";
const NONE = `${AROUND}(?:$|whsec_|whsk_|whpk_|(?:null|NULL|undefined|None|nil)${AROUND}$)`;
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
