import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ChangeEvent } from "react";
import { got } from "@/api/client";
import { Refusal } from "@/api/problem";
import { useScope } from "@/api/scope";
import { may } from "@/api/session";
import { theme, type Theme } from "@/api/theme";
import { Field, TextField } from "@/ui/field";
import { Loaded, Skeleton, Trouble } from "@/ui/loading";
import { Segments } from "@/ui/segments";
import { toast } from "@/ui/toast";
import { faultOf } from "@/words/faults";
import { LONGEST_LOGO, logoFault } from "@/words/theme";
import { OneTenantOnly } from "./one-tenant";
import { PortalLinks } from "./portal-links";
import { PortalPreview } from "./portal-preview";

type Draft = Pick<Theme, "accent" | "logo" | "mode" | "radius" | "name">;

/** How a tenant's portal looks, and links that open it. */
export function Portal() {
  const scope = useScope();
  if (scope.tenant === "*") return <OneTenantOnly what="Each tenant's portal looks its own way." />;
  return <Read key={scope.tenant} />;
}

function Read() {
  const scope = useScope();
  const asked = useQuery(theme(scope));
  return (
    <Loaded of={asked} what="The theme" skeleton={<Skeleton rows={6} height={44} />}>
      {(data) => (
        <div className="grid gap-8">
          <Form key={data.updated_at ?? "none"} of={data} />
          {may(scope.session, "keys") && <PortalLinks />}
        </div>
      )}
    </Loaded>
  );
}

function Form({ of }: { of: Theme }) {
  const scope = useScope();
  const client = useQueryClient();
  const [was] = useState<Draft>(() => ({ accent: of.accent ?? null, logo: of.logo ?? null, mode: of.mode, radius: of.radius ?? null, name: of.name }));
  const [draft, setDraft] = useState(was);
  const [logoTrouble, setLogoTrouble] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const canChange = may(scope.session, "tenants");
  const isChanged = JSON.stringify(draft) !== JSON.stringify(was);
  const faults = refusal instanceof Refusal ? (refusal.problem.errors ?? []) : [];
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const deed = async (run: () => Promise<Theme>, said: string) => {
    setIsBusy(true);
    setRefusal(null);
    try {
      client.setQueryData(theme(scope).queryKey, await run());
      toast({ text: said });
    } catch (error) {
      setRefusal(error);
    }
    setIsBusy(false);
  };
  const save = () => deed(() => got(scope.api.PUT("/api/v1/theme", { body: draft })), "Saved. The portal looks so from its next opening on.");
  const forget = () =>
    deed(async () => {
      await got(scope.api.DELETE("/api/v1/theme"));
      return got(scope.api.GET("/api/v1/theme"));
    }, "The portal looks as lanehook has it.");
  const chooseLogo = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (!file) return;
    const logo = await dataUrl(file);
    const fault = logoFault(file.type, logo.length);
    setLogoTrouble(fault);
    if (!fault) set({ logo });
  };
  return (
    <div className="theme-form">
      <form
        className="grid content-start gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <h2>How it looks</h2>
        {!canChange && <p className="text-ink-2">It is set with a key that may manage tenants.</p>}
        {refusal && faults.length === 0 ? <Trouble error={refusal} what="The theme" /> : null}
        <TextField label="Name" help="Whose portal it is, for its readers." maxLength={100} disabled={!canChange} fault={faultOf(faults, "/name")} value={draft.name} onChange={(event) => set({ name: event.target.value })} />
        <Field label="Accent" help="Its hue is kept; how light it is follows from what is read on it." fault={faultOf(faults, "/accent")}>
          {(given) => (
            <div className="flex gap-2">
              <input type="color" className="input swatch" aria-label="Choose the accent" disabled={!canChange} value={/^#[0-9a-f]{6}$/i.test(draft.accent ?? "") ? (draft.accent ?? "") : "#2f3a44"} onChange={(event) => set({ accent: event.target.value })} />
              <input {...given} className="input mono" placeholder="#2456d6" maxLength={7} spellCheck={false} disabled={!canChange} value={draft.accent ?? ""} onChange={(event) => set({ accent: event.target.value.trim() || null })} />
            </div>
          )}
        </Field>
        <Field label="Logo" help={`A PNG, JPEG or WebP image of at most ${Math.floor((LONGEST_LOGO * 3) / 4 / 1024)} KiB. Without one the name's first letter stands there.`} fault={logoTrouble ?? faultOf(faults, "/logo")}>
          {(given) => (
            <div className="flex flex-wrap items-center gap-3">
              <input {...given} type="file" accept="image/png,image/jpeg,image/webp" disabled={!canChange} onChange={(event) => void chooseLogo(event)} />
              {draft.logo && (
                <button type="button" className="btn small" disabled={!canChange} onClick={() => set({ logo: null })}>
                  Remove it
                </button>
              )}
            </div>
          )}
        </Field>
        <Field label="Light or dark">{() => <div><Segments label="Light or dark" value={draft.mode} onChange={(mode) => canChange && set({ mode })} options={[{ value: "auto", label: "As the reader's system" }, { value: "light", label: "Light" }, { value: "dark", label: "Dark" }]} /></div>}</Field>
        <Field label={`Corners: ${draft.radius ?? 8} px`} fault={faultOf(faults, "/radius")}>
          {(given) => <input {...given} type="range" min={0} max={12} step={1} disabled={!canChange} value={draft.radius ?? 8} onChange={(event) => set({ radius: Number(event.target.value) })} />}
        </Field>
        {canChange && (
          <div className="flex flex-wrap gap-2">
            <button type="submit" className="btn main" disabled={isBusy || !isChanged}>
              {isBusy ? "Saving" : "Save"}
            </button>
            {of.updated_at && (
              <button type="button" className="btn" disabled={isBusy} onClick={() => void forget()}>
                As lanehook has it
              </button>
            )}
          </div>
        )}
      </form>
      <PortalPreview of={draft} />
    </div>
  );
}

function dataUrl(file: File): Promise<string> {
  return new Promise((found, failed) => {
    const reader = new FileReader();
    reader.onload = () => found(String(reader.result));
    reader.onerror = () => failed(reader.error ?? new Error("the file cannot be read"));
    reader.readAsDataURL(file);
  });
}
