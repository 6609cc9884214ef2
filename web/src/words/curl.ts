/** A request as a curl line that sends the very same bytes. Secrets are named, not shown. */
export interface CurlRequest {
  method: string;
  url: string;
  headers: { name: string; value: string }[];
  body?: string | null;
}

/*
 * What the line is made of comes from strangers: who publishes chooses the body, who owns the webhook its URL and headers. So nothing of it
 * may mean anything to the shell (a name in double quotes could run a command: "`" is allowed in names of headers) or to curl (`@` at the
 * begin of data names a file, brackets in a URL are ranges, a header without a value is taken away).
 */
/** What curl writes by itself, and what would be wrong for a body that is sent anew. */
const OWN = new Set(["host", "content-length", "accept-encoding", "connection"]);

/** An inspector has no address that curl could send to. */
export function isInside(url: string): boolean {
  return url.startsWith("lanehook:");
}

export function curl(request: CurlRequest): string {
  const parts = [`curl ${isInside(request.url) ? '"$URL"' : `${/[[\]{}]/.test(request.url) ? "-g " : ""}${quoted(request.url)}`}`];
  if (request.method !== (request.body ? "POST" : "GET")) parts.push(`-X ${request.method}`);
  for (const { name, value } of request.headers) {
    if (OWN.has(name.toLowerCase())) continue;
    if (value === "[redacted]") parts.push(`-H ${quoted(`${name}: `)}"$SECRET"`);
    else parts.push(`-H ${quoted(value.trim() === "" ? `${name};` : `${name}: ${value}`)}`);
  }
  if (request.body) parts.push(`--data-raw ${quoted(request.body)}`);
  return parts.join(" \\\n  ");
}

/** In single quotes a shell reads nothing into anything; control characters need the other kind. */
export function quoted(text: string): string {
  if (/[\u0000-\u001f\u007f]/.test(text)) {
    const escaped = text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t")
      .replace(/[\u0000-\u001f\u007f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
    return `$'${escaped}'`;
  }
  return `'${text.replaceAll("'", "'\\''")}'`;
}
