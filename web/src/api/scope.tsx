/** Whose things a page shows, from the session and the URL; everything that asks the API takes it from here. */
import { createContext, useContext } from "react";
import { apiOf, type Api, type Tenant } from "./client";
import type { Session } from "./session";

export interface Scope {
  /** Null: the key's own tenant. `*`: all of them, for an operator. */
  tenant: Tenant;
  api: Api;
  session: Session;
}

export const ScopeContext = createContext<Scope | null>(null);

export function useScope(): Scope {
  const scope = useContext(ScopeContext);
  if (!scope) throw new Error("nobody is signed in here");
  return scope;
}

/** An operator's key names the tenant in each request; a tenant's key is of one. */
export function scopeOf(session: Session, wanted: string | undefined): Scope {
  const tenant = session.tenant === null ? (wanted ?? "default") : null;
  return { tenant, api: apiOf(tenant), session };
}
