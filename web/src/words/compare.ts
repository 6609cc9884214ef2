/** An attempt against the one before it: what differs, and whether it had to. */
import { listed, type Text } from "./text";

export interface Exchanged {
  request: { url: string; headers: { name: string; value: string }[]; body?: { content: string } | null };
  response?: { status: number; body: { content: string } } | null;
  error?: { kind: string; message: string } | null;
}

export interface Comparison {
  /** Names of the request's headers that differ, in lower case. */
  headers: string[];
  body: boolean;
  url: boolean;
  answer: boolean;
  sentences: Text;
}

/** What is new in each attempt: times, signatures over them, traces. */
const MUST = /(timestamp|signature|traceparent|tracestate|^date$|attempt|webhook-request-id)/;

export function compare(attempt: Exchanged, before: Exchanged): Comparison {
  const headers = differing(attempt.request.headers, before.request.headers);
  const body = (attempt.request.body?.content ?? null) !== (before.request.body?.content ?? null);
  const url = attempt.request.url !== before.request.url;
  const answer = outcome(attempt) !== outcome(before);
  return { headers, body, url, answer, sentences: [...requestWords(headers, body, url), " ", ...answerWords(attempt, before, answer)] };
}

function differing(now: Exchanged["request"]["headers"], before: Exchanged["request"]["headers"]): string[] {
  const values = (headers: Exchanged["request"]["headers"]) => {
    const found = new Map<string, string>();
    for (const { name, value } of headers) found.set(name.toLowerCase(), `${found.get(name.toLowerCase()) ?? ""}\n${value}`);
    return found;
  };
  const [ours, theirs] = [values(now), values(before)];
  return [...new Set([...ours.keys(), ...theirs.keys()])].filter((name) => ours.get(name) !== theirs.get(name));
}

function outcome(of: Exchanged): string {
  return of.response ? `${of.response.status}\n${of.response.body.content}` : `!${of.error?.kind}`;
}

function requestWords(headers: string[], body: boolean, url: boolean): Text {
  const unusual = headers.filter((name) => !MUST.test(name) && !(body && name === "content-length"));
  const parts: Text[] = [...(url ? [["URL"] as Text] : []), ...(body ? [["body"] as Text] : []), ...headers.map((name): Text => [{ code: name }])];
  if (parts.length === 0) return ["The request is the same."];
  const asItMust = !body && !url && unusual.length === 0;
  return ["The request differs in ", ...listed(parts), asItMust ? ", as it must." : "."];
}

function answerWords(attempt: Exchanged, before: Exchanged, differs: boolean): Text {
  if (!differs) return [attempt.response ? "The answer is the same." : "There was no answer both times."];
  if (!before.response) return [attempt.response ? "This time there was an answer." : "Both failed without an answer, each in its own way."];
  if (!attempt.response) return ["This time there was no answer."];
  if (attempt.response.status !== before.response.status) return [`The answer was ${before.response.status} before.`];
  return ["The answer's body is another."];
}
