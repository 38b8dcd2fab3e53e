import type { CollectAnswer } from "../wire/shard-rpc.ts";
import { continueRun, type ErrorRun, interruptRun, settleRun, shownRun } from "./error-run.ts";
import type { ErrorStreak } from "./error-streak.ts";
import type { IntakeLedger } from "./intake-ledger.ts";
import type { StoredShard } from "./tenant-store.ts";

/** What the coordinator merged of one answer. */
export interface Merged {
  readonly timings: number;
  readonly streak: ErrorStreak;
}

/** How far the coordinator has read one shard, and what the shard said of itself. */
export class ShardCursor {
  readonly name: string;
  readonly target: string;
  /** When it first announced itself, and so before it counted anything; undefined if nobody noted. */
  readonly addedAt: number | undefined;
  #seen: number;
  #durable: number;
  #merged: number;
  #ledger: IntakeLedger;
  #pending: number;
  #errors: ErrorRun;
  #isDirty = false;
  #answeredAt: number | undefined;
  #hasToldAll: boolean;
  #lastAnswer: CollectAnswer | undefined;

  /** @param isNew whether nothing of it was ever merged: then nothing can have been shown. */
  constructor(stored: StoredShard, isNew = false) {
    this.#hasToldAll = isNew;
    this.name = stored.name;
    this.target = stored.target;
    this.addedAt = stored.addedAt;
    this.#seen = stored.durable;
    this.#durable = stored.durable;
    this.#merged = stored.merged;
    this.#ledger = stored.ledger;
    this.#pending = stored.pending;
    this.#errors = stored.errors;
  }

  /** The last log row that is merged. */
  get seen(): number {
    return this.#seen;
  }

  /** The last log row that is merged and stored. */
  get durable(): number {
    return this.#durable;
  }

  get merged(): number {
    return this.#merged;
  }

  get pending(): number {
    return this.#pending;
  }

  get ledger(): IntakeLedger {
    return this.#ledger;
  }

  /** Whether a checkpoint has something of it to store. */
  get isDirty(): boolean {
    return this.#isDirty;
  }

  /** When it last answered, or undefined if it has not since the coordinator woke. */
  get answeredAt(): number | undefined {
    return this.#answeredAt;
  }

  /**
   * Whether an answer since the coordinator woke left nothing to be told, or nothing was ever told
   * before. Until then what is merged of it may be less than a life before had merged.
   */
  get hasToldAll(): boolean {
    return this.#hasToldAll;
  }

  /** What it last answered, for the health page. */
  get lastAnswer(): CollectAnswer | undefined {
    return this.#lastAnswer;
  }

  /** Takes over what an answer says, once its timings are merged. */
  advance(answer: CollectAnswer, { timings, streak }: Merged, nowMs: number): void {
    this.#answeredAt = nowMs;
    // Without its timings, and without trace ids, which must not outlive their ten minutes.
    this.#lastAnswer = { ...answer, delta: new Uint8Array(0), exemplars: undefined };
    this.#isDirty ||= answer.to !== this.#seen || answer.ledger.offered !== this.#ledger.offered;
    const carried = answer.from > this.#seen ? interruptRun(this.#errors) : this.#errors;
    this.#errors = continueRun(carried, streak, nowMs);
    this.#seen = answer.to;
    this.#merged += timings;
    this.#ledger = answer.ledger;
    this.#pending = answer.pending;
    // Rows of measures alone hold no timings. Shards of before say nothing of it.
    this.#hasToldAll ||= answer.isAll ?? answer.pending === 0;
  }

  /**
   * The longest run of errors that grew since the last call, or the one that stands if that is
   * longer. A run that has ended is told of once.
   */
  takeErrorStreak(nowMs: number): number {
    const shown = shownRun(this.#errors, nowMs);
    const settled = settleRun(this.#errors);
    this.#isDirty ||= settled !== this.#errors;
    this.#errors = settled;
    return shown;
  }

  markStored(): void {
    this.#durable = this.#seen;
    this.#isDirty = false;
  }

  toStored(): StoredShard {
    return {
      name: this.name,
      target: this.target,
      durable: this.#seen,
      merged: this.#merged,
      ledger: this.#ledger,
      pending: this.#pending,
      errors: this.#errors,
      addedAt: this.addedAt,
    };
  }
}
