import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { nameOf, webhook } from "@/api/queries";
import { useScope } from "@/api/scope";
import { one } from "@/lib/search";
import { usePage } from "@/shell/page";
import { useSearch } from "@/ui/link";
import { Loaded, Skeleton } from "@/ui/loading";
import { alike, BLANK } from "@/words/webhook-form";
import { Editor } from "./webhook-form/editor";
import { Made } from "./webhook-form/made";

/** `?like=` makes one like another, without what is secret in it. */
export default function NewWebhookPage() {
  const scope = useScope();
  const [search] = useSearch();
  const like = one(search.like);
  const asked = useQuery({ ...webhook(scope, like ?? ""), enabled: like !== undefined, staleTime: Number.POSITIVE_INFINITY });
  const [made, setMade] = useState<Schemas["Webhook"] | null>(null);
  const [round, setRound] = useState(0);
  usePage({ crumbs: [{ label: "Webhooks", to: "/webhooks" }, { label: made ? nameOf(made) : "New" }] });
  if (made) {
    return (
      <Made
        of={made}
        again={() => {
          setMade(null);
          setRound(round + 1);
        }}
      />
    );
  }
  if (like === undefined) return <Editor key={`${scope.tenant}:${round}`} start={{ id: null, draftId: "new", draft: BLANK, etag: null, title: "New webhook" }} onMade={setMade} />;
  return (
    <Loaded of={asked} what="The webhook" one="webhook" skeleton={<div className="view"><Skeleton rows={10} height={28} /></div>}>
      {(of) => <Editor key={`${scope.tenant}:${round}`} start={{ id: null, draftId: `like:${like}`, draft: alike(of as never, of.url.includes("…")), etag: null, title: `New webhook, like ${nameOf(of)}` }} onMade={setMade} />}
    </Loaded>
  );
}
