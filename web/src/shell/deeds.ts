/** What pages do to webhooks and deliveries: at once, said with a toast, undone where that is possible. */
import { useQueryClient } from "@tanstack/react-query";
import { toast } from "@/ui/toast";
import { problemInWords } from "@/words/problem";
import { counted } from "@/words/text";
import { got, type Schemas } from "@/api/client";
import { problemOf } from "@/api/problem";
import { useScope } from "@/api/scope";
import { isPortal } from "@/lib/place";

type Status = "active" | "paused" | "disabled";

/** Runs a deed; what goes wrong is said in the server's words. */
export function useDeed(): (deed: () => Promise<unknown>) => Promise<boolean> {
  return async (deed) => {
    try {
      await deed();
      return true;
    } catch (error) {
      const problem = problemOf(error);
      const words = problemInWords(problem, "That", undefined, isPortal);
      toast({ text: problem.status === null || problem.status === 401 ? `${words.title} ${words.detail}` : problem.detail ? problem.detail : words.title });
      return false;
    }
  };
}

/** Pauses, resumes or disables webhooks, and offers the way back. */
export function useSetStatus(): (webhooks: Pick<Schemas["Webhook"], "id" | "status">[], status: Status) => Promise<void> {
  const { api, tenant } = useScope();
  const client = useQueryClient();
  const deed = useDeed();
  const set = (id: string, status: Status) => got(api.PATCH("/api/v1/webhooks/{id}", { params: { path: { id } }, body: { status } }));
  return async (webhooks, status) => {
    const changed = webhooks.filter((webhook) => webhook.status !== status);
    // One after the other: each is a commit, and a browser has few connections.
    const isDone = await deed(async () => {
      for (const webhook of changed) await set(webhook.id, status);
    });
    await client.invalidateQueries({ queryKey: [tenant, "webhooks"] });
    void client.invalidateQueries({ queryKey: [tenant, "overview"] });
    if (!isDone || changed.length === 0) return;
    const many = changed.length > 1 ? `${counted(changed.length, "webhook")} ` : "";
    const text = { paused: `${many ? `${many}paused` : "Paused"}. What comes is held.`, active: `${many ? `${many}resumed` : "Resumed"}. What was held goes out.`, disabled: `${many ? `${many}disabled` : "Disabled"}. Nothing matches any more.` }[status];
    toast({
      text,
      action: {
        run: () =>
          void deed(async () => {
            for (const webhook of changed) await set(webhook.id, webhook.status as Status);
            await client.invalidateQueries({ queryKey: [tenant, "webhooks"] });
          }),
      },
    });
  };
}

/** Retries or cancels one delivery. */
export function useDeliveryDeeds(): { retry: (id: string) => Promise<boolean>; cancel: (id: string) => Promise<boolean>; replay: (id: string) => Promise<boolean> } {
  const { api, tenant } = useScope();
  const client = useQueryClient();
  const deed = useDeed();
  const again = (id: string) => {
    void client.invalidateQueries({ queryKey: [tenant, "deliveries", "one", id] });
    void client.invalidateQueries({ queryKey: [tenant, "deliveries", "failed-count"] });
  };
  return {
    retry: (id) =>
      deed(async () => {
        await got(api.POST("/api/v1/deliveries/{id}/retry", { params: { path: { id } } }));
        toast({ text: "It goes next.", action: { label: "Cancel it", run: () => void deed(() => got(api.POST("/api/v1/deliveries/{id}/cancel", { params: { path: { id } } })).then(() => again(id))) } });
        again(id);
      }),
    cancel: (id) =>
      deed(async () => {
        await got(api.POST("/api/v1/deliveries/{id}/cancel", { params: { path: { id } } }));
        toast({ text: "Cancelled. Nothing more is sent.", action: { run: () => void deed(() => got(api.POST("/api/v1/deliveries/{id}/retry", { params: { path: { id } } })).then(() => again(id))) } });
        again(id);
      }),
    replay: (id) =>
      deed(async () => {
        await got(api.POST("/api/v1/deliveries/{id}/replay", { params: { path: { id } } }));
        toast({ text: "It is sent again, as a new delivery." });
        void client.invalidateQueries({ queryKey: [tenant, "deliveries", "list"] });
      }),
  };
}
