import { formatDuration } from "../output/format.ts";

/** What the header `Date`, which has whole seconds, and the way here may make of a difference. */
const PRECISION_MS = 2_000;

/** A difference that somebody should know of, milliseconds. */
const ALARMING_MS = 30_000;

/**
 * The server's clock, as far as its answers tell it: what it decides by its clock may not be told by
 * this machine's. An answer without `Date`, as of a server on this machine, tells nothing.
 */
export class ServerClock {
  readonly #ownMs: () => number;
  readonly #warn: (text: string) => void;
  #aheadMs = 0;
  #hasWarned = false;

  /**
   * @param ownMs - this machine's clock, epoch milliseconds.
   * @param warn - told once if the two differ so much that ranges of time are not what they seem.
   */
  constructor(ownMs: () => number, warn: (text: string) => void) {
    this.#ownMs = ownMs;
    this.#warn = warn;
  }

  /** Epoch milliseconds; this machine's clock as long as nothing was heard. */
  nowMs(): number {
    return this.#ownMs() + this.#aheadMs;
  }

  /** Looks at the headers of an answer that came just now. */
  hear(headers: Headers): void {
    const toldMs = Date.parse(headers.get("date") ?? "");
    if (Number.isNaN(toldMs)) return;
    const aheadMs = toldMs + 500 - this.#ownMs();
    this.#aheadMs = Math.abs(aheadMs) <= PRECISION_MS ? 0 : aheadMs;
    if (Math.abs(aheadMs) < ALARMING_MS || this.#hasWarned) return;
    this.#hasWarned = true;
    const by = formatDuration(Math.abs(aheadMs));
    this.#warn(
      `the clock of this machine is ${by} ${aheadMs > 0 ? "behind" : "ahead of"} the server's: ` +
        "ranges of time up to now are not what they seem; give --from and --to, or set the clock",
    );
  }
}
