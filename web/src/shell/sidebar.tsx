import { useQuery } from "@tanstack/react-query";
import { useRouterState } from "@tanstack/react-router";
import { failedCount, overview, tenants } from "@/api/queries";
import { signOut } from "@/api/session";
import { useScope } from "@/api/scope";
import { useTicking } from "@/lib/clock";
import { choose, useYou, useZone } from "@/lib/you";
import { navigation, isAt } from "@/routes";
import { Mark, StateIcon } from "@/ui/icon";
import { keyName } from "@/ui/keys";
import { Link, useSearch } from "@/ui/link";
import { Choice, Menu } from "@/ui/menu";
import * as format from "@/words/format";
import { NavIcon } from "./nav-icons";
import { PAGES } from "./pages";

export function Sidebar() {
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  return (
    <div className="side" role="navigation" aria-label="lanehook">
      <Link to="/" keepsRange={false} className="brand">
        <Mark />
        lanehook
      </Link>
      <TenantSwitch />
      <nav aria-label="Pages" className="grid gap-px">
        {navigation(PAGES).map(({ section, entries }) => (
          <div key={section} className="contents">
            {section && <h2>{section}</h2>}
            {entries.map((route) => (
              <Link key={route.path} to={route.path} keepsRange={false} aria-current={isAt(route, pathname) ? "page" : undefined} data-tip={route.nav?.key ? `${keyName("g")} ${route.nav.key}` : undefined}>
                <NavIcon of={route.nav?.icon ?? ""} />
                {route.nav?.label}
                <Badge page={route.page} />
              </Link>
            ))}
          </div>
        ))}
      </nav>
      <Foot />
    </div>
  );
}

function Badge({ page }: { page: string }) {
  const scope = useScope();
  const { data: all } = useQuery({ ...overview(scope), enabled: page === "webhooks" });
  const { data: failed } = useQuery({ ...failedCount(scope), enabled: page === "recover" && scope.tenant !== "*" });
  if (page === "webhooks" && all && all.webhooks.failing > 0) {
    return (
      <span className="badge bad" aria-label={`${all.webhooks.failing} failing`}>
        <StateIcon icon="failed" />
        {format.count(all.webhooks.failing)}
      </span>
    );
  }
  if (page === "recover" && failed && failed.count > 0) return <span className="badge">{format.cappedCount(failed.count, failed.isCapped)}</span>;
  return null;
}

/** Appears when there is a second tenant. */
export function TenantSwitch() {
  const scope = useScope();
  const [, setSearch] = useSearch();
  const { data } = useQuery(tenants(scope));
  if (scope.session.tenant !== null || !data || data.data.length < 2) return null;
  const options = [{ value: "*", label: "All tenants" }, ...data.data.map((tenant) => ({ value: tenant.id, label: tenant.name || tenant.id }))];
  return <Choice label="Tenant" className="scope" value={scope.tenant ?? "default"} options={options} onChange={(tenant) => setSearch({ tenant: tenant === "default" ? undefined : tenant }, { push: true })} />;
}

function Foot() {
  const { session } = useScope();
  const zone = useZone();
  const { zone: chosen } = useYou();
  const time = useTicking((now) => `${format.day(now, zone)}, ${format.clockSeconds(now, zone)} ${format.zoneName(now, zone)}`);
  const who = `${session.name ?? "API key"} · ${session.tenant ?? "operator"}`;
  return (
    <div className="foot">
      <button type="button" data-tip="Local or UTC  (u)" onClick={() => choose({ zone: chosen === "utc" ? "local" : "utc" })}>
        {time}
      </button>
      <Menu label={who} className="cut max-w-full" button={<bdi>{who}</bdi>} entries={[{ label: "Sign out", run: () => void signOut() }]} />
    </div>
  );
}
