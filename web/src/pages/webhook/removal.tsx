import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "@/api/client";
import { lane, nameOf } from "@/api/queries";
import { useScope } from "@/api/scope";
import { Ask } from "@/ui/dialog";
import * as format from "@/words/format";
import type { WebhookDeeds } from "./deeds";

type Webhook = Schemas["Webhook"];

/** Asks before a webhook is disabled or deleted, with what is cancelled by that. */
export function Removal({ of, deeds: { asks, ask, remove, disable } }: { of: Webhook; deeds: WebhookDeeds }) {
  const close = () => ask(null);
  const scope = useScope();
  const { data: standing } = useQuery({ ...lane(scope, of.id), enabled: asks !== null });
  const owed = standing?.owed ?? 0;
  const many = `${format.count(owed)}${standing?.more_owed ? "+" : ""}`;
  const cancelled = owed === 0 ? "Nothing is owed to it now." : `${many} owed ${owed === 1 ? "delivery is" : "deliveries are"} cancelled`;
  if (asks === "disable") {
    return (
      <Ask open onClose={close} title={<>Disable <bdi>{nameOf(of)}</bdi>?</>} keep="Keep it" deed={owed === 0 ? "Disable" : `Disable and cancel ${many}`} onDeed={disable}>
        <p>{owed === 0 ? `${cancelled} Events do not match it any more.` : `${cancelled}; they can be replayed. Events do not match it any more.`}</p>
      </Ask>
    );
  }
  return (
    <Ask open={asks === "delete"} onClose={close} title={<>Delete <bdi>{nameOf(of)}</bdi>?</>} keep="Keep it" deed={owed === 0 ? "Delete" : `Delete and cancel ${many}`} onDeed={remove}>
      <p>{owed === 0 ? cancelled : `${cancelled} and nothing more is sent.`} What was sent stays readable as long as it is kept. This cannot be undone.</p>
    </Ask>
  );
}
