import { Bell, ChartColumn, FileText, FlaskConical, ListTree, RotateCcw, Server, SlidersHorizontal, Zap, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

const LUCIDE: Record<string, LucideIcon> = {
  events: Zap,
  types: FileText,
  recover: RotateCcw,
  playground: FlaskConical,
  alerts: Bell,
  reports: ChartColumn,
  audit: ListTree,
  cluster: Server,
  settings: SlidersHorizontal,
};

/** The three first have pictures of our own: lanes, a hook, and what passes a gate. */
const OWN: Record<string, ReactNode> = {
  overview: <path d="M2 4h7M2 8h12M2 12h4M12 4h2M9 12h5" />,
  webhooks: (
    <>
      <path d="M3 3.5h6a3.5 3.5 0 0 1 0 7H7.5M3 3.5v9" />
      <circle cx="6" cy="10.5" r="1.4" />
    </>
  ),
  deliveries: <path d="M2.5 8h9M8.5 4.5L12 8l-3.5 3.5M14 3.5v9" />,
};

export function NavIcon({ of }: { of: string }) {
  const Icon = LUCIDE[of];
  if (Icon) return <Icon className="icon" strokeWidth={1.6} aria-hidden />;
  return (
    <svg viewBox="0 0 16 16" className="icon" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      {OWN[of]}
    </svg>
  );
}
