/** What every page of the portal begins with. */
import { ChevronLeft } from "lucide-react";
import { useEffect } from "react";
import { useScope } from "@/api/scope";
import { may } from "@/api/session";
import { Store } from "@/lib/store";
import { Link } from "@/ui/link";

/** What the tab is called, behind whose portal it is. */
export const title = new Store("");

export function usePage(name: string): void {
  useEffect(() => title.set(name), [name]);
}

/** The way up. */
export function Back({ to, children }: { to: string; children: string }) {
  return (
    <Link to={to} className="back">
      <ChevronLeft className="icon" aria-hidden />
      <bdi className="cut">{children}</bdi>
    </Link>
  );
}

/** What this link permits. */
export function useMay(): { change: boolean; retry: boolean; seeSecrets: boolean } {
  const { session } = useScope();
  return { change: may(session, "webhooks:write"), retry: may(session, "deliveries:write"), seeSecrets: may(session, "secrets") };
}
