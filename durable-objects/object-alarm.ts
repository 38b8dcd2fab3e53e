import { alarmToSet } from "../src/alarm-to-set.ts";
import { WakeTimer } from "./wake-timer.ts";

/** After a failure it is tried again so much later. */
const RETRY_MS = 5_000;

/**
 * How far ahead the alarm is set while timers wake the object: so much later it wakes if its memory
 * is lost. An alarm that goes off is also what keeps the memory: timers alone are no activity.
 */
const BACKSTOP_MS = 10_000;

/** Beside timers an alarm counts as lost when it is so late, and not while it may be on its way. */
const OVERDUE_MS = 2_000;

/** What is wanted sooner than this can be left to a timer. */
const NEAR_MS = 5_000;

export interface ObjectAlarmOptions {
  /** Whose alarm it is, for the log. */
  readonly name: string;
  readonly storage: Pick<DurableObjectStorage, "getAlarm" | "setAlarm">;
  /**
   * When the object wants to be woken: epoch milliseconds, after now; undefined or null for never.
   * It may throw.
   */
  readonly wantedAt: () => number | null | undefined;
  /**
   * For an object that may want to wake often: an alarm is billed like a row that is written, and a
   * request.
   */
  readonly often?: {
    /** Whether it does now. Then timers wake it, as long as its memory lasts. */
    readonly isNow: () => boolean;
    /** Does what the alarm does; it must not throw. */
    readonly wake: () => void;
  };
}

/**
 * The one alarm of an object, and the timers that spare it. It remembers what is set, so that
 * storage is asked once in a life.
 */
export class ObjectAlarm {
  readonly #options: ObjectAlarmOptions;
  readonly #timer: WakeTimer | undefined;
  /** What is set, or null; undefined as long as that is not known. */
  #at: number | null | undefined;
  #isRetrying = false;

  constructor(options: ObjectAlarmOptions) {
    this.#options = options;
    if (options.often !== undefined) this.#timer = new WakeTimer(options.often.wake);
  }

  /** The alarm went off: none is set, and what the timer was to do is done with it. */
  fired(): void {
    this.#at = null;
    this.#timer?.stop();
  }

  /**
   * Sets the alarm to when the object wants to wake, if it would come later or not at all. It never
   * rejects: what fails is in the log and is tried again.
   */
  async arm(): Promise<void> {
    const { name, storage } = this.#options;
    try {
      if (this.#at === undefined) await this.#recall();
      const nowMs = Date.now();
      const at = this.#toSet(this.#wantedAt(nowMs), nowMs);
      if (at === undefined) return;
      // Before it is stored: who arms meanwhile need not set it again.
      this.#at = at;
      await storage.setAlarm(at);
    } catch (cause) {
      console.error(`${name}: its alarm could not be set, it is tried again`, cause);
      this.#at = undefined;
      this.#armLater();
    }
  }

  /** Leaves it to a timer to wake the object, if that will do. @returns when to set the alarm. */
  #toSet(wantedAt: number | null | undefined, nowMs: number): number | undefined {
    const current = this.#at ?? null;
    const isNear = typeof wantedAt === "number" && wantedAt - nowMs < NEAR_MS;
    if (!isNear || this.#options.often?.isNow() !== true) {
      this.#timer?.stop();
      return alarmToSet(current, wantedAt, nowMs);
    }
    this.#timer?.set(wantedAt, nowMs);
    return alarmToSet(current, nowMs + BACKSTOP_MS, nowMs - OVERDUE_MS);
  }

  async #recall(): Promise<void> {
    const stored = await this.#options.storage.getAlarm();
    // Whoever armed meanwhile knows better, and so does an alarm that went off.
    if (this.#at === undefined) this.#at = stored;
  }

  /** Soon, if the object cannot say when: without an alarm it might never wake. */
  #wantedAt(nowMs: number): number | null | undefined {
    try {
      return this.#options.wantedAt();
    } catch (cause) {
      console.error(`${this.#options.name}: it cannot say when to wake, it is asked again`, cause);
      return nowMs + RETRY_MS;
    }
  }

  /** By a timer, as there may be no alarm that could do it. */
  #armLater(): void {
    if (this.#isRetrying) return;
    this.#isRetrying = true;
    setTimeout(() => {
      this.#isRetrying = false;
      void this.arm();
    }, RETRY_MS);
  }
}
