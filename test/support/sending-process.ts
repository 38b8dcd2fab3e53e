import type { BucketedHistogram, RunningTotal, TotalValue } from "../../src/wire/running-total.ts";

/** Durations that lie in different buckets at every scale and between all bounds, microseconds. */
export const DURATIONS_US = [10_000, 100_000, 1_000_000, 10_000_000] as const;

/** Between them, and where buckets of our own end. */
const BOUNDS_US = [2 ** 15 - 1, 2 ** 18 - 1, 2 ** 22 - 1, 2 ** 25 - 1];

/** Which of {@link DURATIONS_US} a duration stands for that came out of a bucket. */
export function classOf(durationUs: number): number {
  return BOUNDS_US.filter((bound) => durationUs > bound).length;
}

/** What a stream had counted when it was exported. */
export interface Export {
  readonly total: RunningTotal;
  /** Which life of the process it is of. */
  readonly life: number;
  /** How many of each of {@link DURATIONS_US}; of a measure its parts alone. */
  readonly counts: readonly number[];
}

interface ProcessOptions {
  /** What its streams are called by, two hexadecimal digits. */
  readonly id: string;
  readonly operation: string;
  readonly isExponential: boolean;
  readonly tellsStart: boolean;
}

/** A process that counts since it began and exports running totals, as OpenTelemetry's libraries do. */
export class SendingProcess {
  readonly #options: ProcessOptions;
  #startAt: number;
  #life = 0;
  #scale = 5;
  /** By outcome. */
  #counts = [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ];
  #rowsRead = 0;

  constructor(options: ProcessOptions, startAt: number) {
    this.#options = options;
    this.#startAt = startAt;
  }

  record(outcome: 0 | 1, duration: number, count: number): void {
    const counts = this.#counts[outcome];
    if (counts !== undefined) counts[duration] = (counts[duration] ?? 0) + count;
  }

  read(rows: number): void {
    this.#rowsRead += rows;
  }

  /** Joins buckets, as a histogram does that has too many. */
  lowerScale(): void {
    this.#scale = Math.max(0, this.#scale - 3);
  }

  restart(nowMs: number): void {
    this.#life += 1;
    this.#startAt = nowMs;
    this.#scale = 5;
    this.#counts = this.#counts.map((counts) => counts.map(() => 0));
    this.#rowsRead = 0;
  }

  /** All its streams as they are. */
  export(nowMs: number): Export[] {
    const histograms = this.#counts.map((counts, outcome) =>
      this.#exported(nowMs, outcome, [...counts], {
        kind: "histogram",
        histogram: this.#histogram(counts),
      }),
    );
    const measure = { kind: "measure", code: 0, parts: this.#rowsRead } as const;
    return [...histograms, this.#exported(nowMs, 2, [this.#rowsRead], measure)];
  }

  #exported(at: number, stream: number, counts: number[], value: TotalValue): Export {
    const { id, operation, tellsStart } = this.#options;
    const total: RunningTotal = {
      stream: `${id}${stream}`.padEnd(32, "0"),
      operation,
      outcome: stream === 2 ? 0 : stream,
      startAt: tellsStart ? this.#startAt : 0,
      at,
      value,
    };
    return { total, life: this.#life, counts };
  }

  #histogram(counts: readonly number[]): BucketedHistogram {
    const used = DURATIONS_US.filter((_, i) => (counts[i] ?? 0) > 0);
    return {
      count: counts.reduce((sum, count) => sum + count, 0),
      sumUs: DURATIONS_US.reduce((sum, durationUs, i) => sum + durationUs * (counts[i] ?? 0), 0),
      minUs: used[0] ?? null,
      maxUs: used.at(-1) ?? null,
      buckets: this.#options.isExponential
        ? exponential(counts, this.#scale)
        : { kind: "explicit", boundsUs: BOUNDS_US, counts: [...counts, 0] },
    };
  }
}

function exponential(counts: readonly number[], scale: number): BucketedHistogram["buckets"] {
  const at = DURATIONS_US.map(
    (durationUs) => Math.ceil(Math.log2(durationUs / 1_000_000) * 2 ** scale) - 1,
  );
  const used = at.filter((_, i) => (counts[i] ?? 0) > 0);
  const [offset = 0, last = -1] = [used[0], used.at(-1)];
  const inBuckets = Array.from({ length: last - offset + 1 }, () => 0);
  for (const [i, count] of counts.entries())
    if (count > 0) inBuckets[(at[i] ?? 0) - offset] = count;
  return {
    kind: "exponential",
    scale,
    unitUs: 1_000_000,
    zeroCount: 0,
    zeroThresholdUs: 0,
    offset,
    counts: inBuckets,
  };
}
