/** A test in the playground, step by step: what is known before it is sent, and what came of it. */
import { isInside } from "./curl";
import * as format from "./format";
import { sentence } from "./problem";
import type { StatusWords } from "./status";
import type { Text } from "./text";
import { whyNot, type MismatchLike } from "./why-not";

export interface Step {
  icon: StatusWords["icon"];
  state: StatusWords["state"];
  words: Text;
}

export interface PreviewLike {
  matches: boolean;
  mismatch?: MismatchLike | null;
  error?: { kind: string; message: string } | null;
  request?: { body: { encoding: string; content: string } } | null;
}

export interface TestLike {
  delivered: boolean;
  status?: number | null;
  error?: { kind: string; message: string } | null;
  request: { url: string; headers: { name: string; value: string }[] };
  timings: { dns_us: number; connect_us: number; tls_us: number; total_us: number };
}

const done = (...words: Text): Step => ({ icon: "delivered", state: "ok", words });
const aside = (...words: Text): Step => ({ icon: "dash", state: "idle", words });
const failed = (...words: Text): Step => ({ icon: "failed", state: "bad", words });

/** What the server says of the sample before anything is sent. A test goes out also where the webhook would not get the event. */
export function stepsBefore(preview: PreviewLike): Step[] {
  const matched = preview.matches ? done("matches") : aside("would not get it", ...(preview.mismatch ? [": ", ...whyNot(preview.mismatch)] : []));
  const { error, request } = preview;
  if (error) return [matched, error.kind === "skipped" ? aside("its script says not to send this one") : failed("no body: ", { foreign: sentence(error.message) })];
  return request ? [matched, done("body made (", format.bytes(bytesOf(request.body)), ")")] : [matched];
}

/** What came of it. To an inspector there is no connection. */
export function stepsAfter(test: TestLike): Step[] {
  const { timings, error } = test;
  if (error && ["render", "skipped", "settings", "blocked"].includes(error.kind)) return [failed({ foreign: sentence(error.message) })];
  const signed = test.request.headers.some((header) => /signature/i.test(header.name)) ? done("signed") : aside("not signed");
  const took = (timings.dns_us + timings.connect_us + timings.tls_us) / 1000;
  const unreached = error && ["dns", "connection", "tls"].includes(error.kind) ? [failed({ foreign: sentence(error.message) })] : null;
  if (unreached) return [signed, ...unreached];
  const connected = isInside(test.request.url) ? done("handed over") : took > 0 ? done("connected ", format.duration(took)) : done("over a kept connection");
  const total = format.duration(timings.total_us / 1000);
  const status = test.status ? String(test.status) : null;
  const answered = test.delivered ? done(`${status ?? "taken"} in ${total}`) : failed(...(status ? [`${status} in ${total}: `] : []), { foreign: sentence(error?.message ?? "it was not taken") });
  return [signed, connected, answered];
}

function bytesOf(body: { encoding: string; content: string }): number {
  return body.encoding === "base64" ? Math.floor((body.content.length * 3) / 4) : new TextEncoder().encode(body.content).length;
}

/** Whether a request to an inspector was signed as it should be. */
export function signatureWords(signature: { state: string; secrets: string[]; reason?: string | null }): StatusWords & { reason: string | null } {
  const reason = signature.reason ? sentence(signature.reason) : null;
  switch (signature.state) {
    case "verified": {
      const [current, previous] = [signature.secrets.includes("current"), signature.secrets.includes("previous")];
      return { state: "ok", icon: "delivered", word: current && previous ? "Signed by both secrets" : previous ? "Signed by the secret before" : "Signature verified", reason: null };
    }
    case "refused": return { state: "bad", icon: "failed", word: "Signature refused", reason };
    case "unsigned": return { state: "idle", icon: "dash", word: "Not signed", reason };
    default: return { state: "idle", icon: "dash", word: "Signature not checked", reason };
  }
}

/** What an inspector gave back. */
export function givenWords(request: { answer?: { status: number } | null; gave_up_after?: string | null }): string {
  if (request.answer) return `answered ${request.answer.status}`;
  return request.gave_up_after ? `given up after ${request.gave_up_after}` : "not answered yet";
}

/** What an inspector will answer. */
export function answersWords(inspector: { status: number; delay: string; body: string }): string {
  const after = inspector.delay === "0s" ? "at once" : `after ${inspector.delay}`;
  return `answers ${inspector.status} ${after}${inspector.body === "" ? "" : `, with ${format.bytes(new TextEncoder().encode(inspector.body).length)}`}`;
}
