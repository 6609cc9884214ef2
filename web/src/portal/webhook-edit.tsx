import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { nameOf } from "@/api/queries";
import { useScope } from "@/api/scope";
import { Editor, readWebhook } from "@/pages/webhook-form/editor";
import { Loaded, Skeleton } from "@/ui/loading";
import { draftOf } from "@/words/webhook-form";
import { Back, useMay, usePage } from "./page";
import { LookOnly } from "./webhook-new";

export default function EditWebhookPage() {
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const scope = useScope();
  const { change } = useMay();
  // Read once for each visit: what is typed is compared with it, and sent for that version only.
  const asked = useQuery({ queryKey: [scope.tenant, "webhook-to-edit", id], queryFn: ({ signal }) => readWebhook(scope.api, id, signal), staleTime: Number.POSITIVE_INFINITY, gcTime: 0, refetchOnWindowFocus: false });
  usePage(asked.data ? `Edit ${nameOf(asked.data.webhook)}` : "Edit");
  if (!change) return <LookOnly />;
  return (
    <>
      <Back to={`/webhooks/${encodeURIComponent(id)}`}>{asked.data ? nameOf(asked.data.webhook) : "The webhook"}</Back>
      <Loaded of={asked} what="The webhook" one="webhook" skeleton={<Skeleton rows={10} height={28} />}>
        {({ webhook, etag }) => <Editor key={id} start={{ id, draftId: id, draft: draftOf(webhook as never), etag, title: `Edit ${nameOf(webhook)}` }} onMade={() => undefined} />}
      </Loaded>
    </>
  );
}
