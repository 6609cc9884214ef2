import type { ReactNode } from "react";

/** Nothing is here, why, and what to do. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="grid max-w-[68ch] gap-2 py-8">
      <h2 className="text-lg">{title}</h2>
      {children && <div className="text-ink-2 grid gap-3">{children}</div>}
      {action && <div className="mt-2 flex flex-wrap gap-2">{action}</div>}
    </div>
  );
}
