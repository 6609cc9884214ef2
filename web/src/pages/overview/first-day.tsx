import { useInfiniteQuery } from "@tanstack/react-query";
import { webhooks } from "@/api/queries";
import { useScope } from "@/api/scope";
import { PAGES } from "@/shell/pages";
import { Curl } from "@/ui/curl";
import { Empty } from "@/ui/empty";
import { StateIcon } from "@/ui/icon";
import { Link } from "@/ui/link";

const JSON_TYPE = { name: "Content-Type", value: "application/json" };

/** Before there is anything: two commands, ready to paste, that tick off as they happen. */
export function FirstDay() {
  const scope = useScope();
  const { data } = useInfiniteQuery({ ...webhooks(scope, { limit: 1 }), refetchInterval: 2_000, enabled: scope.tenant !== "*" });
  const hasWebhook = (data?.pages[0]?.data.length ?? 0) > 0;
  const headers = [{ name: "Authorization", value: "[redacted]" }, JSON_TYPE, ...(scope.tenant && scope.tenant !== "*" && scope.tenant !== "default" ? [{ name: "Tenant", value: scope.tenant }] : [])];
  const has = (page: string) => PAGES.some((route) => route.page === page);
  return (
    <Empty
      title="Nothing to deliver yet."
      action={
        <>
          {has("webhook-new") && (
            <Link className="btn main" to="/webhooks/new">
              New webhook
            </Link>
          )}
          {has("playground") && (
            <span className="text-ink-2 self-center">
              No receiver at hand?{" "}
              <Link className="link" to="/playground">
                Use an inspector.
              </Link>
            </span>
          )}
        </>
      }
    >
      <p>
        Make a webhook, then publish an event. <code>$SECRET</code> stands for <code>Bearer</code> and your key{scope.session.name ? ` (${scope.session.name})` : ""}.
      </p>
      <ol className="grid gap-4">
        <Step isDone={hasWebhook} title="Make a webhook">
          <Curl of={{ method: "POST", url: `${location.origin}/api/v1/webhooks`, headers, body: '{"url": "https://example.com/hook"}' }} />
        </Step>
        <Step isDone={false} title="Publish an event">
          <Curl of={{ method: "POST", url: `${location.origin}/api/v1/events`, headers, body: '{"type": "price_alert", "data": {"symbol": "ACME", "price": 187.5}}' }} />
        </Step>
      </ol>
    </Empty>
  );
}

function Step({ isDone, title, children }: { isDone: boolean; title: string; children: React.ReactNode }) {
  return (
    <li className="grid gap-2">
      <span className="flex items-center gap-2">
        <StateIcon icon={isDone ? "delivered" : "pending"} state={isDone ? "ok" : "idle"} />
        {title}
      </span>
      {children}
    </li>
  );
}
