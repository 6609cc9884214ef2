/** The frame around each page: who is signed in, whose things are shown, navigation, keys, and what is told live. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useRouterState } from "@tanstack/react-router";
import { MoreHorizontal, Search as SearchIcon } from "lucide-react";
import { lazy, Suspense, useEffect, useMemo, useRef } from "react";
import { offlineSince } from "@/api/client";
import { overview, tenants } from "@/api/queries";
import { ScopeContext, scopeOf, useScope } from "@/api/scope";
import { resume, standing } from "@/api/session";
import { useTicking } from "@/lib/clock";
import { one } from "@/lib/search";
import { useStore } from "@/lib/store";
import { choose, useYou, useZone } from "@/lib/you";
import { live, useLiveRefresh } from "@/live/hooks";
import { isAt, type PageRoute } from "@/routes";
import { Dialog } from "@/ui/dialog";
import { useKeys } from "@/ui/keys";
import { Link, searchOf, useGo } from "@/ui/link";
import { useLate } from "@/ui/loading";
import { Menu } from "@/ui/menu";
import { offlineWords } from "@/words/live";
import { titled } from "@/words/status";
import { NavIcon } from "./nav-icons";
import { pageWords, usePage } from "./page";
import { PAGES } from "./pages";
import { Sidebar } from "./sidebar";
import { SignInForm, SignInPage } from "./sign-in";
import { help, palette, toggleLive, Top } from "./top";

const Palette = lazy(() => import("./palette"));
const Help = lazy(() => import("./help"));

export function Frame() {
  const state = useStore(standing);
  const search = useRouterState({ select: searchOf });
  const wanted = one(search.tenant);
  const client = useQueryClient();
  const phase = state.phase;
  const wasOut = useRef(false);
  useEffect(() => {
    // What was refused meanwhile is asked for again.
    if (phase === "in" && wasOut.current) void client.invalidateQueries();
    wasOut.current = phase === "out";
  }, [phase, client]);
  // Whoever is signed out while something is half filled keeps it: the page stays, and the way back lies over it.
  const session = useLastSession();
  const scope = useMemo(() => (session ? scopeOf(session, wanted) : null), [session, wanted]);
  if (state.phase === "unreachable") return <Unreachable />;
  if (!scope || (state.phase === "out" && !state.again)) return state.phase === "asking" ? null : <SignInPage />;
  return (
    <ScopeContext.Provider value={scope}>
      <SignedIn />
      <Dialog open={state.phase === "out"} onClose={() => undefined} title="You were signed out">
        <p className="text-ink-2 mb-4">Sign in to go on; what you typed is kept.</p>
        <SignInForm />
      </Dialog>
    </ScopeContext.Provider>
  );
}

function useLastSession() {
  const state = useStore(standing);
  const kept = useMemo(() => ({ session: null as Extract<typeof state, { phase: "in" }>["session"] | null }), []);
  if (state.phase === "in") kept.session = state.session;
  if (state.phase === "out" && !state.again) kept.session = null;
  return kept.session;
}

function SignedIn() {
  const scope = useScope();
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const route = PAGES.findLast((page) => isAt(page, pathname));
  useFrameKeys();
  useTitle();
  useEffect(() => live.of(scope.tenant), [scope.tenant]);
  useVisibility();
  useLiveRefresh([[scope.tenant, "overview"]], { kinds: ["health"], isModest: true });
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Offline />
      <div className="app">
        <Sidebar />
        <main className="page" id="main">
          <Top />
          {scope.tenant === "*" && !route?.ofAll ? <OneTenant /> : <Outlet />}
        </main>
      </div>
      <BottomBar pathname={pathname} />
      <Suspense>
        <Lazily of={palette} render={() => <Palette />} />
        <Lazily of={help} render={() => <Help />} />
      </Suspense>
    </>
  );
}

/** What is opened seldom is loaded when it is opened for the first time, and stays. */
function Lazily({ of, render }: { of: typeof palette; render: () => React.ReactNode }) {
  const isOpen = useStore(of);
  const seen = useMemo(() => ({ once: false }), []);
  if (isOpen) seen.once = true;
  return seen.once ? render() : null;
}

