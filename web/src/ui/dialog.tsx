/** Dialogs name the effect, their buttons the deed. */
import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";

/** Something to fill in or to read beside the page. */
export function Dialog({ open, onClose, title, children, deeds, isWide = false }: { open: boolean; onClose: () => void; title: ReactNode; children: ReactNode; deeds?: ReactNode; isWide?: boolean }) {
  return (
    <Base.Root open={open} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup className={isWide ? "dialog wide" : "dialog"}>
          <Base.Title>{title}</Base.Title>
          <div className="mt-2">{children}</div>
          {deeds && <div className="deeds">{deeds}</div>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** Asks before what cannot be undone. `deed` says what the button does, with its number: "Delete and cancel 1,284". */
export function Ask({ open, onClose, title, children, keep = "Not now", deed, onDeed, isBusy = false }: { open: boolean; onClose: () => void; title: ReactNode; children: ReactNode; keep?: string; deed: string; onDeed: () => void; isBusy?: boolean }) {
  return (
    <AlertDialog.Root open={open} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title>{title}</AlertDialog.Title>
          <AlertDialog.Description render={<div className="text-ink-2 mt-2 grid gap-2" />}>{children}</AlertDialog.Description>
          <div className="deeds">
            <AlertDialog.Close className="btn">{keep}</AlertDialog.Close>
            <button type="button" className="btn main" disabled={isBusy} onClick={onDeed}>
              {deed}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
