import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../support/seeded-random.ts";
import { type Answer, call, TOKENS } from "./api.ts";
import { integerFrom } from "./random.ts";

/** Less than a restart takes: who was cut off asks the next life. */
const TIMEOUT_MS = 1_500;
const MAX_PAUSE_MS = 60;
/** While nobody answers. */
const LOST_PAUSE_MS = 200;

/** Permits that were used at some moment from `from` to `to`, epoch milliseconds. */
export interface Use {
  readonly from: number;
  readonly to: number;
  readonly permits: number;
}

export interface LimitCallerOptions {
  /** Of the target's limit: `http://127.0.0.1:PORT/v1/limits/TARGET`. */
  readonly url: string;
  readonly name: string;
  readonly seed: number;
  readonly kind: "takes" | "leases";
}

interface Lease {
  readonly leaseId: string;
  readonly permits: number;
  readonly expiresAt: number;
  spent: number;
}

/** Somebody who wants more permits than there are, over HTTP, and notes when those were used. */
export class LimitCaller {
  readonly uses: Use[] = [];
  /** Answers that denied. */
  denied = 0;
  /** Requests without an answer: what they may have been granted is used by nobody. */
  lost = 0;
  readonly #options: LimitCallerOptions;
  readonly #random: () => number;
  #earlier: Lease | undefined;

  constructor(options: LimitCallerOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  async run(isOpen: () => boolean): Promise<void> {
    while (isOpen()) {
      if (this.#options.kind === "takes") await this.#take();
      else await this.#lease();
      await sleep(integerFrom(this.#random, 0, MAX_PAUSE_MS));
    }
  }

  /** The bucket grants after the request was sent, and before its answer is there. */
  async #take(): Promise<void> {
    const from = Date.now();
    const answer = await this.#ask("take", { permits: integerFrom(this.#random, 1, 4) });
    if (answer === undefined) return;
    const { granted } = JSON.parse(answer.text) as { readonly granted: number };
    this.uses.push({ from, to: Date.now(), permits: granted });
  }

  /** A leased permit is used when its holder says so, in the time that it was given. */
  async #lease(): Promise<void> {
    const earlier = this.#earlier;
    // From here on nothing of it is used: it is told how much was, and the rest comes back.
    this.#earlier = undefined;
    const told = earlier === undefined ? {} : { leaseId: earlier.leaseId, spent: earlier.spent };
    const permits = integerFrom(this.#random, 1, 12);
    const answer = await this.#ask("lease", { holder: this.#options.name, permits, ...told });
    if (answer === undefined) return;
    const lease: Lease = { ...(JSON.parse(answer.text) as Omit<Lease, "spent">), spent: 0 };
    const wanted = integerFrom(this.#random, 0, lease.permits);
    while (lease.spent < wanted) {
      const at = Date.now();
      if (at >= lease.expiresAt) break;
      lease.spent += 1;
      this.uses.push({ from: at, to: at, permits: 1 });
      if (this.#random() < 0.3) await sleep(integerFrom(this.#random, 0, 30));
    }
    // One in ten forgets its lease: it expires, and counts as used.
    if (this.#random() > 0.1) this.#earlier = lease;
  }

  /** @returns an answer that grants, or undefined. */
  async #ask(what: "take" | "lease", body: object): Promise<Answer | undefined> {
    const url = `${this.#options.url}/${what}`;
    const options = { token: TOKENS.ingest, body: JSON.stringify(body), timeoutMs: TIMEOUT_MS };
    const answer = await call(url, options).catch(() => undefined);
    // A lease that was settled by a request whose answer was lost is not known any more.
    const isUnclear = answer === undefined || answer.status === 404 || answer.status >= 500;
    if (isUnclear) {
      this.lost += 1;
      await sleep(LOST_PAUSE_MS);
      return undefined;
    }
    if (answer.status === 200) return answer;
    if (answer.status !== 429) throw new Error(`${url} answered ${answer.status}: ${answer.text}`);
    this.denied += 1;
    const retryAfter = answer.headers.get("Retry-After") ?? "";
    if (!/^[1-9]\d*$/.test(retryAfter)) throw new Error(`Retry-After of a denial: ${retryAfter}`);
    return undefined;
  }
}
