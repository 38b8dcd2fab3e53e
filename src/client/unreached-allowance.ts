/** What becomes of a `take` when the limiter cannot be reached. */
export type UnreachablePolicy = "deny" | { readonly allowPerMinute: number };

const WINDOW_S = 60;

/**
 * The calls that one isolate lets through while the limiter cannot be reached: in no 60 seconds
 * more than so many. It counts by whole seconds, and the second that leaves the window last still
 * counts whole, so it errs on the side of fewer.
 */
export class UnreachedAllowance {
  readonly #perMinute: number;
  #bySecond = new Map<number, number>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** @returns whether all `permits` were allowed; none is if not. */
  take(permits: number, nowMs: number): boolean {
    const second = Math.floor(nowMs / 1_000);
    // A clock that was set back leaves entries ahead of it, which must not count for ever.
    const kept = [...this.#bySecond].filter(([at]) => Math.abs(second - at) <= WINDOW_S);
    this.#bySecond = new Map(kept);
    const used = kept.reduce((sum, [, count]) => sum + count, 0);
    if (!(used + permits <= this.#perMinute)) return false;
    this.#bySecond.set(second, (this.#bySecond.get(second) ?? 0) + permits);
    return true;
  }
}
