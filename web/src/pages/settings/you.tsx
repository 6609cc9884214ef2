import { choose, useYou, type You as Chosen } from "@/lib/you";
import { Segments } from "@/ui/segments";

type Options<K extends keyof Chosen> = { value: Chosen[K] & string; label: string }[];

const ZONES: Options<"zone"> = [{ value: "local", label: "Local" }, { value: "utc", label: "UTC" }];
const DENSITIES: Options<"density"> = [{ value: "compact", label: "Compact" }, { value: "roomy", label: "Roomy" }];
const THEMES: Options<"theme"> = [{ value: "auto", label: "As the system" }, { value: "light", label: "Light" }, { value: "dark", label: "Dark" }];

/** How things look, kept in this browser. */
export function You() {
  const you = useYou();
  const local = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <>
      <p className="text-ink-2 mb-3">Kept in this browser only.</p>
      <dl className="choices panel">
        <dt>Time zone</dt>
        <dd>
          <Segments label="Time zone" value={you.zone} options={ZONES.map((zone) => (zone.value === "local" ? { ...zone, label: `Local (${local})` } : zone))} onChange={(zone) => choose({ zone: zone as Chosen["zone"] })} />
        </dd>
        <dt>Rows</dt>
        <dd>
          <Segments label="Rows" value={you.density} options={DENSITIES} onChange={(density) => choose({ density: density as Chosen["density"] })} />
        </dd>
        <dt>Theme</dt>
        <dd>
          <Segments label="Theme" value={you.theme} options={THEMES} onChange={(theme) => choose({ theme: theme as Chosen["theme"] })} />
        </dd>
        <dt>Shortcuts</dt>
        <dd>
          <label className="flex min-h-6 items-center gap-2">
            <input type="checkbox" checked={you.keys} onChange={(event) => choose({ keys: event.target.checked })} />
            Keys do something. <span className="text-ink-3">? lists those of a page.</span>
          </label>
        </dd>
      </dl>
    </>
  );
}
