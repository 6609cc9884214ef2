/** What a failed attempt mostly means and what to look at, by its kind. */
import { bytes, clockSeconds, type Zone } from "./format";

export interface FailedAttempt {
  started_at: string;
  request: { url: string; headers: { name: string; value: string }[] };
  response?: { status: number; headers: { name: string; value: string }[] } | null;
  error?: { kind: string; message: string; retry_after_seconds?: number | null } | null;
  timings?: { total_us: number } | null;
}

export interface HintContext {
  /** In the portal the receiver is the reader's own server. */
  isPortal?: boolean;
  /** The platform's name for people, if the webhook has one. */
  platform?: string | null;
  zone: Zone;
}

export function hint(attempt: FailedAttempt, context: HintContext): string | null {
  const { error, response, request } = attempt;
  if (!error) return null;
  const text = byKind(error.kind, response?.status, attempt, context);
  if (!text) return null;
  const place = request.url ? text.replace("{url}", location(response) ?? request.url) : text;
  return context.isPortal ? ours(place) : place;
}

function byKind(kind: string, status: number | undefined, attempt: FailedAttempt, context: HintContext): string | null {
  const error = attempt.error;
  switch (kind) {
    case "timeout":
      return "Connected, but no response head arrived. Often a receiver that works before it answers: answer first, then work.";
    case "http":
      return byStatus(status, attempt, context);
    case "throttled": {
      const until = Date.parse(attempt.started_at) + (attempt.timings?.total_us ?? 0) / 1000 + (error?.retry_after_seconds ?? 0) * 1000;
      return error?.retry_after_seconds
        ? `It asked to wait until ${clockSeconds(until, context.zone)}; that uses up no try.`
        : "It asked to wait; that uses up no try.";
    }
    case "gone":
      return "It wants nothing more, so the webhook was disabled.";
    case "refused":
      return `${context.platform ?? "The platform"} never accepts this message as it is: mend the webhook, then retry.`;
    case "protocol":
      return "What answers there does not speak HTTP: check port and scheme.";
    case "dns":
      return "The name has no address.";
    case "connection":
      return "Nobody listens, or a firewall says no.";
    case "tls":
      return "The certificate or the handshake is at fault: compare names and dates.";
    case "blocked":
      return "The address is not one that lanehook sends to.";
    case "settings":
      return "The request cannot be made from the settings.";
    case "render":
      return "Mend the template or script: nothing is lost.";
    case "skipped":
      return "The script said not to send this one.";
    case "collapsed":
      return "A newer event with the same key went instead.";
    default:
      return null;
  }
}

function byStatus(status: number | undefined, attempt: FailedAttempt, context: HintContext): string | null {
  if (status === undefined) return null;
  if (status >= 500) return `The receiver failed by itself; its log at ${clockSeconds(Date.parse(attempt.started_at), context.zone)} knows more.`;
  if (status === 404 || status === 405) return "The host answers, but not at this path or method: compare the URL.";
  if (status === 401 || status === 403) return "The receiver refuses who we are: check auth and secret, then firewalls.";
  if (status >= 300 && status < 400) return "Redirects are not followed; set the final URL {url}.";
  if (status === 413) {
    const length = attempt.request.headers.find((header) => header.name.toLowerCase() === "content-length");
    const size = length ? ` (${bytes(Number(length.value))})` : "";
    return `The body${size} is too large: batch less, or send less with a template.`;
  }
  if (status === 400 || status === 422) return "It does not accept this body; compare with its documentation.";
  return "The receiver refuses the request; its documentation says what this status means.";
}

function location(response: FailedAttempt["response"]): string | undefined {
  return response?.headers.find((header) => header.name.toLowerCase() === "location")?.value;
}

/** The same to whoever runs the receiver. */
export function ours(text: string): string {
  return text
    .replaceAll("The receiver's", "Your server's")
    .replaceAll("The receiver", "Your server")
    .replaceAll("a receiver that", "a server that")
    .replaceAll("the receiver", "your server");
}
