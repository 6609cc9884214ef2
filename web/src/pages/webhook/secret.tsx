import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { got, type Schemas } from "@/api/client";
import { nameOf } from "@/api/queries";
import { useScope } from "@/api/scope";
import { now } from "@/lib/clock";
import { useZone } from "@/lib/you";
import { useDeed } from "@/shell/deeds";
import { copy } from "@/ui/copy";
import { Ask, Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Segments } from "@/ui/segments";
import { Time } from "@/ui/time";
import { toast } from "@/ui/toast";
import * as format from "@/words/format";
import { LANGUAGES, snippet, type Language } from "@/words/snippets";

type Webhook = Schemas["Webhook"];
type Secret = Schemas["WebhookSecret"];

/** So long a secret is shown before it hides itself. */
const SHOWN_FOR = 30_000;

/** A webhook's secret: hidden, shown for half a minute, with what receivers do with it; and another in its place. */
export function SecretFact({ of }: { of: Webhook }) {
  const scope = useScope();
  const deed = useDeed();
  const [secret, setSecret] = useState<Secret | null>(null);
  const [isRotating, setIsRotating] = useState(false);
  useEffect(() => {
    if (secret === null) return;
    const timer = setTimeout(() => setSecret(null), SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [secret]);
  const show = () => void deed(async () => setSecret(await got(scope.api.GET("/api/v1/webhooks/{id}/secret", { params: { path: { id: of.id } } }))));
  return (
    <>
      <code aria-label="hidden">••••••••</code>{" "}
      <button type="button" className="link" onClick={show}>
        Show
      </button>{" "}
      <button type="button" className="link" onClick={() => setIsRotating(true)}>
        Rotate
      </button>
      <Shown of={of} secret={secret} close={() => setSecret(null)} />
      {isRotating && <Rotate of={of} close={() => setIsRotating(false)} done={setSecret} />}
    </>
  );
}

function Shown({ of, secret, close }: { of: Webhook; secret: Secret | null; close: () => void }) {
  const [language, setLanguage] = useState<Language>("JavaScript");
  // Libraries for pairs of keys are few; who has such a key knows which.
  const code = secret?.secret && !secret.public_key ? snippet(language, of.signing, secret.secret) : null;
  return (
    <Dialog open={secret !== null} onClose={close} title={<>The secret of <bdi>{nameOf(of)}</bdi></>} isWide>
      <div className="grid gap-4">
        <div className="flex flex-wrap items-center gap-3">
          <code className="break-all">{secret?.secret ?? ""}</code>
          <button type="button" className="btn small" onClick={() => copy(secret?.secret ?? "", "The secret is copied.")}>
            Copy
          </button>
        </div>
        {secret?.public_key && (
          <p className="text-ink-2">
            Receivers verify with the public key: <code className="break-all">{secret.public_key}</code>
          </p>
        )}
        {secret?.previous_expires_at && (
          <p className="text-ink-2">
            The one before signs, too, until <Time at={secret.previous_expires_at} as="moment" />.
          </p>
        )}
        <p className="text-ink-3 text-sm">It hides itself after 30 s.</p>
        {code && (
          <>
            <Segments label="Language" value={language} options={LANGUAGES.map((value) => ({ value, label: value }))} onChange={setLanguage} />
            <div className="rounded-control border bg-sunken p-3">
              <pre>{code}</pre>
            </div>
            <button type="button" className="btn justify-self-start" onClick={() => copy(code, "The code is copied, with the secret in it.")}>
              Copy the code
            </button>
          </>
        )}
      </div>
    </Dialog>
  );
}

const GRACES = [
  { value: "1h", label: "1 h" },
  { value: "24h", label: "24 h" },
  { value: "7d", label: "7 d" },
] as const;

function Rotate({ of, close, done }: { of: Webhook; close: () => void; done: (secret: Secret) => void }) {
  const scope = useScope();
  const client = useQueryClient();
  const deed = useDeed();
  const zone = useZone();
  const [grace, setGrace] = useState<(typeof GRACES)[number]["value"]>("24h");
  const [isBusy, setIsBusy] = useState(false);
  const until = format.moment(now() + format.span(grace), now(), zone);
  const rotate = async () => {
    setIsBusy(true);
    await deed(async () => {
      const secret = await got(scope.api.POST("/api/v1/webhooks/{id}/secret/rotate", { params: { path: { id: of.id } }, body: { grace } }));
      await client.invalidateQueries({ queryKey: [scope.tenant, "webhooks"] });
      toast({ text: `There is a new secret. Both sign until ${until}.` });
      done(secret);
      close();
    });
    setIsBusy(false);
  };
  return (
    <Ask open onClose={close} title={<>Rotate the secret of <bdi>{nameOf(of)}</bdi>?</>} keep="Keep the old one" deed="Rotate" isBusy={isBusy} onDeed={() => void rotate()}>
      <p>Both secrets sign until {until}. Change your receiver before then.</p>
      <Field label="The old one signs for another">{(given) => <div id={given.id}><Segments label="The old one signs for another" value={grace} options={[...GRACES]} onChange={setGrace} /></div>}</Field>
    </Ask>
  );
}
