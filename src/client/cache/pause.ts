/** How long something is passed over after it did not answer: twice as long each time. */
const FIRST_MS = 5_000;
const LONGEST_MS = 60_000;

/**
 * Passes over something that does not answer, so that not everybody waits for it in turn. When a
 * pause is over one tries, and the others pass over it until that one knows. Times are epoch
 * milliseconds; a clock that goes back ends a pause.
 */
export class Pause {
  /** Of the last pause; 0 if it answered since. */
  #durationMs = 0;
  #beganAt = 0;
  #endsAt = 0;
  #isTrial = false;

  /** Whether it is to be passed over. */
  isOn(now: number): boolean {
    return now >= this.#beganAt && now < this.#endsAt;
  }

  /**
   * Whether to try it now.
   * @param trialMs how long others are to wait for what comes of it, if it did not answer before
   */
  mayTry(now: number, trialMs: number): boolean {
    if (this.isOn(now)) return false;
    if (this.#durationMs > 0) this.#set(now, trialMs, true);
    return true;
  }

  /** It did not answer. Of many that tried at once only the first counts. */
  begin(now: number): void {
    if (this.isOn(now) && !this.#isTrial) return;
    this.#durationMs = Math.min(Math.max(FIRST_MS, 2 * this.#durationMs), LONGEST_MS);
    this.#set(now, this.#durationMs, false);
  }

  /** It answered. */
  end(): void {
    this.#durationMs = 0;
    this.#set(0, 0, false);
  }

  #set(beganAt: number, lengthMs: number, isTrial: boolean): void {
    this.#beganAt = beganAt;
    this.#endsAt = beganAt + lengthMs;
    this.#isTrial = isTrial;
  }
}
