/** An inspector: which one, and what it answers. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { got, type Schemas } from "@/api/client";
import { useScope } from "@/api/scope";
import { may } from "@/api/session";
import { useDeed } from "@/shell/deeds";
import { copy } from "@/ui/copy";
import { Field, TextField } from "@/ui/field";
import { answersWords } from "@/words/playground";

type One = Schemas["Inspector"];

const nameOf = (one: One) => one.name || one.id;

export function Inspector({ of, all, onChoose }: { of: One | undefined; all: One[]; onChoose: (id: string) => void }) {
  const { api, tenant, session } = useScope();
  const client = useQueryClient();
  const deed = useDeed();
  const isWriter = may(session, "webhooks:write");
  const again = () => client.invalidateQueries({ queryKey: [tenant, "inspectors", "all"] });
  const make = () =>
    void deed(async () => {
      const made = await got(api.POST("/api/v1/inspectors", { body: {} }));
      await again();
      onChoose(made.id);
    });
  if (!of) {
    return (
      <>
        <p className="text-ink-2">An inspector is a receiver in the server: it keeps what it is sent, and answers as you say. Nothing leaves the server.</p>
        {isWriter && <div><button type="button" className="btn" onClick={make}>Make one</button></div>}
      </>
    );
  }
  return (
    <>
      <div className="flex flex-wrap items-end gap-2">
        <div className="min-w-0 flex-1">
          <Field label="Inspector">
            {(given) => (
              <select {...given} className="input mono" value={of.id} onChange={(event) => onChoose(event.target.value)}>
                {all.map((one) => <option key={one.id} value={one.id}>{nameOf(one)}</option>)}
              </select>
            )}
          </Field>
        </div>
        {isWriter && <button type="button" className="btn" onClick={make}>Another</button>}
      </div>
      {isWriter ? <Answers key={of.id} of={of} again={again} /> : <p className="text-ink-2">It {answersWords(of)}.</p>}
      <div className="text-ink-3 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <button type="button" className="mono break-all text-left" data-tip="Copy the URL for a webhook" onClick={() => copy(of.url, "The URL is copied.")}><bdi>{of.url}</bdi></button>
        {of.public_url && <button type="button" className="mono break-all text-left" data-tip="Copy where anybody can send to it" onClick={() => copy(new URL(of.public_url ?? "", location.origin).href, "The URL is copied.")}><bdi>{of.public_url}</bdi></button>}
      </div>
    </>
  );
}

/** What it answers from now on. */
function Answers({ of, again }: { of: One; again: () => Promise<unknown> }) {
  const { api } = useScope();
  const deed = useDeed();
  const [status, setStatus] = useState(String(of.status));
  const [delay, setDelay] = useState(of.delay);
  const [body, setBody] = useState(of.body);
  const isChanged = status !== String(of.status) || delay !== of.delay || body !== of.body;
  const save = () =>
    void deed(async () => {
      await got(api.PATCH("/api/v1/inspectors/{id}", { params: { path: { id: of.id } }, body: { status: Number(status), delay, body } }));
      await again();
    });
  return (
    <>
      <div className="form-row">
        <TextField label="It answers" inputMode="numeric" value={status} onChange={(event) => setStatus(event.target.value)} />
        <TextField label="After" value={delay} onChange={(event) => setDelay(event.target.value)} />
      </div>
      <Field label="Body of the answer">
        {(given) => <textarea {...given} className="input mono" rows={2} spellCheck={false} value={body} onChange={(event) => setBody(event.target.value)} />}
      </Field>
      {isChanged && <div><button type="button" className="btn" onClick={save}>Have it answer that</button></div>}
    </>
  );
}
