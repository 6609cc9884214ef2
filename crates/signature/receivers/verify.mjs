import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Whether this body is signed with this secret (`whsec_…`), and not more than five minutes ago. The body is the bytes as they
 * came, a Buffer or a Uint8Array; the headers are Node's object, or the `Headers` of a fetch `Request`.
 */
export function verify(secret, headers, body, now = Date.now() / 1000) {
  const header = (name) => (typeof headers.get === "function" ? headers.get(name) : headers[name]);
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) => header(`webhook-${name}`));
  // An id with a full stop, or a time with a sign, would let another request have the same signed text.
  if (!id || id.includes(".") || !signatures || !/^[0-9]+$/.test(timestamp)) return false;
  if (Math.abs(now - Number(timestamp)) > 300) return false;
  // A short key can be guessed, and no key is everybody's. Buffer passes over what is not base64, so it is compared.
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  if (key.length < 24 || secret !== `whsec_${key.toString("base64")}`) return false;
  const tag = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
  const expected = Buffer.from(`v1,${tag}`);
  // Two headers of this name, which a server made one: another program may look at the other one.
  if (/,[^ ]*,/.test(signatures)) return false;
  return signatures.split(" ").some((signature) => {
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
