import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";

const INTERVAL_MS = 1_000;

interface PollersOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How many ask, each over a connection of its own. */
  readonly count: number;
}

/** What the answers came to over some time. */
export interface Answers {
  /** From when an answer was due to be asked for, until it was read. */
  readonly latenciesMs: number[];
  bytes: number;
}

/**
 * So many pages that ask once a second each, evenly spread over it. Who waits longer than that for
 * an answer asks again when it is there.
 */
export class Pollers {
  readonly #pool: Pool;
  readonly #path: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #work: Promise<void>[];
  #isStopped = false;
  #answers: Answers = { latenciesMs: [], bytes: 0 };
  #failure: unknown;

  constructor({ url, headers, count }: PollersOptions) {
    const { origin, pathname, search } = new URL(url);
    this.#pool = new Pool(origin, { connections: count, pipelining: 1 });
    this.#path = `${pathname}${search}`;
    this.#headers = headers;
    const startAt = performance.now();
    this.#work = Array.from({ length: count }, (_, i) =>
      this.#poll(startAt + (i / count) * INTERVAL_MS).catch((cause: unknown) => {
        this.#failure ??= cause;
      }),
    );
  }

  /**
   * What was answered since this was last called.
   * @throws if a request has failed.
   */
  takeAnswers(): Answers {
    if (this.#failure !== undefined) throw this.#failure;
    const answers = this.#answers;
    this.#answers = { latenciesMs: [], bytes: 0 };
    return answers;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#work);
    await this.#pool.destroy();
  }

  async #poll(firstAt: number): Promise<void> {
    for (let dueAt = firstAt; ; dueAt = Math.max(dueAt + INTERVAL_MS, performance.now())) {
      await sleep(Math.max(dueAt - performance.now(), 0));
      if (this.#isStopped) return;
      const { statusCode, body } = await this.#pool.request({
        method: "GET",
        path: this.#path,
        headers: this.#headers,
      });
      const { byteLength } = await body.arrayBuffer();
      if (statusCode !== 200) throw new Error(`${this.#path} answered ${statusCode}`);
      this.#answers.latenciesMs.push(performance.now() - dueAt);
      this.#answers.bytes += byteLength;
    }
  }
}
