/** An attempt's time as a waterfall: where each phase began and how long it took, as shares of the whole. */
export interface Phase {
  name: string;
  /** Percent of the whole. */
  left: number;
  width: number;
  ms: number;
  /** Its colour, from look-up to waiting. */
  tone: 1 | 2 | 3 | 4;
}

export interface TimingsLike {
  dns_us: number;
  connect_us: number;
  tls_us: number;
  first_byte_us: number;
  total_us: number;
}

export interface Waterfall {
  /** A kept connection was used: there was nothing to look up and to connect. */
  isReused: boolean;
  phases: Phase[];
}

export function waterfall(timings: TimingsLike, isAnswered: boolean): Waterfall {
  const { dns_us, connect_us, tls_us, first_byte_us, total_us } = timings;
  const before = dns_us + connect_us + tls_us;
  const whole = Math.max(total_us, before, 1);
  const head = first_byte_us > 0 ? first_byte_us : whole;
  const phases: Phase[] = [];
  let begun = 0;
  const add = (name: string, took: number, tone: Phase["tone"]) => {
    if (took > 0) phases.push({ name, left: share(begun, whole), width: share(took, whole), ms: took / 1000, tone });
    begun += took;
  };
  add("Look-up", dns_us, 1);
  add("Connect", connect_us, 2);
  add("TLS", tls_us, 3);
  add("Waiting", Math.max(0, head - before), 4);
  if (isAnswered) add("Body", Math.max(0, total_us - head), 4);
  return { isReused: isAnswered && before === 0, phases };
}

function share(part: number, whole: number): number {
  return Math.round((part / whole) * 10_000) / 100;
}
