import { errorText } from "./error-text.ts";
import type { DispatcherOptions } from "./ports.ts";
import { within } from "./within.ts";

/**
 * Calls a URL of somebody outside at an interval, as long as all is well: whoever no longer hears it
 * knows that nobody else is left to tell.
 */
export class Heartbeat {
  readonly #options: DispatcherOptions;
  #isCalling = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** When the URL was last called well, or null. */
  get succeededAt(): number | null {
    return this.#options.store.recall("heartbeat")?.succeededAt ?? null;
  }

  /** Why the last call failed, or null. */
  get lastError(): string | null {
    return this.#options.store.recall("heartbeat")?.error ?? null;
  }

  nextRunAt(nowMs: number): number {
    const { store, ping, config } = this.#options;
    if (ping === undefined) return Infinity;
    const last = store.recall("heartbeat");
    if (last === undefined) return nowMs;
    return Math.min(last.triedAt, nowMs) + config.delivery.heartbeatMs;
  }

  /** Calls the URL if it is time. */
  run(nowMs: number): void {
    const { store, ping, startTimer, config, keepAlive, onChange, tenant } = this.#options;
    const last = store.recall("heartbeat");
    // A last call in the future means that the clock went back.
    const isDue =
      last === undefined ||
      nowMs < last.triedAt ||
      nowMs >= last.triedAt + config.delivery.heartbeatMs;
    if (ping === undefined || !isDue || this.#isCalling) return;
    this.#isCalling = true;
    const tried = { triedAt: nowMs, succeededAt: last?.succeededAt ?? null };
    store.remember("heartbeat", { ...tried, error: last?.error ?? null });
    const work = within(startTimer, config.delivery.timeoutMs, ping)
      .then(() => store.remember("heartbeat", { ...tried, succeededAt: nowMs, error: null }))
      .catch((cause: unknown) => {
        console.warn(`${tenant}: the heartbeat URL was not reached`, cause);
        store.remember("heartbeat", { ...tried, error: errorText(cause) });
      })
      .catch((cause: unknown) => {
        console.error(`${tenant}: how the heartbeat went was not stored`, cause);
      })
      .finally(() => {
        this.#isCalling = false;
        onChange();
      });
    keepAlive(work);
  }
}
