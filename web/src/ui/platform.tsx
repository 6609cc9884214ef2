import { Webhook as WebhookIcon } from "lucide-react";

/** A known receiver's tile: two letters, in ink. Logos would be colours that mean nothing. */
const LETTERS: Record<string, string> = {
  slack: "Sl", discord: "Di", telegram: "Te", teams: "MT", pagerduty: "PD", opsgenie: "Op", ntfy: "nt", datadog: "DD", zapier: "Za", n8n: "n8",
  googlechat: "GC", mattermost: "Mm", rocketchat: "RC", webex: "Wx", matrix: "Mx", gotify: "Go", pushover: "Po", splunk: "Sp", splunk_oncall: "SO",
  make: "Mk", ifttt: "If", feishu: "Fe", dingtalk: "DT", wecom: "WC", zulip: "Zu", incident_io: "in", jira_service_management: "JS",
};

export function PlatformTile({ of }: { of: string | null | undefined }) {
  return (
    <span className="platform" aria-hidden="true">
      {of && of !== "custom" ? (LETTERS[of] ?? of.slice(0, 2)) : <WebhookIcon className="size-[13px]" strokeWidth={1.6} />}
    </span>
  );
}
