import { MAX_DURATION_US } from "../../wire/timing-columns.ts";

/** A timing as `POST /v1/timings` takes it. */
interface MadeUpTiming {
  readonly target: string;
  readonly operation: string;
  readonly durationMs: number;
  readonly outcome: "ok" | "error";
}

export interface MadeUpOptions {
  /** At least one; each timing is of any of them. */
  readonly targets: readonly string[];
  readonly operation: string;
  /** Which share of them are errors, 0 to 1. */
  readonly errorRate: number;
  /** An integer: the same timings come of the same seed. */
  readonly seed: number;
}

/** Half of all made-up calls are faster, milliseconds. */
const MEDIAN_MS = 180;

/** How widely they are spread: p99 is four times the median. */
const SIGMA = 0.6;

const MAX_DURATION_MS = MAX_DURATION_US / 1_000;

/**
 * An endless stream of timings whose durations are spread log-normally, as those of calls to other
 * people's APIs roughly are.
 */
export class MadeUpTimings {
  readonly #options: MadeUpOptions;
  readonly #random: () => number;

  constructor(options: MadeUpOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  take(count: number): MadeUpTiming[] {
    return Array.from({ length: count }, () => this.#next());
  }

  #next(): MadeUpTiming {
    const { targets, operation, errorRate } = this.#options;
    const target = targets[Math.floor(this.#random() * targets.length)] ?? "";
    const durationMs = Math.min(MEDIAN_MS * Math.exp(SIGMA * this.#normal()), MAX_DURATION_MS);
    const outcome = this.#random() < errorRate ? "error" : "ok";
    // Tachograph keeps whole microseconds.
    return { target, operation, durationMs: Math.round(durationMs * 1_000) / 1_000, outcome };
  }

  /** Standard normal: Box and Muller. */
  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#random()));
    return radius * Math.cos(2 * Math.PI * this.#random());
  }
}

/** Numbers from 0 to below 1 that only `seed` decides: mulberry32 (Tommy Ettinger). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
