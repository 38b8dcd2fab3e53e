import { OUTCOMES } from "../outcome.ts";
import { type ErrorStreak, joinStreaks, STREAK_EFFECTS } from "./error-streak.ts";

const COUNTS = 1;
const ENDS = 2;

/** By every byte that may stand for an outcome: numbers, since every timing there is looks one up. */
const EFFECTS = new Uint8Array(256);
for (const [code, outcome] of OUTCOMES.entries()) {
  const effect = STREAK_EFFECTS[outcome];
  EFFECTS[code] = effect === "counts" ? COUNTS : effect === "ends" ? ENDS : 0;
}

/** Makes an {@link ErrorStreak} of outcomes, one after the other. */
export class ErrorStreakBuilder {
  #hasSuccess = false;
  #prefix = 0;
  /** Errors since the last success. */
  #run = 0;
  /** The longest run that has ended. */
  #longest = 0;

  /** The next outcomes: those of a column (positions in `OUTCOMES`) within [from, to). */
  record(outcomes: Uint8Array, from: number, to: number): void {
    // A local, and a column at a time: every timing there is comes through here.
    let run = this.#run;
    for (let i = from; i < to; i++) {
      const effect = EFFECTS[outcomes[i] ?? OUTCOMES.length];
      if (effect === COUNTS) run += 1;
      else if (effect === ENDS && (run > 0 || !this.#hasSuccess)) {
        this.#end(run);
        run = 0;
      }
    }
    this.#run = run;
  }

  /** What comes next, as a whole. */
  add(next: ErrorStreak): void {
    const { hasSuccess, prefix, suffix, longest } = joinStreaks(this.finish(), next);
    this.#hasSuccess = hasSuccess;
    this.#prefix = hasSuccess ? prefix : 0;
    this.#run = suffix;
    this.#longest = longest;
  }

  finish(): ErrorStreak {
    return {
      hasSuccess: this.#hasSuccess,
      prefix: this.#hasSuccess ? this.#prefix : this.#run,
      suffix: this.#run,
      longest: Math.max(this.#longest, this.#run),
    };
  }

  #end(run: number): void {
    if (!this.#hasSuccess) this.#prefix = run;
    this.#hasSuccess = true;
    this.#longest = Math.max(this.#longest, run);
  }
}
