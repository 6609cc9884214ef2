/** Once a webhook is made: its secret, shown this once, and how a receiver checks signatures, in five languages with the secret in place. */
import { Copy, Plus } from "lucide-react";
import { useState } from "react";
import { got, type Schemas } from "@/api/client";
import { nameOf } from "@/api/queries";
import { useScope } from "@/api/scope";
import { useDeed } from "@/shell/deeds";
import { copy } from "@/ui/copy";
import { Link } from "@/ui/link";
import { Segments } from "@/ui/segments";
import { LANGUAGES, snippet, type Language } from "@/words/snippets";
import { TestResult } from "../webhook/test-result";

type Webhook = Schemas["Webhook"];

export function Made({ of, again }: { of: Webhook; again: () => void }) {
  const scope = useScope();
  const deed = useDeed();
  const [test, setTest] = useState<Schemas["TestResult"] | null>(null);
  const [isTesting, setIsTesting] = useState(false);
  const sendTest = async () => {
    setIsTesting(true);
    await deed(async () => setTest(await got(scope.api.POST("/api/v1/webhooks/{id}/test", { params: { path: { id: of.id } } }))));
    setIsTesting(false);
  };
  return (
    <div className="view">
      <div className="head">
        <div className="min-w-0">
          <h1>
            <span>
              <bdi>{nameOf(of)}</bdi> is made
            </span>
          </h1>
          <p className="text-ink-2 mt-1">What is published from now on and matches it, goes there.</p>
        </div>
        <div className="actions">
          <button type="button" className="btn" disabled={isTesting} onClick={() => void sendTest()}>{isTesting ? "Sending" : "Send a test"}</button>
          <button type="button" className="btn" onClick={again}><Plus className="icon" aria-hidden />Another</button>
          <Link className="btn main" to={`/webhooks/${encodeURIComponent(of.id)}`}>Open it</Link>
        </div>
      </div>
      <Warnings of={of.warnings ?? []} />
      {test && <TestResult of={test} close={() => setTest(null)} />}
      {of.secret ? (
        <section className="panel mt-4" aria-label="Its secret">
          <header><h2>Its secret</h2><span className="text-ink-3 text-sm">shown this once</span></header>
          <div className="grid gap-4 p-3.5">
            <div className="secret">
              <code>{of.secret}</code>
              <button type="button" className="btn" onClick={() => copy(of.secret ?? "", "The secret is copied.")}><Copy className="icon" aria-hidden />Copy</button>
            </div>
            {of.public_key ? <p className="text-ink-2">Receivers verify with the public key: <code className="break-all">{of.public_key}</code></p> : <Snippets secret={of.secret} signing={of.signing} />}
          </div>
        </section>
      ) : (
        <p className="text-ink-2 mt-4">{of.has_secret ? "It is signed with the secret that you gave." : "Its requests are not signed."}</p>
      )}
    </div>
  );
}

/** What was kept as it was sent, and is hardly meant. */
export function Warnings({ of }: { of: Schemas["FieldError"][] }) {
  if (of.length === 0) return null;
  return (
    <div className="banner warn" role="status">
      <div>
        <b>{of.length === 1 ? "One thing is hardly meant." : "Some of it is hardly meant."}</b>
        <ul className="mt-1 grid gap-1">
          {of.map((warning, at) => <li key={at} className="break-words"><code>{warning.pointer}</code> <bdi>{warning.message}</bdi></li>)}
        </ul>
      </div>
    </div>
  );
}

function Snippets({ secret, signing }: { secret: string; signing: Schemas["Signing"] }) {
  const [language, setLanguage] = useState<Language>("JavaScript");
  const code = snippet(language, signing, secret);
  if (!code) return null;
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <b>Check signatures in</b>
        <Segments label="Language" value={language} options={LANGUAGES.map((value) => ({ value, label: value }))} onChange={setLanguage} />
      </div>
      <div className="relative rounded-control border bg-sunken p-3 pr-12">
        <pre>{code}</pre>
        <button type="button" className="btn quiet icon-only small absolute right-2 top-2" aria-label="Copy this code" onClick={() => copy(code, "The code is copied, with the secret in it.")}><Copy className="icon" aria-hidden /></button>
      </div>
    </div>
  );
}
