/**
 * One stream of `/live`: opened for what is wanted, taken up where it was when it breaks off. Where streams are cut off, whoever listens is told
 * every ten seconds to read again instead. It runs in a page or in a worker, and knows neither.
 */
import { Store } from "@/lib/store";
import { united, type Happening, type Interest } from "./interest";
import { EventParser } from "./parse";

export type StreamPhase = { name: "off" } | { name: "connecting" } | { name: "live" } | { name: "polling" };

const POLL = 10_000;
/** A stream that ends sooner was cut off by something on the way. */
const TOO_SHORT = 5_000;
const CUTS_BEFORE_POLLING = 3;
const LONGEST_WAIT = 30_000;
/** Parts of a page come and go together; only what they want in the end is asked for. */
const SETTLES = 30;

export interface Surroundings {
  fetch: typeof fetch;
  now: () => number;
  later: (run: () => void, ms: number) => () => void;
}

export const real: Surroundings = {
  fetch: (input, init) => fetch(input, init),
  now: () => Date.now(),
  later: (run, ms) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export interface Listener {
  told: (happenings: Happening[]) => void;
  /** Something may have been missed: read again what is shown. */
  again: () => void;
}

export class LiveStream {
  readonly phase = new Store<StreamPhase>({ name: "off" });
  #interests: Interest[] = [];
  #query: string | null = null;
  #lastId: string | null = null;
  #abort: AbortController | null = null;
  #cancelLater: (() => void) | null = null;
  #cancelPlan: (() => void) | null = null;
  #cuts = 0;
  #fails = 0;

  constructor(
    readonly tenant: string | null,
    readonly listener: Listener,
    readonly around: Surroundings = real,
  ) {}

  /** What is wanted from now on. Nothing closes the stream. */
  want(interests: Interest[]): void {
    this.#interests = interests;
    if (this.#cancelPlan) return;
    this.#cancelPlan = this.around.later(() => {
      this.#cancelPlan = null;
      this.#settle();
    }, SETTLES);
  }

  #settle(): void {
    const query = united(this.#interests);
    if (query === this.#query) return;
    this.#abort?.abort();
    this.#abort = null;
    this.#cancelLater?.();
    this.#cancelLater = null;
    // A place is one of a stream that was asked for the same.
    this.#lastId = null;
    this.#query = query;
    if (query === null) this.phase.set({ name: "off" });
    else void this.#open();
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
      if (this.tenant !== null) headers.Tenant = this.tenant;
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
        isKept = this.#take(parser, value) || isKept;
        this.#lastId = parser.lastId ?? this.#lastId;
        wait = parser.retry ?? wait;
      }
    } catch {
      // Whoever closed it knows; all else is tried again below.
      if (!abort.signal.aborted) this.#fails += 1;
    }
    if (abort.signal.aborted) return;
    const isCut = !isKept && this.around.now() - began < TOO_SHORT;
    this.#cuts = isCut ? this.#cuts + 1 : 0;
    if (this.#cuts >= CUTS_BEFORE_POLLING) {
      this.phase.set({ name: "polling" });
      this.listener.again();
      wait = POLL;
    } else {
      this.phase.set({ name: "connecting" });
      wait = Math.min(wait * 2 ** Math.max(0, this.#fails - 1), LONGEST_WAIT);
    }
    this.#cancelLater = this.around.later(() => void this.#open(), wait);
  }

  /** Hands on what a piece of the stream says. Returns whether the server said that it ends. */
  #take(parser: EventParser, text: string): boolean {
    const happenings: Happening[] = [];
    let isEnd = false;
    for (const { event, data } of parser.feed(text)) {
      if (event === "missed") this.listener.again();
      else if (event === "end") isEnd = true;
      else if (event === "event" || event === "delivery" || event === "webhook" || event === "health" || event === "inspector") happenings.push({ ...(JSON.parse(data) as object), kind: event } as Happening);
    }
    if (happenings.length > 0) this.listener.told(happenings);
    return isEnd;
  }
}
