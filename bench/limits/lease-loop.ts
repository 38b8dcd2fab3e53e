import { LeaseHolder } from "../../src/limits/lease-holder.ts";
import type { PermitAnswer, PermitRequest } from "../../src/wire/permits.ts";

/** Permits for so long are held ahead: as between two reports while nobody watches. */
const AHEAD_MS = 2_000;

/** How often what is to be told, or asked in advance, is sent. */
const FLUSH_MS = 250;

export interface LeaseLoopOptions {
  readonly target: string;
  readonly holder: string;
  /** Asks the bucket. @throws if no answer came, or none in time. */
  readonly ask: (request: PermitRequest) => Promise<PermitAnswer>;
  /** Called for every permit that is used, when it is. */
  readonly onUse: (atMs: number) => void;
  readonly now: () => number;
}

/** A holder at work: events come, take a permit each if they get one, and are dropped if not. */
export class LeaseLoop {
  readonly #options: LeaseLoopOptions;
  readonly #holder: LeaseHolder;
  #flushedAt = -Infinity;
  #asked = 0;
  #unanswered = 0;
  #fromLease = 0;

  constructor(options: LeaseLoopOptions) {
    this.#options = options;
    const { target, holder } = options;
    this.#holder = new LeaseHolder({ target, holder, aheadMs: AHEAD_MS });
  }

  /** Requests sent to the bucket. */
  get asked(): number {
    return this.#asked;
  }

  /** Requests without an answer. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** Permits used without a request. */
  get fromLease(): number {
    return this.#fromLease;
  }

  /** An event that wants one permit. */
  async attempt(): Promise<void> {
    const nowMs = this.#options.now();
    const taken = this.#holder.take(1, nowMs);
    if (taken.kind === "taken") {
      this.#fromLease += 1;
      this.#options.onUse(nowMs);
    }
    if (taken.kind !== "ask") return;
    const request = this.#holder.request(1, nowMs);
    const answer = await this.#send(request, nowMs);
    if (answer?.kind === "granted") this.#use(request.leaseId);
  }

  /** Tells and asks in advance, if it is time to. */
  async flush(): Promise<void> {
    const nowMs = this.#options.now();
    const isDue = this.#holder.isUrgent(nowMs) || this.#holder.dueAt() <= nowMs;
    if (!isDue || nowMs - this.#flushedAt < FLUSH_MS) return;
    this.#flushedAt = nowMs;
    await this.#send(this.#holder.request(0, nowMs), nowMs);
  }

  /** An answer may come after the lease's end: then what was asked for must not be used. */
  #use(leaseId: string): void {
    const nowMs = this.#options.now();
    const isHeld = (this.#holder.expiryOf(leaseId) ?? -Infinity) > nowMs;
    const fate = isHeld ? { spent: 1, returned: 0 } : { spent: 0, returned: 1 };
    this.#holder.settleLent({ leaseId, ...fate }, nowMs);
    if (isHeld) this.#options.onUse(nowMs);
  }

  async #send(request: PermitRequest, askedAt: number): Promise<PermitAnswer | undefined> {
    this.#asked += 1;
    let answer: PermitAnswer;
    try {
      answer = await this.#options.ask(request);
    } catch {
      // The bucket is being restarted, which is what is measured: the loss is counted, and told.
      this.#unanswered += 1;
      this.#holder.lost(request, this.#options.now());
      return undefined;
    }
    this.#holder.answered(request, answer, askedAt, this.#options.now());
    return answer;
  }
}
