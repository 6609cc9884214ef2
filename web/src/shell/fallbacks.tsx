import { Empty } from "@/ui/empty";
import { usePage } from "./page";

export function NotFound() {
  usePage({ crumbs: [{ label: "Nowhere" }] });
  return (
    <div className="view">
      <h1 className="sr-only">Nowhere</h1>
      <Empty title="There is nothing at this address." action={<a className="btn" href="/">Overview</a>} />
    </div>
  );
}

/** A page that broke. The frame stays. */
export function Failed({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <div className="view">
      <Empty
        title="This page broke."
        action={
          <>
            <button type="button" className="btn main" onClick={() => reset()}>
              Try again
            </button>
            <button type="button" className="btn" onClick={() => location.reload()}>
              Load everything again
            </button>
          </>
        }
      >
        <p>
          <bdi>{error instanceof Error ? error.message : String(error)}</bdi>
        </p>
      </Empty>
    </div>
  );
}
