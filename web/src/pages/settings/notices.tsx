import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { got, type Schemas } from "@/api/client";
import { notices } from "@/api/access";
import { Refusal } from "@/api/problem";
import { useScope } from "@/api/scope";
import { may } from "@/api/session";
import { Field, TextField } from "@/ui/field";
import { Loaded, Skeleton, Trouble } from "@/ui/loading";
import { toast } from "@/ui/toast";
import { Tokens } from "@/ui/tokens";
import { faultOf } from "@/words/faults";
import { duration, span } from "@/words/format";
import { noticesDraft, noticesPatch } from "@/words/notices";
import { OneTenantOnly } from "./one-tenant";

type Settings = Schemas["NoticeSettingsInForce"];

/** When a tenant is told of what happens to its webhooks, quotas and keys, and where besides its webhooks. */
export function Notices() {
  const scope = useScope();
  if (scope.tenant === "*") return <OneTenantOnly what="Notices are set for each tenant." />;
  return <Read key={scope.tenant} />;
}

function Read() {
  const asked = useQuery(notices(useScope()));
  return (
    <Loaded of={asked} what="The settings" skeleton={<Skeleton rows={6} height={44} />}>
      {(data) => <Form key={asked.dataUpdatedAt} of={data} />}
    </Loaded>
  );
}

function Form({ of }: { of: Settings }) {
  const scope = useScope();
  const client = useQueryClient();
  const [was] = useState(() => noticesDraft(of));
  const [draft, setDraft] = useState(was);
  const [refusal, setRefusal] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const canChange = may(scope.session, "webhooks:write");
  const patch = noticesPatch(was, draft);
  const faults = refusal instanceof Refusal ? (refusal.problem.errors ?? []) : [];
  const canMail = of.mail === "everybody" || (of.mail === "operators" && scope.session.tenant === null);
  const { in_force: holds } = of;
  const line = (key: Exclude<keyof typeof draft, "mail_to">, label: string, help: string, placeholder: string) => (
    <TextField label={label} help={help} fault={faultOf(faults, `/${key}`)} disabled={!canChange} placeholder={placeholder} value={draft[key]} autoComplete="off" onChange={(event) => setDraft({ ...draft, [key]: event.target.value })} />
  );
  const save = async () => {
    setIsBusy(true);
    setRefusal(null);
    try {
      const now = await got(scope.api.PATCH("/api/v1/notice-settings", { body: patch as Schemas["NoticeSettings"] }));
      client.setQueryData(notices(scope).queryKey, now);
      toast({ text: "Saved. It holds within seconds." });
    } catch (error) {
      setRefusal(error);
    }
    setIsBusy(false);
  };
  return (
    <form
      className="grid max-w-[760px] gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <p className="text-ink-2">
        What happens to webhooks, deliveries, quotas and keys is told as events of types that begin with <code>lanehook.</code> Any webhook can subscribe to them. An empty field is as the server's settings say.
      </p>
      {refusal && faults.length === 0 ? <Trouble error={refusal} what="The settings" /> : null}
      <div className="form-row">
        {line("failing_after", "Told as failing after", `How long it has been so: 0s to 1d. Now ${span(holds.failing_after) === 0 ? "at once" : duration(span(holds.failing_after))}.`, holds.failing_after)}
        {line("failure_share", "Failing, too, when so many per cent fail", `Of at least ten tries in 15 minutes. Now ${holds.failure_share ? `${holds.failure_share} %` : "no share"}.`, String(holds.failure_share ?? "no share"))}
        {line("oldest_due", "Failing, too, when something is due for", `1m to 7d. Now ${holds.oldest_due ? duration(span(holds.oldest_due)) : "however long"}.`, holds.oldest_due ?? "however long")}
      </div>
      <div className="form-row">
        {line("quota_near", "Told of quotas from, in per cent", `50 to 99. Now ${holds.quota_near} %.`, String(holds.quota_near))}
        {line("key_expires", "Told of keys before they expire", `1h to 90d. Now ${duration(span(holds.key_expires))}.`, holds.key_expires)}
      </div>
      {of.mail === "off" ? (
        <p className="text-ink-3 text-sm">This server sends no mail; with <code>[smtp]</code> in its settings it does.</p>
      ) : (
        <Field label="Mailed to" fault={faultOf(faults, "/mail_to")} help={canMail ? "At most five addresses. What is told within a minute is one mail." : "Set by operators on this server."}>
          {(given) => (canMail && canChange ? <Tokens {...given} label="Addresses" values={draft.mail_to} onChange={(mail_to) => setDraft({ ...draft, mail_to })} placeholder="on-call@example.com" /> : <span id={given.id}>{draft.mail_to.join(", ") || "nobody"}</span>)}
        </Field>
      )}
      {canChange && (
        <div>
          <button type="submit" className="btn main" disabled={isBusy || Object.keys(patch).length === 0}>
            {isBusy ? "Saving" : "Save"}
          </button>
        </div>
      )}
    </form>
  );
}
