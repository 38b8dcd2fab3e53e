/** What {@link LocalCron} may be told. */
export interface LocalCronOptions {
  /** Where the Worker listens. */
  readonly origin: string;
  /** Shows one line about what is not as it should be. */
  readonly warn: (line: string) => void;
}

/** Soon at first, for whoever has just started it and looks; then each minute, as deployed. */
const FIRST_DELAYS_MS = [3_000, 4_000, 8_000, 15_000, 30_000];
const EACH_MS = 60_000;
const ANSWER_TIMEOUT_MS = 50_000;

/** How long to wait before the `count`-th call, counted from 0. */
export function cronDelayMs(count: number): number {
  return FIRST_DELAYS_MS[count] ?? EACH_MS;
}

/** Runs what a Worker has on a schedule, since `wrangler dev` does not. */
export class LocalCron {
  readonly #options: LocalCronOptions;
  readonly #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #count = 0;
  #lastFailure = "";

  constructor(options: LocalCronOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** Calls no more, and drops a call that is under way. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  #schedule(): void {
    this.#timer = setTimeout(() => void this.#run(), cronDelayMs(this.#count));
  }

  async #run(): Promise<void> {
    this.#count += 1;
    const failure = await this.#call();
    if (this.#abort.signal.aborted) return;
    // Once, and not each minute the same.
    if (failure !== "" && failure !== this.#lastFailure) {
      this.#options.warn(`scheduled run of the tracking Worker: ${failure}`);
    }
    this.#lastFailure = failure;
    this.#schedule();
  }

  /** @returns what went wrong, or nothing. */
  async #call(): Promise<string> {
    try {
      const url = `${this.#options.origin}/cdn-cgi/local/scheduled?cron=*+*+*+*+*`;
      const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
      const response = await fetch(url, { signal });
      const text = await response.text();
      return response.ok ? "" : `answered ${response.status} ${text.slice(0, 200)}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
