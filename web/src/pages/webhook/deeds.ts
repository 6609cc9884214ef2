/** What is done with one webhook from the head of its page. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { got, type Schemas } from "@/api/client";
import { nameOf } from "@/api/queries";
import { useScope } from "@/api/scope";
import { useDeed, useSetStatus } from "@/shell/deeds";
import { useGo } from "@/ui/link";
import { toast } from "@/ui/toast";

export interface WebhookDeeds {
  isTesting: boolean;
  sendTest: () => void;
  /** Pause, resume or enable: what the button says, and does. */
  toggle: { word: string; run: () => void };
  asks: "delete" | "disable" | null;
  ask: (what: "delete" | "disable" | null) => void;
  remove: () => void;
  disable: () => void;
}

/** `away` is where one is once it is deleted. */
export function useWebhookDeeds(of: Schemas["Webhook"], onTest: (result: Schemas["TestResult"]) => void, away: string): WebhookDeeds {
  const scope = useScope();
  const deed = useDeed();
  const go = useGo();
  const client = useQueryClient();
  const setStatus = useSetStatus();
  const [isTesting, setIsTesting] = useState(false);
  const [asks, ask] = useState<"delete" | "disable" | null>(null);
  const path = { params: { path: { id: of.id } } };
  const sendTest = async () => {
    if (isTesting) return;
    setIsTesting(true);
    await deed(async () => onTest(await got(scope.api.POST("/api/v1/webhooks/{id}/test", path))));
    setIsTesting(false);
    void client.invalidateQueries({ queryKey: [scope.tenant, "deliveries", "list"] });
  };
  const remove = () =>
    deed(async () => {
      await got(scope.api.DELETE("/api/v1/webhooks/{id}", path));
      await client.invalidateQueries({ queryKey: [scope.tenant, "webhooks", "list"] });
      toast({ text: `${nameOf(of)} is deleted.` });
      go(away);
    });
  return {
    isTesting,
    sendTest: () => void sendTest(),
    toggle: { word: of.status === "disabled" ? "Enable" : of.status === "paused" ? "Resume" : "Pause", run: () => void setStatus([of], of.status === "active" ? "paused" : "active") },
    asks,
    ask,
    remove: () => void remove(),
    disable: () => void setStatus([of], "disabled").then(() => ask(null)),
  };
}
