import { Menu as Base } from "@base-ui/react/menu";
import type { ReactNode } from "react";

export interface MenuEntry {
  label: string;
  icon?: ReactNode;
  /** The key that does the same. */
  hint?: string;
  isOff?: boolean;
  run: () => void;
}

/** A button with a menu. A null stands for a line between entries. */
export function Menu({ label, button, className = "btn", entries }: { label: string; button: ReactNode; className?: string; entries: (MenuEntry | null)[] }) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger className={className} aria-label={label}>
        {button}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className="positioner" align="end" sideOffset={6}>
          <Base.Popup className="popup menu">
            {entries.map((entry, at) =>
              entry === null ? (
                <Base.Separator key={at} className="menu-line" />
              ) : (
                <Base.Item key={entry.label} className="menu-item" disabled={entry.isOff} onClick={entry.run}>
                  {entry.icon}
                  {entry.label}
                  {entry.hint && <kbd>{entry.hint}</kbd>}
                </Base.Item>
              ),
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/** One of several, from a button that says which. */
export function Choice<T extends string>({ label, value, options, onChange, className = "btn" }: { label: string; value: T; options: { value: T; label: string }[]; onChange: (value: T) => void; className?: string }) {
  const chosen = options.find((option) => option.value === value);
  return (
    <Base.Root modal={false}>
      <Base.Trigger className={className} aria-label={`${label}: ${chosen?.label ?? value}`}>
        {chosen?.label ?? value}
        <Down />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className="positioner" align="start" sideOffset={6}>
          <Base.Popup className="popup menu">
            <Base.RadioGroup value={value} onValueChange={(next) => onChange(next as T)}>
              {options.map((option) => (
                <Base.RadioItem key={option.value} value={option.value} className="menu-item" closeOnClick>
                  <span className="w-4">
                    <Base.RadioItemIndicator>✓</Base.RadioItemIndicator>
                  </span>
                  <bdi>{option.label}</bdi>
                </Base.RadioItem>
              ))}
            </Base.RadioGroup>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

function Down() {
  return (
    <svg viewBox="0 0 16 16" className="icon text-ink-3 ml-auto" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" aria-hidden="true">
      <path d="M4.5 6.5L8 10l3.5-3.5" />
    </svg>
  );
}