function useFrameKeys(): void {
  const go = useGo();
  const { zone } = useYou();
  useKeys([
    { keys: "mod+k", label: "Search or jump to", isAlways: true, run: () => palette.set(!palette.get()) },
    { keys: "?", label: "These keys", run: () => help.set(true) },
    ...PAGES.filter((page) => page.nav?.key).map((page) => ({ keys: `g ${page.nav?.key}`, label: page.nav?.label, run: () => go(page.path) })),
    { keys: "u", label: "UTC or local time", run: () => choose({ zone: zone === "utc" ? "local" : "utc" }) },
    { keys: "l", label: "Live on or off", run: toggleLive },
  ]);
}

/** The title and the picture of the tab carry what fails. */
function useTitle(): void {
  const scope = useScope();
  const { crumbs } = useStore(pageWords);
  const { data } = useQuery(overview(scope));
  const failing = data?.webhooks.failing ?? 0;
  const page = crumbs.at(-1)?.label ?? "";
  useEffect(() => {
    document.title = titled(page, failing);
    document.querySelector<HTMLLinkElement>("link[rel=icon]")?.setAttribute("href", failing > 0 ? "/favicon-failing.svg" : "/favicon.svg");
  }, [page, failing]);
}

function useVisibility(): void {
  useEffect(() => {
    const change = () => live.hide(document.hidden);
    document.addEventListener("visibilitychange", change);
    return () => document.removeEventListener("visibilitychange", change);
  }, []);
}

function Offline() {
  const since = useStore(offlineSince);
  const zone = useZone();
  const client = useQueryClient();
  const left = useTicking((now) => (since === null ? 0 : 5 - (Math.floor((now - since) / 1000) % 5)));
  useEffect(() => {
    if (since === null) return;
    const timer = setInterval(() => void client.refetchQueries({ type: "active" }), 5_000);
    return () => clearInterval(timer);
  }, [since, client]);
  if (since === null) return null;
  return (
    <div className="offline" role="status">
      {offlineWords(since, left, zone)}
    </div>
  );
}

function Unreachable() {
  useEffect(() => {
    const timer = setInterval(() => void resume(), 3_000);
    return () => clearInterval(timer);
  }, []);
  const isShown = useLate(500);
  return isShown ? <p className="p-8">The server does not answer. Trying again every 3 s.</p> : null;
}

/** What belongs to one tenant, while all are chosen. */
function OneTenant() {
  usePage({ crumbs: [{ label: "Whose?" }] });
  const scope = useScope();
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const { data } = useQuery(tenants(scope));
  return (
    <div className="view grid gap-3">
      <h1>Whose?</h1>
      <p className="text-ink-2">This page is of one tenant.</p>
      <ul className="panel rows max-w-[480px]">
        {data?.data.map((tenant) => (
          <li key={tenant.id}>
            <Link className="link" to={`${pathname}?tenant=${encodeURIComponent(tenant.id)}`}>
              <bdi>{tenant.name || tenant.id}</bdi>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

const ON_BOTTOM = ["overview", "webhooks", "deliveries"];

function BottomBar({ pathname }: { pathname: string }) {
  const go = useGo();
  const of = (page: string): PageRoute | undefined => PAGES.find((route) => route.page === page);
  const rest = PAGES.filter((route) => route.nav && !ON_BOTTOM.includes(route.page));
  return (
    <nav className="bottom-bar" aria-label="Pages">
      {ON_BOTTOM.map((page) => {
        const route = of(page);
        return (
          route?.nav && (
            <Link key={page} to={route.path} keepsRange={false} aria-current={isAt(route, pathname) ? "page" : undefined}>
              <NavIcon of={route.nav.icon} />
              {route.nav.label}
            </Link>
          )
        );
      })}
      <button type="button" onClick={() => palette.set(true)}>
        <SearchIcon aria-hidden />
        Search
      </button>
      <Menu
        label="More pages"
        className=""
        button={
          <>
            <MoreHorizontal aria-hidden />
            More
          </>
        }
        entries={rest.map((route) => ({ label: route.nav?.label ?? "", icon: <NavIcon of={route.nav?.icon ?? ""} />, run: () => go(route.path) }))}
      />
    </nav>
  );
}
