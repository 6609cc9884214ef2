/** The form of a webhook, new or not: what is typed, kept as a draft, tried while one types, and saved. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState, type ClipboardEvent } from "react";
import { got, type Schemas } from "@/api/client";
import { platforms as platformsQuery } from "@/api/queries";
import { problemOf, Refusal } from "@/api/problem";
import { useScope } from "@/api/scope";
import { isPortal } from "@/lib/place";
import { useKeys } from "@/ui/keys";
import { Link, useGo } from "@/ui/link";
import { Ask } from "@/ui/dialog";
import { Time } from "@/ui/time";
import { toast } from "@/ui/toast";
import { platformOf, isSecretUrl } from "@/words/platform-url";
import { problemInWords, sentence } from "@/words/problem";
import { changesOf, differing, draftOf, filterRead, orderOf, restored, same, storable, type Draft } from "@/words/webhook-form";
import { BodyFold } from "./body";
import { drop, keep, kept } from "./drafts";
import { Events } from "./events";
import { faultsOf, FormContext, isWithin, placesOf, SHOWN, type Faults, type Form } from "./form";
import { Warnings } from "./made";
import { MessagePanel, pathsOf, TrialPanel, useRendered, useTrial } from "./preview";
import { Retries } from "./retries";
import { HeadersFold, LimitsFold, NotesFold, RateFold, SigningFold } from "./sent";
import { chosen, Where } from "./where";

type Webhook = Schemas["Webhook"];

export interface Start {
  /** Null for one that is to be made. */
  id: string | null;
  /** Under which its draft is kept. */
  draftId: string;
  draft: Draft;
  etag: string | null;
  title: string;
}

