/** How a receiver verifies what a webhook sends, with its secret in place: ready to paste. */
export type Language = "JavaScript" | "Python" | "Go" | "Ruby" | "PHP";
export const LANGUAGES: Language[] = ["JavaScript", "Python", "Go", "Ruby", "PHP"];

export interface SigningLike {
  algorithm?: string | null;
  dialects?: { type: string; header?: string; separator?: string | null }[] | null;
}

/** By the first dialect that is signed in. Dialects but the standard one take the secret's text as the key, as it stands. */
export function snippet(language: Language, signing: SigningLike, key: string): string | null {
  const dialect = signing.dialects?.[0];
  if (!dialect) return null;
  const secret = JSON.stringify(key);
  if (dialect.type === "standard") return STANDARD[language](secret);
  const hash = signing.algorithm === "sha512" ? "sha512" : "sha256";
  if (dialect.type === "timestamped") return TIMESTAMPED[language](secret, hash, dialect.header ?? "X-Signature", dialect.separator ?? "");
  const header = dialect.type === "hub" ? (hash === "sha512" ? "X-Hub-Signature-512" : "X-Hub-Signature-256") : "X-Webhook-Signature";
  return HEX[language](secret, hash, header);
}

const STANDARD: Record<Language, (secret: string) => string> = {
  JavaScript: (secret) => `// npm install standardwebhooks
import { Webhook } from "standardwebhooks";

// body: the request's body as text, before anything has parsed it
const event = new Webhook(${secret}).verify(body, headers);`,
  Python: (secret) => `# pip install standardwebhooks
from standardwebhooks import Webhook

# body: the request's body, before anything has parsed it
event = Webhook(${secret}).verify(body, headers)`,
  Go: (secret) => `// go get github.com/standard-webhooks/standard-webhooks/libraries
webhook, err := standardwebhooks.NewWebhook(${secret})
if err == nil {
	// body: what was read from the request, before anything has parsed it
	err = webhook.Verify(body, request.Header)
}`,
  Ruby: (secret) => `# gem install standardwebhooks
require "standardwebhooks"

# body: the request's body, before anything has parsed it
event = StandardWebhooks::Webhook.new(${secret}).verify(body, headers)`,
  PHP: (secret) => `// composer require standard-webhooks/standard-webhooks
$webhook = new \\StandardWebhooks\\Webhook(${php(secret)});
// $body: file_get_contents('php://input'), before anything has parsed it
$event = $webhook->verify($body, $headers);`,
};

const HEX: Record<Language, (secret: string, hash: string, header: string) => string> = {
  JavaScript: (secret, hash, header) => `import { createHmac, timingSafeEqual } from "node:crypto";

const wanted = Buffer.from("${hash}=" + createHmac("${hash}", ${secret}).update(body).digest("hex"));
const found = Buffer.from(headers["${header.toLowerCase()}"] ?? "");
const isGood = wanted.length === found.length && timingSafeEqual(wanted, found);`,
  Python: (secret, hash, header) => `import hashlib, hmac

wanted = "${hash}=" + hmac.new(${secret}.encode(), body, hashlib.${hash}).hexdigest()
is_good = hmac.compare_digest(wanted, headers.get("${header}", ""))`,
  Go: (secret, hash, header) => `mac := hmac.New(${hash}.New, []byte(${secret}))
mac.Write(body)
wanted := "${hash}=" + hex.EncodeToString(mac.Sum(nil))
isGood := hmac.Equal([]byte(wanted), []byte(request.Header.Get("${header}")))`,
  Ruby: (secret, hash, header) => `require "openssl"

wanted = "${hash}=" + OpenSSL::HMAC.hexdigest("${hash}", ${secret}, body)
is_good = OpenSSL.secure_compare(wanted, headers["${header}"].to_s)`,
  PHP: (secret, hash, header) => `$wanted = '${hash}=' . hash_hmac('${hash}', $body, ${php(secret)});
$isGood = hash_equals($wanted, $_SERVER['${server(header)}'] ?? '');`,
};

const TIMESTAMPED: Record<Language, (secret: string, hash: string, header: string, separator: string) => string> = {
  JavaScript: (secret, hash, header, separator) => `import { createHmac, timingSafeEqual } from "node:crypto";

const parts = Object.fromEntries(headers["${header.toLowerCase()}"].split(",").map((part) => part.split("=", 2)));
const wanted = Buffer.from(createHmac("${hash}", ${secret}).update(parts.t + "${separator}").update(body).digest("hex"));
const found = Buffer.from(parts.v1 ?? "");
const isFresh = Math.abs(Date.now() / 1000 - parts.t) < 300;
const isGood = isFresh && wanted.length === found.length && timingSafeEqual(wanted, found);`,
  Python: (secret, hash, header, separator) => `import hashlib, hmac, time

parts = dict(part.split("=", 1) for part in headers["${header}"].split(","))
wanted = hmac.new(${secret}.encode(), parts["t"].encode() + b"${separator}" + body, hashlib.${hash}).hexdigest()
is_fresh = abs(time.time() - int(parts["t"])) < 300
is_good = is_fresh and hmac.compare_digest(wanted, parts["v1"])`,
  Go: (secret, hash, header, separator) => `parts := map[string]string{}
for _, part := range strings.Split(request.Header.Get("${header}"), ",") {
	if name, value, found := strings.Cut(part, "="); found {
		parts[name] = value
	}
}
mac := hmac.New(${hash}.New, []byte(${secret}))
mac.Write([]byte(parts["t"] + "${separator}"))
mac.Write(body)
at, _ := strconv.ParseInt(parts["t"], 10, 64)
isFresh := time.Since(time.Unix(at, 0)).Abs() < 5*time.Minute
isGood := isFresh && hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(parts["v1"]))`,
  Ruby: (secret, hash, header, separator) => `require "openssl"

parts = headers["${header}"].to_s.split(",").to_h { |part| part.split("=", 2) }
wanted = OpenSSL::HMAC.hexdigest("${hash}", ${secret}, parts["t"] + "${separator}" + body)
is_fresh = (Time.now.to_i - parts["t"].to_i).abs < 300
is_good = is_fresh && OpenSSL.secure_compare(wanted, parts["v1"].to_s)`,
  PHP: (secret, hash, header, separator) => `parse_str(str_replace(',', '&', $_SERVER['${server(header)}'] ?? ''), $parts);
$wanted = hash_hmac('${hash}', $parts['t'] . '${separator}' . $body, ${php(secret)});
$isGood = abs(time() - (int) $parts['t']) < 300 && hash_equals($wanted, $parts['v1'] ?? '');`,
};

/** In single quotes, in which PHP reads nothing into a dollar. */
function php(secret: string): string {
  const text = JSON.parse(secret) as string;
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function server(header: string): string {
  return `HTTP_${header.toUpperCase().replaceAll("-", "_")}`;
}
