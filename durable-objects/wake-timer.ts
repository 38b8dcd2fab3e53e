import { alarmToSet } from "../src/alarm-to-set.ts";

/** One timer of an object that calls it in this life of its memory, and in no later one. */
export class WakeTimer {
  readonly #wake: () => void;
  #id: ReturnType<typeof setTimeout> | undefined;
  #at: number | null = null;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** Wakes no later than at `at`, epoch milliseconds after `nowMs`. A timer that is sooner stays. */
  set(at: number, nowMs: number): void {
    if (alarmToSet(this.#at, at, nowMs) === undefined) return;
    this.stop();
    this.#at = at;
    this.#id = setTimeout(() => {
      this.#at = null;
      this.#wake();
    }, at - nowMs);
  }

  stop(): void {
    clearTimeout(this.#id);
    this.#at = null;
  }
}
