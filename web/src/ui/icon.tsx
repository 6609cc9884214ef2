/** The icons of states: outline for "nothing to do", filled triangle and octagon for "look here". All other icons are lucide's. */
import type { ReactNode, SVGProps } from "react";
import type { State, StatusIcon } from "@/words/status";

const DRAWN: Record<StatusIcon, ReactNode> = {
  delivered: (
    <>
      <circle cx="8" cy="8" r="6.1" stroke="currentColor" strokeWidth="1.5" />
      <path d="M5.4 8.3l1.8 1.8 3.4-3.8" stroke="currentColor" strokeWidth="1.6" />
    </>
  ),
  pending: <circle cx="8" cy="8" r="6" stroke="currentColor" strokeWidth="1.7" strokeDasharray="2.2 2.5" />,
  retrying: <path d="M13.4 8.6A5.5 5.5 0 1 1 11.9 4.1l1.5 1.5M13.6 2.3v3.4h-3.4" stroke="currentColor" strokeWidth="1.8" />,
  failed: (
    <>
      <path d="M5.2 1.2h5.6l4 4v5.6l-4 4H5.2l-4-4V5.2z" fill="currentColor" />
      <path d="M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6" stroke="var(--surface)" strokeWidth="1.7" />
    </>
  ),
  degraded: (
    <>
      <path d="M6.9 2.1a1.3 1.3 0 0 1 2.2 0l5.6 10a1.3 1.3 0 0 1-1.1 1.9H2.4a1.3 1.3 0 0 1-1.1-1.9z" fill="currentColor" />
      <path d="M8 6v3.3M8 11.7v.1" stroke="var(--surface)" strokeWidth="1.7" />
    </>
  ),
  cancelled: (
    <>
      <circle cx="8" cy="8" r="6" stroke="currentColor" strokeWidth="1.7" />
      <path d="M4 12l8-8" stroke="currentColor" strokeWidth="1.7" />
    </>
  ),
  held: (
    <>
      <circle cx="8" cy="8" r="6.1" stroke="currentColor" strokeWidth="1.5" />
      <path d="M6.4 5.9v4.2M9.6 5.9v4.2" stroke="currentColor" strokeWidth="1.7" />
    </>
  ),
  "asked-to-wait": <path d="M4 2h8M4 14h8M5 2v2.5L8 8l3-3.5V2M5 14v-2.5L8 8l3 3.5V14" stroke="currentColor" strokeWidth="1.5" />,
  dash: <path d="M4.5 8h7" stroke="currentColor" strokeWidth="1.7" />,
};

export function StateIcon({ icon, state, className = "", ...rest }: { icon: StatusIcon; state?: State } & Omit<SVGProps<SVGSVGElement>, "ref">) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true" className={`state-icon ${state ?? ""} ${className}`} {...rest}>
      {DRAWN[icon]}
    </svg>
  );
}

/** The mark: a lane that turns into a hook. */
export function Mark() {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round">
      <path d="M2 4.5h10.5a4.5 4.5 0 0 1 0 9H10M2 10h6.5M2 15.5h3" />
      <circle cx="9.4" cy="13.5" r="1.7" fill="currentColor" stroke="none" />
    </svg>
  );
}

/** What stands at the ends of a rail. */
export function EndIcon({ of }: { of: "accepted" | "given-up" }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true" className="node text-ink-3" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
      {of === "accepted" ? <circle cx="8" cy="8" r="4" /> : <path d="M4 14V2.5h8l-2 3 2 3H4" />}
    </svg>
  );
}
