import { Popover as Base } from "@base-ui/react/popover";
import type { ReactNode } from "react";

/** A button that opens something small beside it; `title` says to screen readers what. */
export function Popover({ label, title, button, className = "btn", children }: { label?: string; title: string; button: ReactNode; className?: string; children: ReactNode }) {
  return (
    <Base.Root>
      <Base.Trigger className={className} aria-label={label}>
        {button}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className="positioner" align="start" sideOffset={6}>
          <Base.Popup className="popup note" aria-label={title}>{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export const PopoverClose = Base.Close;
