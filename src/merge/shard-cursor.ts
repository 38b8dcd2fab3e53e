import type { CollectAnswer } from "../wire/shard-rpc.ts";
import type { IntakeLedger } from "./intake-ledger.ts";
import type { StoredShard } from "./tenant-store.ts";

/** How far the coordinator has read one shard, and what the shard said of itself. */
export class ShardCursor {
  readonly name: string;
  readonly target: string;
  #seen: number;
  #durable: number;
  #merged: number;
  #ledger: IntakeLedger;
  #pending: number;
  #isDirty = false;
  #answeredAt: number | undefined;
  #lastAnswer: CollectAnswer | undefined;

  constructor(stored: StoredShard) {
    this.name = stored.name;
    this.target = stored.target;
    this.#seen = stored.durable;
    this.#durable = stored.durable;
    this.#merged = stored.merged;
    this.#ledger = stored.ledger;
    this.#pending = stored.pending;
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

  /** What it last answered, for the health page. */
  get lastAnswer(): CollectAnswer | undefined {
    return this.#lastAnswer;
  }

  /** Takes over what an answer says, once its `merged` timings are merged. */
  advance(answer: CollectAnswer, merged: number, nowMs: number): void {
    this.#answeredAt = nowMs;
    this.#lastAnswer = { ...answer, delta: new Uint8Array(0) };
    this.#isDirty ||= answer.to !== this.#seen || answer.ledger.offered !== this.#ledger.offered;
    this.#seen = answer.to;
    this.#merged += merged;
    this.#ledger = answer.ledger;
    this.#pending = answer.pending;
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
    };
  }
}
