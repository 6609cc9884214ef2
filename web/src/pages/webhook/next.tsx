import { useQueryClient } from "@tanstack/react-query";
import { got, type Schemas } from "@/api/client";
import { useScope } from "@/api/scope";
import { may } from "@/api/session";
import { useDeed } from "@/shell/deeds";
import { Countdown } from "@/ui/time";
import { toast } from "@/ui/toast";

type Webhook = Schemas["Webhook"];

/** When its lane goes on, and the probe that may come before. */
export function Next({ of, lane }: { of: Webhook; lane: Schemas["Lane"] | undefined }) {
  const scope = useScope();
  const deed = useDeed();
  const client = useQueryClient();
  const probe = () =>
    void deed(async () => {
      const result = await got(scope.api.POST("/api/v1/webhooks/{id}/probe", { params: { path: { id: of.id } } }));
      toast({ text: result.healed === true ? "It works again: the webhook is active." : result.healed === false ? "It does not work yet." : "A probe goes now." });
      await client.invalidateQueries({ queryKey: [scope.tenant, "webhooks"] });
    });
  const until = lane?.breaker.until ?? lane?.paused_until;
  const canProbe = may(scope.session, "webhooks:write") && (lane?.breaker.state === "open" || lane?.breaker.state === "half_open" || (of.status === "disabled" && of.status_reason !== "by_request"));
  if (!until && !canProbe) return null;
  return (
    <>
      {until && (
        <>
          <span>{lane?.breaker.until ? "Next probe in" : "Goes on in"}</span>
          <b className="count">
            <Countdown to={until} />
          </b>
        </>
      )}
      {canProbe && (
        <button type="button" className="btn mt-1.5" onClick={probe}>
          Probe now
        </button>
      )}
    </>
  );
}