export function Editor({ start, onMade }: { start: Start; onMade: (webhook: Webhook) => void }) {
  const scope = useScope();
  const go = useGo();
  const client = useQueryClient();
  const { data: known } = useQuery(platformsQuery(scope));
  const platforms = useMemo(() => known?.data ?? [], [known]);
  const isNew = start.id === null;
  const whose = whoseDrafts(scope);

  const [found] = useState(() => {
    const stored = kept(whose, start.draftId);
    return stored && { ...stored, ...restored(stored, start.draft, stored.etag === start.etag) };
  });
  const [draft, setDraft] = useState(found?.draft ?? start.draft);
  /** What it is compared with: as it was read, which may be of before somebody else changed it. */
  const [was, setWas] = useState(found?.was ?? start.draft);
  const [etag, setEtag] = useState(found ? found.etag : start.etag);
  const [isRestored, setIsRestored] = useState(found !== null);
  const [faults, setFaults] = useState<Faults>({});
  const [trouble, setTrouble] = useState<{ title: string; detail: string } | null>(null);
  const [theirs, setTheirs] = useState<{ webhook: Webhook; etag: string | null } | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [event, setEvent] = useState<string | null>(null);
  const isDone = useRef(false);
  const place = useRef<HTMLFormElement>(null);
  const platform = platforms.find((one) => one.id === draft.platform);
  const isChanged = !same(draft, was);

  const { trial, error: trialError, faults: trialFaults } = useTrial(draft);
  // A customer may not look into events; what is shown is the type's example.
  const named = draft.eventTypes.find((type) => !type.includes("*"));
  const sample: Schemas["Sample"] = isPortal ? (named ? { type: named } : {}) : event ?? trial?.matching[0]?.id ?? trial?.not_matching[0]?.id ? { event_id: event ?? trial?.matching[0]?.id ?? trial?.not_matching[0]?.id } : {};
  const rendered = useRendered(draft, platform, sample, isPortal || trial !== undefined || trialError !== null);

  useEffect(() => {
    if (!isChanged || isDone.current) return;
    const timer = setTimeout(() => {
      const secrets = new Set((platform?.fields ?? []).filter((field) => field.secret).map((field) => field.id));
      keep(whose, start.draftId, { draft: storable(draft, was, secrets, isSecretUrl(platform)), was: storable(was, was, secrets, isSecretUrl(platform)), etag });
    }, 500);
    return () => clearTimeout(timer);
  }, [draft, was, etag, isChanged, platform, whose, start.draftId]);

  const leaving = useBlocker({ shouldBlockFn: ({ current, next }) => isChanged && !isDone.current && current.pathname !== next.pathname, enableBeforeUnload: () => isChanged && !isDone.current, withResolver: true });

  const set = (change: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...change }));
    const places = Object.keys(change).flatMap(placesOf);
    setFaults((before) => Object.fromEntries(Object.entries(before).filter(([pointer]) => !places.some((one) => isWithin(pointer, one)))));
  };
  const allFaults: Faults = { ...trialFaults, ...rendered.faults, ...faults };
  const form: Form = {
    draft, set, isNew, platforms, platform,
    fault: (pointer) => {
      const found = Object.keys(allFaults).find((one) => isWithin(one, pointer));
      return found === undefined ? null : sentence(allFaults[found] ?? "");
    },
  };

  const saved = async (webhook: Webhook, word: string) => {
    isDone.current = true;
    drop(whose, start.draftId);
    await client.invalidateQueries({ queryKey: [scope.tenant, "webhooks"] });
    void client.invalidateQueries({ queryKey: [scope.tenant, "overview"] });
    if (isNew) return onMade(webhook);
    toast({ text: word });
    for (const warning of webhook.warnings ?? []) toast({ text: `Hardly meant: ${warning.message}` });
    go(`/webhooks/${encodeURIComponent(webhook.id)}`);
  };

  const save = async (over: string | null = etag) => {
    if (isBusy) return;
    const { fault } = filterRead(draft.filter);
    if (fault !== null) return showFaults({ "/filter": fault });
    setTrouble(null);
    setIsBusy(true);
    try {
      if (start.id === null) {
        await saved(await got(scope.api.POST("/api/v1/webhooks", { body: orderOf(draft) as Schemas["WebhookInput"] })), "");
      } else {
        const changes = changesOf(was, draft);
        if (Object.keys(changes).length === 0) {
          isDone.current = true;
          drop(whose, start.draftId);
          toast({ text: "Nothing was changed." });
          return go(`/webhooks/${encodeURIComponent(start.id)}`);
        }
        const asked = scope.api.PATCH("/api/v1/webhooks/{id}", { params: { path: { id: start.id }, header: over ? { "If-Match": over } : {} }, body: changes as Schemas["WebhookPatch"] });
        await saved(await got(asked), "Saved.");
      }
    } catch (error) {
      await refused(error);
    } finally {
      setIsBusy(false);
    }
  };

  const refused = async (error: unknown) => {
    if (error instanceof Refusal && start.id !== null && (error.status === 409 || error.status === 412)) {
      try {
        setTheirs(await readWebhook(scope.api, start.id));
        scrollTo({ top: 0 });
      } catch (other) {
        return refused(other);
      }
      return;
    }
    const problem = problemOf(error);
    if (error instanceof Refusal && error.problem.errors && error.problem.errors.length > 0) return showFaults(faultsOf(error.problem.errors), error.problem.errors);
    const words = problemInWords(problem, "The webhook");
    setTrouble({ title: problem.status === 401 ? words.title : "It was not saved.", detail: problem.status === 401 ? words.detail : problem.detail ? sentence(problem.detail) : words.detail });
    scrollTo({ top: 0 });
  };

  const showFaults = (found: Faults, errors: { pointer?: string | null; message: string }[] = []) => {
    setFaults(found);
    const others = errors.filter(({ pointer }) => !pointer || !SHOWN.some((shown) => isWithin(pointer, shown)));
    if (others.length > 0) setTrouble({ title: "It was not saved.", detail: others.map(({ message }) => sentence(message)).join(" ") });
    // What is folded opens first; then the first field that is wrong has the focus.
    setTimeout(() => {
      const first = place.current?.querySelector<HTMLElement>("[aria-invalid=true], [data-fault]");
      first?.focus();
      first?.scrollIntoView({ block: "center" });
    }, 60);
  };

  const showTheirs = () => {
    if (!theirs) return;
    const mine = { draft, was, etag };
    const read = draftOf(theirs.webhook as never);
    setDraft(read);
    setWas(read);
    setEtag(theirs.etag);
    setTheirs(null);
    setFaults({});
    drop(whose, start.draftId);
    toast({ text: "This is theirs.", action: { label: "Back to mine", run: () => (setDraft(mine.draft), setWas(mine.was), setEtag(mine.etag)) } });
  };
  const keepMine = () => {
    const latest = theirs?.etag ?? null;
    setEtag(latest);
    setTheirs(null);
    void save(latest);
  };

  const paste = (pasted: ClipboardEvent) => {
    const text = pasted.clipboardData.getData("text");
    const target = pasted.target as HTMLElement;
    // Within a template or a filter an address may be meant to stand.
    if (target instanceof HTMLTextAreaElement) return;
    const other = platformOf(text, platforms);
    if (!other) return;
    pasted.preventDefault();
    const next = platforms.find((one) => one.id === other.platform);
    set({ ...chosen({ ...draft, url: "" }, next), url: other.url, fields: { ...chosen({ ...draft, url: "" }, next).fields, ...other.fields } });
    if (next && other.platform !== draft.platform) toast({ text: `${next.name} is chosen, by its address.`, action: { run: () => setDraft(draft) } });
  };

  const anew = () => {
    drop(whose, start.draftId);
    const before = { draft, was, etag };
    setDraft(start.draft);
    setWas(start.draft);
    setEtag(start.etag);
    setIsRestored(false);
    setFaults({});
    toast({ text: "Begun anew.", action: { run: () => (setDraft(before.draft), setWas(before.was), setEtag(before.etag)) } });
  };

  useKeys([{ keys: "mod+Enter", label: isNew ? "Create it" : "Save it", isAlways: true, run: () => void save() }]);
  const word = isNew ? (isBusy ? "Creating" : "Create") : isBusy ? "Saving" : "Save";
  return (
    <FormContext.Provider value={form}>
      <form ref={place} noValidate className="view" onPaste={paste} onSubmit={(submitted) => (submitted.preventDefault(), void save())}>
        <div className="head mb-4">
          <h1><bdi>{start.title}</bdi></h1>
          <div className="actions">
            <Link className="btn max-phone:hidden" to={isNew ? "/webhooks" : `/webhooks/${encodeURIComponent(start.id ?? "")}`}>Cancel</Link>
            <button type="submit" className="btn main" disabled={isBusy}>{word} <kbd>⌘↵</kbd></button>
          </div>
        </div>
        {isRestored && found && (
          <div className="banner idle" role="status">
            <span>Your draft of <Time at={found.at} /> is here again, without credentials.</span>
            <span className="deeds">
              <button type="button" className="btn small" onClick={() => setIsRestored(false)}>Go on with it</button>
              <button type="button" className="btn small" onClick={anew}>Begin anew</button>
            </span>
          </div>
        )}
        {theirs && (
          <div className="banner warn" role="alert">
            <span><b>Somebody else changed this webhook <Time at={theirs.webhook.updated_at} />.</b> {theirWords(was, theirs.webhook)}</span>
            <span className="deeds">
              <button type="button" className="btn" onClick={showTheirs}>Show theirs</button>
              <button type="button" className="btn" onClick={keepMine}>Keep mine</button>
            </span>
          </div>
        )}
        {trouble && <div className="banner bad" role="alert"><span><b>{trouble.title}</b> <bdi>{trouble.detail}</bdi></span></div>}
        <div className="form">
          <div className="min-w-0">
            <Where />
            <Events trial={trial} warnings={trial?.warnings ?? []} paths={pathsOf(rendered.preview?.event)} />
            <Retries />
            <section className="form-part" aria-label="How it is sent">
              <Warnings of={(rendered.preview?.warnings ?? []).filter((warning) => !OF_EVENTS.test(warning.pointer))} />
              <div>
                <BodyFold />
                <SigningFold id={start.id} />
                <RateFold />
                <HeadersFold />
                {!isPortal && <LimitsFold />}
                <NotesFold />
              </div>
            </section>
            {/* On a phone the one on top is far away by now. */}
            <button type="submit" className="btn main w-full phone:hidden" disabled={isBusy}>{word}</button>
          </div>
          <aside aria-label="Preview">
            {!isPortal && <TrialPanel trial={trial} error={trialError} event={sample.event_id ?? null} onChoose={setEvent} />}
            {!(isPortal && rendered.error) && <MessagePanel preview={rendered.preview} error={rendered.error} platform={platform} />}
          </aside>
        </div>
      </form>
      <Ask open={leaving.status === "blocked"} onClose={() => leaving.reset?.()} title="Leave this form?" keep="Stay" deed="Leave" onDeed={() => leaving.proceed?.()}>
        <p>It is not saved. What you typed is kept here for a day, without credentials.</p>
      </Ask>
    </FormContext.Provider>
  );
}

/** Whether a warning is about which events it gets; these are shown there. */
const OF_EVENTS = /^(\/webhook)?\/(filter|event_types|assets)/;

function theirWords(was: Draft, webhook: Webhook): string {
  const names = differing(was, draftOf(webhook as never));
  return names.length === 0 ? "Nothing that stands here is other than it was." : `What is other now: ${names.join(", ")}.`;
}

/** Drafts lie in a browser that several may use, one after the other: each finds their own. */
function whoseDrafts({ tenant, session }: ReturnType<typeof useScope>): string {
  return `${isPortal ? "portal:" : ""}${tenant ?? session.tenant ?? ""}`;
}

/** A webhook with the name of its version. */
export async function readWebhook(api: ReturnType<typeof useScope>["api"], id: string, signal?: AbortSignal): Promise<{ webhook: Webhook; etag: string | null }> {
  const answer = await api.GET("/api/v1/webhooks/{id}", { signal, params: { path: { id } } });
  const webhook = await got(Promise.resolve(answer));
  return { webhook: webhook as Webhook, etag: answer.response.headers.get("etag") };
}
