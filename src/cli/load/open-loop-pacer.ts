export interface PaceOptions {
  /** Timings a second, more than 0. */
  readonly perSecond: number;
  /** Timings of one request, 1 or more. */
  readonly batch: number;
  /** Timings in all. */
  readonly total: number;
  /** When the first request is due, milliseconds of whatever clock is asked. */
  readonly startMs: number;
  /** A request that is due for longer than this is not made any more, milliseconds. */
  readonly giveUpAfterMs: number;
}

/** A request whose time has come. */
interface DueRequest {
  /** When it was due, milliseconds. */
  readonly dueMs: number;
  /** How many timings it has. */
  readonly size: number;
}

/** How long a request may be due before it counts as late, milliseconds: what a timer may miss. */
export const LATE_AFTER_MS = 50;

/**
 * Says when to make which request, so that the rate does not depend on how fast they are answered:
 * an open loop. Who asks too late finds out what came late, and what it was too late for.
 */
export class OpenLoopPacer {
  readonly #options: PaceOptions;
  readonly #requests: number;
  #next = 0;
  #late = 0;
  #givenUp = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#requests = Math.ceil(options.total / options.batch);
  }

  /** Timings that were handed out more than {@link LATE_AFTER_MS} after they were due. */
  get late(): number {
    return this.#late;
  }

  /** Timings that were due for so long that they are not sent any more. */
  get givenUp(): number {
    return this.#givenUp;
  }

  /** When the next request is due, milliseconds; undefined after the last one. */
  nextDueMs(): number | undefined {
    return this.#next < this.#requests ? this.#dueMs(this.#next) : undefined;
  }

  /** The next request if it is due; those that were due for too long are given up. */
  take(nowMs: number): DueRequest | undefined {
    for (; this.#next < this.#requests; this.#next++) {
      const dueMs = this.#dueMs(this.#next);
      if (dueMs > nowMs) return undefined;
      const size = this.#size(this.#next);
      if (nowMs - dueMs > this.#options.giveUpAfterMs) {
        this.#givenUp += size;
        continue;
      }
      if (nowMs - dueMs > LATE_AFTER_MS) this.#late += size;
      this.#next++;
      return { dueMs, size };
    }
    return undefined;
  }

  #dueMs(request: number): number {
    const { startMs, batch, perSecond } = this.#options;
    return startMs + ((request * batch) / perSecond) * 1_000;
  }

  #size(request: number): number {
    const { batch, total } = this.#options;
    return Math.min(batch, total - request * batch);
  }
}
