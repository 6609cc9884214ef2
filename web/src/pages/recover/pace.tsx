import { useState } from "react";
import type { Schemas } from "@/api/client";
import { Field } from "@/ui/field";
import { paceWords } from "@/words/recover";

type Rate = Schemas["RateLimit"];
const PACES: Record<string, Rate> = { "60/minute": { limit: 60, per: "minute" }, "600/minute": { limit: 600, per: "minute" }, "50/second": { limit: 50, per: "second" }, "500/second": { limit: 500, per: "second" } };

export function usePace() {
  return useState<Rate | undefined>(undefined);
}

/** How fast many go out. */
export function Pace({ value, onChange, fault }: { value: Rate | undefined; onChange: (value: Rate | undefined) => void; fault?: string }) {
  const chosen = Object.keys(PACES).find((name) => PACES[name]?.limit === value?.limit && PACES[name]?.per === value?.per) ?? "";
  return (
    <Field label="Pace" fault={fault}>
      {(given) => (
        <select {...given} className="input" value={chosen} onChange={(event) => onChange(PACES[event.target.value])}>
          <option value="">As fast as it goes</option>
          {Object.entries(PACES).map(([name, rate]) => (
            <option key={name} value={name}>
              {paceWords(rate)}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
