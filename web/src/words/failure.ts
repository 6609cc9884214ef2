/** Kinds of failures, for people. */
const NAMES: Record<string, string> = {
  http: "Answered with an error",
  throttled: "Asked to wait",
  gone: "Wants nothing more (410)",
  refused: "The platform refused it",
  timeout: "No answer in time",
  dns: "No address for the name",
  connection: "No connection",
  tls: "No TLS session",
  protocol: "The answer was no HTTP",
  blocked: "The address is not permitted",
  settings: "No request from these settings",
  render: "No body from the template",
  skipped: "Skipped by the script",
  collapsed: "A newer one went instead",
};

export function failureName(kind: string): string {
  return NAMES[kind] ?? "Failed otherwise";
}
