import { useParams } from "@tanstack/react-router";
import { useScope } from "@/api/scope";
import { may } from "@/api/session";
import { usePage } from "@/shell/page";
import { Link } from "@/ui/link";
import { Keys } from "./settings/keys";
import { Notices } from "./settings/notices";
import { Portal } from "./settings/portal";
import { Quotas, Tenants } from "./settings/tenants";
import { You } from "./settings/you";

/** Parts of the settings; those that this key may not see are not offered. */
export default function SettingsPage() {
  const { part } = useParams({ strict: false }) as { part?: string };
  const { session } = useScope();
  const isOperator = session.tenant === null;
  const parts = [
    ...(may(session, "keys") ? [{ name: "keys", label: "Keys", content: <Keys /> }] : []),
    ...(isOperator ? (may(session, "tenants") ? [{ name: "tenants", label: "Tenants", content: <Tenants /> }] : []) : [{ name: "quotas", label: "Quotas", content: <Quotas /> }]),
    ...(may(session, "webhooks:read") ? [{ name: "notices", label: "Notices", content: <Notices /> }] : []),
    ...(isOperator && may(session, "webhooks:read") ? [{ name: "portal", label: "Portal", content: <Portal /> }] : []),
    { name: "you", label: "You", content: <You /> },
  ];
  const chosen = parts.find((each) => each.name === part) ?? parts[0];
  usePage({ crumbs: [{ label: "Settings", to: "/settings" }, { label: chosen?.label ?? "" }] });
  return (
    <div className="view">
      <div className="head">
        <h1>Settings</h1>
      </div>
      <nav className="tabs mb-4" aria-label="Parts of the settings">
        {parts.map((each) => (
          <Link key={each.name} to={`/settings/${each.name}`} aria-current={each === chosen ? "page" : undefined} data-active={each === chosen ? "" : undefined}>
            {each.label}
          </Link>
        ))}
      </nav>
      {chosen?.content}
    </div>
  );
}
