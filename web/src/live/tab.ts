/** What this page listens to. Nothing is wanted while it is hidden or paused; what comes is handed on once a frame at most. */
import { Store } from "@/lib/store";
import { Hub, type Said, type Wanted } from "./hub";
import { wants, type Happening, type Interest } from "./interest";
import type { StreamPhase } from "./stream";

export type Phase = StreamPhase | { name: "paused"; since: number };

interface Part {
  interest: Interest;
  told: (happenings: Happening[]) => void;
  again?: () => void;
}

/** While frames are slow more than this is not kept; who shows it reads again. */
const MOST_WAITING = 5_000;

export interface TabSurroundings {
  /** Opens the way to the hub; returns how to say what is wanted. */
  connect: (hear: (said: Said) => void) => (wanted: Wanted) => void;
  frame: (run: () => void) => void;
  now: () => number;
}

export class LiveTab {
  readonly phase = new Store<Phase>({ name: "off" });
  #parts = new Set<Part>();
  #tenant: string | null = null;
  #isHidden = false;
  #isPaused = false;
  #want: ((wanted: Wanted) => void) | null = null;
  #last = "";
  #waiting: Happening[] = [];
  #isFramed = false;

  constructor(readonly around: TabSurroundings) {}

  listen(part: Part): () => void {
    this.#parts.add(part);
    this.#settle();
    return () => {
      this.#parts.delete(part);
      this.#settle();
    };
  }

  /** Whose things are watched. */
  of(tenant: string | null): void {
    this.#tenant = tenant;
    this.#settle();
  }

  pause(): void {
    this.#isPaused = true;
    this.#settle();
    this.phase.set({ name: "paused", since: this.around.now() });
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.phase.set({ name: "connecting" });
    this.#settle();
    this.#again();
  }

  hide(isHidden: boolean): void {
    if (isHidden === this.#isHidden) return;
    this.#isHidden = isHidden;
    this.#settle();
    // Back: one reading of all that is shown, then live.
    if (!isHidden && !this.#isPaused) this.#again();
  }

  #settle(): void {
    const interests = this.#isHidden || this.#isPaused ? [] : [...this.#parts].map((part) => part.interest);
    const wanted: Wanted = { tenant: this.#tenant, interests };
    const text = JSON.stringify(wanted);
    if (text === this.#last || (!this.#want && interests.length === 0)) return;
    this.#last = text;
    this.#want ??= this.around.connect((said) => this.#hear(said));
    this.#want(wanted);
  }

  #hear(said: Said): void {
    if ("phase" in said) {
      if (!this.#isPaused) this.phase.set(said.phase);
      return;
    }
    if ("again" in said) return this.#again();
    if (this.#waiting.length + said.told.length > MOST_WAITING) {
      this.#waiting = [];
      this.#again();
    }
    this.#waiting.push(...said.told);
    if (this.#isFramed) return;
    this.#isFramed = true;
    this.around.frame(() => this.#handOn());
  }

  #handOn(): void {
    this.#isFramed = false;
    const happenings = this.#waiting;
    this.#waiting = [];
    if (this.#isPaused) return;
    for (const part of [...this.#parts]) {
      const wanted = happenings.filter((happening) => wants(part.interest, happening));
      if (wanted.length > 0) part.told(wanted);
    }
  }

  #again(): void {
    for (const part of [...this.#parts]) part.again?.();
  }
}

const STILL_HERE = 30_000;

/** Through the worker that all tabs share, where there are such; else by a stream of this page. */
export const browser: TabSurroundings = {
  connect: (hear) => {
    if (typeof SharedWorker === "undefined") return alone(hear);
    const worker = new SharedWorker(new URL("./worker.ts", import.meta.url), { type: "module", name: "lanehook-live" });
    const { port } = worker;
    let own: ((wanted: Wanted) => void) | null = null;
    let last: Wanted | null = null;
    // Where workers are not permitted, it is as if there were none.
    worker.onerror = () => {
      own = alone(hear);
      if (last) own(last);
    };
    port.onmessage = ({ data }: MessageEvent<Said>) => hear(data);
    setInterval(() => !document.hidden && port.postMessage("here"), STILL_HERE);
    addEventListener("pagehide", () => port.postMessage("bye"));
    addEventListener("pageshow", (event) => event.persisted && last && port.postMessage(last));
    return (wanted) => {
      last = wanted;
      if (own) own(wanted);
      else port.postMessage(wanted);
    };
  },
  frame: (run) => void requestAnimationFrame(run),
  now: () => Date.now(),
};

function alone(hear: (said: Said) => void): (wanted: Wanted) => void {
  const hub = new Hub();
  const page = { say: hear };
  return (wanted) => hub.want(page, wanted);
}
