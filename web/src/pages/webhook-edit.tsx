import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { nameOf } from "@/api/queries";
import { useScope } from "@/api/scope";
import { usePage } from "@/shell/page";
import { Loaded, Skeleton } from "@/ui/loading";
import { draftOf } from "@/words/webhook-form";
import { Editor, readWebhook } from "./webhook-form/editor";

export default function EditWebhookPage() {
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const scope = useScope();
  // Read once for each visit: what is typed is compared with it, and sent for that version only.
  const asked = useQuery({ queryKey: [scope.tenant, "webhook-to-edit", id], queryFn: ({ signal }) => readWebhook(scope.api, id, signal), staleTime: Number.POSITIVE_INFINITY, gcTime: 0, refetchOnWindowFocus: false });
  const name = asked.data ? nameOf(asked.data.webhook) : id;
  usePage({ crumbs: [{ label: "Webhooks", to: "/webhooks" }, { label: name, to: `/webhooks/${encodeURIComponent(id)}` }, { label: "Edit" }] });
  return (
    <Loaded of={asked} what="The webhook" one="webhook" skeleton={<div className="view"><Skeleton rows={10} height={28} /></div>}>
      {({ webhook, etag }) => <Editor key={`${scope.tenant}:${id}`} start={{ id, draftId: id, draft: draftOf(webhook as never), etag, title: `Edit ${nameOf(webhook)}` }} onMade={() => undefined} />}
    </Loaded>
  );
}
