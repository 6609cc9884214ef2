/**
 * The one stream of this page: opened for what its parts want, taken up where it was, closed while nobody looks. What comes is handed on once
 * a frame at most. Where streams are cut off, everything is read again every ten seconds instead.
 */
import { Store } from "@/lib/store";
import { united, wants, type Happening, type Interest } from "./interest";
import { EventParser } from "./parse";

export type Phase =
  | { name: "off" }
  | { name: "connecting" }
  | { name: "live" }
  | { name: "paused"; since: number }
  | { name: "polling" };

interface Listener {
  interest: Interest;
  told: (happenings: Happening[]) => void;
  /** Something may have been missed: read again what is shown. */
  again?: () => void;
}

const POLL = 10_000;
/** A stream that ends sooner was cut off by something on the way. */
const TOO_SHORT = 5_000;
const CUTS_BEFORE_POLLING = 3;
const LONGEST_WAIT = 30_000;
/** While frames are slow more than this is not kept; who shows it reads again. */
const MOST_WAITING = 5_000;

export interface Surroundings {
  fetch: typeof fetch;
  now: () => number;
  later: (run: () => void, ms: number) => () => void;
  frame: (run: () => void) => void;
}

const browser: Surroundings = {
  fetch: (input, init) => fetch(input, init),
  now: () => Date.now(),
  later: (run, ms) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  frame: (run) => void requestAnimationFrame(run),
};

export class LiveStream {
  readonly phase = new Store<Phase>({ name: "off" });
  #listeners = new Set<Listener>();
  #tenant: string | null = null;
  #query: string | null = null;
  #lastId: string | null = null;
  #abort: AbortController | null = null;
  #cancelLater: (() => void) | null = null;
  #cuts = 0;
  #fails = 0;
  #isHidden = false;
  #isPaused = false;
  #waiting: Happening[] = [];
  #isFramed = false;
  #isPlanned = false;

  constructor(readonly around: Surroundings = browser) {}

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#plan();
    return () => {
      this.#listeners.delete(listener);
      this.#plan();
    };
  }

  /** Whose things are watched. */
  of(tenant: string | null): void {
    if (tenant === this.#tenant) return;
    this.#tenant = tenant;
    this.#lastId = null;
    this.#query = null;
    this.#plan();
  }

  pause(): void {
    this.#isPaused = true;
    this.#close();
    this.phase.set({ name: "paused", since: this.around.now() });
  }

  resume(): void {
    this.#isPaused = false;
    this.#query = null;
    this.#again();
    this.#plan();
  }

  hide(isHidden: boolean): void {
    if (isHidden === this.#isHidden) return;
    this.#isHidden = isHidden;
    if (isHidden) this.#close();
    else {
      this.#query = null;
      if (!this.#isPaused) this.#again();
      this.#plan();
    }
  }

  /** Parts of a page come and go together; only what they want in the end is asked for. */
  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.around.later(() => {
      this.#isPlanned = false;
      this.#settle();
    }, 30);
  }

  #settle(): void {
    if (this.#isHidden || this.#isPaused) return;
    const query = united([...this.#listeners].map((listener) => listener.interest));
    if (query === this.#query) return;
    this.#close();
    // A place is one of a stream that was asked for the same.
    if (this.#query !== null) this.#lastId = null;
    this.#query = query;
    if (query === null) this.phase.set({ name: "off" });
    else void this.#open();
  }

  #close(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#cancelLater?.();
    this.#cancelLater = null;
  }

  async #open(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    if (this.phase.get().name !== "polling") this.phase.set({ name: "connecting" });
    const began = this.around.now();
    let isKept = false;
    let wait = 2_000;
    try {
      const headers: Record<string, string> = { accept: "text/event-stream" };
      if (this.#tenant !== null) headers.Tenant = this.#tenant;
      if (this.#lastId !== null) headers["Last-Event-ID"] = this.#lastId;
      const answer = await this.around.fetch(`/api/v1/live?${this.#query}`, { headers, signal: abort.signal, credentials: "same-origin", cache: "no-store" });
      if (!answer.ok || !answer.body) {
        this.#lastId = null;
        throw new Error(`answered ${answer.status}`);
      }
      this.phase.set({ name: "live" });
      this.#fails = 0;
      const parser = new EventParser();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        for (const message of parser.feed(value)) {
          if (message.event === "missed") this.#again();
          else if (message.event === "end") isKept = true;
          else this.#take(message.event, message.data);
        }
        this.#lastId = parser.lastId ?? this.#lastId;
        wait = parser.retry ?? wait;
      }
    } catch {
      // Whoever closed it knows; all else is tried again below.
      if (abort.signal.aborted) return;
      this.#fails += 1;
    }
    if (abort.signal.aborted) return;
    const isCut = !isKept && this.around.now() - began < TOO_SHORT;
    this.#cuts = isCut ? this.#cuts + 1 : 0;
    if (this.#cuts >= CUTS_BEFORE_POLLING) {
      this.phase.set({ name: "polling" });
      this.#again();
      wait = POLL;
    } else {
      this.phase.set({ name: "connecting" });
      wait = Math.min(wait * 2 ** Math.max(0, this.#fails - 1), LONGEST_WAIT);
    }
    this.#cancelLater = this.around.later(() => void this.#open(), wait);
  }

  #take(kind: string, data: string): void {
    if (kind !== "event" && kind !== "delivery" && kind !== "webhook" && kind !== "health") return;
    if (this.#waiting.length >= MOST_WAITING) {
      this.#waiting = [];
      this.#again();
    }
    this.#waiting.push({ ...(JSON.parse(data) as object), kind } as Happening);
    if (this.#isFramed) return;
    this.#isFramed = true;
    this.around.frame(() => {
      this.#isFramed = false;
      const happenings = this.#waiting;
      this.#waiting = [];
      for (const listener of [...this.#listeners]) {
        const wanted = happenings.filter((happening) => wants(listener.interest, happening));
        if (wanted.length > 0) listener.told(wanted);
      }
    });
  }

  #again(): void {
    for (const listener of [...this.#listeners]) listener.again?.();
  }
}
