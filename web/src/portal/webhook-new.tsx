import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { nameOf, webhook } from "@/api/queries";
import { useScope } from "@/api/scope";
import { one } from "@/lib/search";
import { Editor } from "@/pages/webhook-form/editor";
import { Made } from "@/pages/webhook-form/made";
import { useSearch } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { alike, BLANK } from "@/words/webhook-form";
import { Back, useMay, usePage } from "./page";

/** `?type=` begins with an event type, `?like=` with what another webhook has. */
export default function NewWebhookPage() {
  const scope = useScope();
  const [search] = useSearch();
  const { change } = useMay();
  const [made, setMade] = useState<Schemas["Webhook"] | null>(null);
  const [round, setRound] = useState(0);
  const [type, like] = [one(search.type), one(search.like)];
  const asked = useQuery({ ...webhook(scope, like ?? ""), enabled: like !== undefined, staleTime: Number.POSITIVE_INFINITY });
  usePage(made ? nameOf(made) : "New webhook");
  if (!change) return <LookOnly />;
  if (made) return <Made of={made} again={() => (setMade(null), setRound(round + 1))} />;
  const blank = type === undefined ? BLANK : { ...BLANK, eventTypes: [type] };
  return (
    <>
      <Back to="/">Webhooks</Back>
      {like === undefined ? (
        <Editor key={round} start={{ id: null, draftId: type === undefined ? "new" : `new:${type}`, draft: blank, etag: null, title: "New webhook" }} onMade={setMade} />
      ) : (
        <Loaded of={asked} what="The webhook" one="webhook" skeleton={<Skeleton rows={10} height={28} />}>
          {(of) => <Editor key={round} start={{ id: null, draftId: `like:${like}`, draft: { ...alike(of as never, of.url.includes("…")), headers: [], note: "", metadata: [] }, etag: null, title: `New webhook, like ${nameOf(of)}` }} onMade={setMade} />}
        </Loaded>
      )}
    </>
  );
}

export function LookOnly() {
  return <p className="text-ink-2">You can look, not change.</p>;
}
