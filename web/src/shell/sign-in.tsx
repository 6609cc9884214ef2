import { useState, type FormEvent } from "react";
import { signIn, standing } from "@/api/session";
import { useStore } from "@/lib/store";
import { NoConnection, Refusal } from "@/api/problem";
import { Mark } from "@/ui/icon";
import { TextField } from "@/ui/field";
import { sentence } from "@/words/problem";

/** One field for a key. The key is exchanged for a session and kept nowhere. */
export function SignInForm({ onDone }: { onDone?: () => void }) {
  const [key, setKey] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!key.trim()) return setFault("Paste a key: it begins with lhk_.");
    setIsBusy(true);
    setFault(null);
    try {
      await signIn(key.trim());
      onDone?.();
    } catch (error) {
      setFault(words(error));
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <form className="grid gap-4" onSubmit={(event) => void submit(event)}>
      <TextField
        label="API key"
        help="It is exchanged for a session and not kept in this browser."
        fault={fault}
        className="mono"
        type="password"
        name="key"
        autoComplete="off"
        spellCheck={false}
        autoFocus
        value={key}
        onChange={(event) => setKey(event.target.value)}
      />
      <button type="submit" className="btn main" disabled={isBusy}>
        Sign in
      </button>
    </form>
  );
}

function words(error: unknown): string {
  if (error instanceof NoConnection) return "No answer came from the server.";
  if (error instanceof Refusal) {
    if (error.status === 401) return "There is no such key, or it has expired or was revoked.";
    return sentence(error.message);
  }
  return "Something went wrong here.";
}

export function SignInPage() {
  const state = useStore(standing);
  const isLinkUsed = state.phase === "out" && state.isLinkUsed === true;
  return (
    <main className="mx-auto grid max-w-[380px] gap-6 px-6 pt-[18vh]">
      <div className="brand">
        <Mark />
        lanehook
      </div>
      <h1>Sign in</h1>
      {isLinkUsed && <p role="status">This link was used or is too old. Go back and open it again, or sign in with a key.</p>}
      <SignInForm />
      <p className="text-ink-3 text-sm">
        The first start prints a key and a link that signs in once. <code>lanehook keys create</code> makes more, for whoever owns the data.
      </p>
    </main>
  );
}
