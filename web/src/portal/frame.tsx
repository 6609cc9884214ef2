/** The frame of the portal: whose it is, three tabs, and how long one may still be here. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { offlineSince } from "@/api/client";
import { ScopeContext, scopeOf, useScope } from "@/api/scope";
import { ended, resume, signOut, standing, type Session } from "@/api/session";
import { theme, type Theme } from "@/api/theme";
import { now, useTicking } from "@/lib/clock";
import { PORTAL } from "@/lib/place";
import { useStore } from "@/lib/store";
import { useDeed } from "@/shell/deeds";
import { dress } from "@/ui/dress";
import { Link } from "@/ui/link";
import { useLate } from "@/ui/loading";
import { OVER, timeLeft } from "@/words/portal";
import { initial } from "@/words/theme";
import { tell } from "./embed";
import { title } from "./page";
import { isBare, isFramed } from "./start";

const TABS = [
  { to: "/", at: /^\/portal(\/webhooks.*)?\/?$/, label: "Webhooks" },
  { to: "/deliveries", at: /^\/portal\/deliveries/, label: "Deliveries" },
  { to: "/events", at: /^\/portal\/events/, label: "Events" },
];

export function Frame() {
  const state = useStore(standing);
  const last = useRef<Session | null>(null);
  if (state.phase === "in") last.current = state.session;
  if (state.phase === "out" && !state.again) last.current = null;
  const session = last.current;
  const scope = useMemo(() => (session ? scopeOf(session, undefined) : null), [session]);
  if (state.phase === "unreachable") return <Unreachable />;
  if (!scope) return state.phase === "asking" ? null : <Closed isLinkUsed={state.phase === "out" && state.isLinkUsed === true} />;
  return (
    <ScopeContext.Provider value={scope}>
      <Inside isOver={state.phase === "out"} />
    </ScopeContext.Provider>
  );
}

function Inside({ isOver }: { isOver: boolean }) {
  const scope = useScope();
  const asked = useQuery(theme(scope));
  const of = asked.data;
  const isKnown = of !== undefined || asked.error !== null;
  useLayoutEffect(() => {
    if (of) dress(document.documentElement, of);
  }, [of]);
  useTitle(of?.name ?? "");
  useEnd(scope.session);
  // Nothing is seen before its colours are known: it would flash in others. What it shows is asked for meanwhile.
  return (
    <div className={isKnown ? undefined : "invisible"}>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      {!isBare && <TitleRow of={of} />}
      <div className="column">
        <Tabs />
        {isOver && <Over />}
        <Offline />
        <main id="main">
          <Outlet />
        </main>
        <Foot />
      </div>
    </div>
  );
}

function TitleRow({ of }: { of: Theme | undefined }) {
  const name = of?.name ?? "";
  if (!name && !of?.logo) return null;
  return (
    <header className="portal-title">
      <div className="column">
        {of?.logo ? <img className="logo" src={of.logo} alt="" /> : <span className="logo" aria-hidden="true">{initial(name)}</span>}
        <b className="cut">
          <bdi>{name}</bdi>
        </b>
      </div>
    </header>
  );
}

function Tabs() {
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const at = pathname.startsWith(PORTAL) ? pathname : PORTAL + pathname;
  return (
    <nav className="tabs" aria-label="Pages">
      {TABS.map((tab) => {
        const isHere = tab.at.test(at);
        return (
          <Link key={tab.to} to={tab.to} keepsRange={false} aria-current={isHere ? "page" : undefined} data-active={isHere ? "" : undefined}>
            {tab.label}
          </Link>
        );
      })}
    </nav>
  );
}

function useTitle(name: string): void {
  const page = useStore(title);
  useEffect(() => {
    document.title = [page, name].filter(Boolean).join(" · ") || "Webhooks";
  }, [page, name]);
}

/** Its end comes also where nobody asks for anything. */
function useEnd({ expiresAt }: Session): void {
  useEffect(() => {
    if (expiresAt === null) return;
    const left = expiresAt - now();
    // A timer cannot wait for longer than 24 days; who stays so long asks for something meanwhile.
    const timer = left < 2_000_000_000 ? setTimeout(ended, Math.max(0, left)) : undefined;
    return () => clearTimeout(timer);
  }, [expiresAt]);
}

function Over() {
  return (
    <div className="banner warn" role="alert">
      <span>
        <b>{OVER}</b> {isFramed ? "What you typed is kept." : "Go back and open the portal again; what you typed is kept."}
      </span>
      {isFramed && (
        <span className="deeds">
          <GoOn />
        </span>
      )}
    </div>
  );
}

/** The page around this one has a new link. */
function GoOn() {
  return (
    <button type="button" className="btn" onClick={() => tell({ type: "lanehook:expired" })}>
      Go on
    </button>
  );
}

function Foot() {
  const { session } = useScope();
  const deed = useDeed();
  const words = useTicking((at) => timeLeft(session.expiresAt, at, session.portal?.manage ?? false));
  return (
    <footer>
      {words}{" "}
      {!isFramed && (
        <button type="button" className="link" onClick={() => void deed(signOut)}>
          Leave now
        </button>
      )}
    </footer>
  );
}

/** Nobody is signed in: the link was used, or there was none. */
function Closed({ isLinkUsed }: { isLinkUsed: boolean }) {
  return (
    <main className="column">
      <div className="closed">
        <h1>{isLinkUsed ? "This link was used or is too old." : "There is no way in from here."}</h1>
        {isFramed ? <GoOn /> : <p className="text-ink-2">{isLinkUsed ? "Go back and open it again." : "Go back to the page that you came from, and open the portal there."}</p>}
      </div>
    </main>
  );
}

function Offline() {
  const since = useStore(offlineSince);
  const client = useQueryClient();
  useEffect(() => {
    if (since === null) return;
    const timer = setInterval(() => void client.refetchQueries({ type: "active" }), 5_000);
    return () => clearInterval(timer);
  }, [since, client]);
  return since === null ? null : (
    <div className="banner warn" role="status">
      No connection. What you see is from before; it is tried again every 5 s.
    </div>
  );
}

function Unreachable() {
  useEffect(() => {
    const timer = setInterval(() => void resume(), 3_000);
    return () => clearInterval(timer);
  }, []);
  return useLate(500) ? <p className="p-8">The server does not answer. Trying again every 3 s.</p> : null;
}

export function Nowhere() {
  return (
    <div className="closed">
      <h1>There is nothing at this address.</h1>
      <p>
        <Link className="btn" to="/">
          Webhooks
        </Link>
      </p>
    </div>
  );
}

/** A page that broke. The frame stays. */
export function Broken({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <div className="closed">
      <h1>This page broke.</h1>
      <p className="text-ink-2">
        <bdi>{error instanceof Error ? error.message : String(error)}</bdi>
      </p>
      <p>
        <button type="button" className="btn" onClick={() => reset()}>
          Try again
        </button>
      </p>
    </div>
  );
}
