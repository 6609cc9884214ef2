import { TenantSwitch } from "@/shell/sidebar";

/** Settings that each tenant has of its own, where all are looked at. */
export function OneTenantOnly({ what }: { what: string }) {
  return (
    <div className="grid max-w-[320px] gap-3">
      <p className="text-ink-2">{what} Choose one.</p>
      <TenantSwitch />
    </div>
  );
}
