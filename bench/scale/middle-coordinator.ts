import { ByteReader } from "../../src/histogram/byte-reader.ts";
import { ByteWriter } from "../../src/histogram/byte-writer.ts";
import { type Delta, DeltaBuilder, readDelta, writeDelta } from "../../src/merge/delta.ts";
import { joinStreaks, NO_STREAK } from "../../src/merge/error-streak.ts";
import { addLedger, emptyLedger } from "../../src/merge/intake-ledger.ts";
import type { CollectAnswer, CollectRequest } from "../../src/wire/shard-rpc.ts";

/** Whatever answers as a shard does: a shard, or a coordinator between. */
export type Child = (request: CollectRequest) => CollectAnswer;

/** How far a child was read, and what it last said. */
interface Reading {
  readonly ask: Child;
  seen: number;
  durable: number;
  last: CollectAnswer | undefined;
}

/** What one round of asking brought, and how far every child was read then. */
interface Row {
  readonly seq: number;
  readonly delta: Delta;
  readonly seen: readonly number[];
}

/**
 * A coordinator between the shards of one target and the tenant's: it asks its children as the
 * tenant's coordinator would, and answers it as a shard would. Nothing of the product is different
 * for it. Its children let go of nothing that is not stored at the top. It lives in memory and has no
 * second life: one that began to number anew would have to tell so, which the protocol cannot.
 */
export class MiddleCoordinator {
  readonly #children: readonly Reading[];
  #rows: Row[] = [];
  #head = 0;

  constructor(children: readonly Child[]) {
    this.#children = children.map((ask) => ({ ask, seen: 0, durable: 0, last: undefined }));
  }

  /** One tick: asks every child for what it has not told, and merges it. */
  tick(): void {
    const merged = new DeltaBuilder();
    for (const child of this.#children) {
      const { seen, durable } = child;
      const answer = child.ask({ seen, durable, watched: true, dormant: false });
      child.last = answer;
      if (answer.from < seen) continue;
      merged.add(readDelta(new ByteReader(answer.delta)));
      child.seen = answer.to;
    }
    const delta = merged.finish();
    if (delta.length === 0) return;
    this.#head += 1;
    const seen = this.#children.map((child) => child.seen);
    this.#rows.push({ seq: this.#head, delta, seen });
  }

  /** What the coordinator above has not seen, as a shard would answer. */
  collect(request: CollectRequest): CollectAnswer {
    this.#settle(Math.min(request.durable, this.#head));
    const merged = new DeltaBuilder();
    for (const { seq, delta } of this.#rows) if (seq > request.seen) merged.add(delta);
    const writer = new ByteWriter(4_096);
    writeDelta(writer, merged.finish());
    const ledger = emptyLedger();
    let streak = NO_STREAK;
    for (const { last } of this.#children) {
      if (last === undefined) continue;
      addLedger(ledger, last.ledger);
      streak = joinStreaks(streak, last.streak ?? NO_STREAK);
    }
    return {
      from: request.seen,
      to: this.#head,
      delta: writer.finish(),
      streak,
      ledger,
      isAll: this.#children.every(({ last }) => last?.isAll ?? true),
      pending: this.#sum(({ pending }) => pending),
      logRows: this.#rows.length,
      reporters: this.#sum(({ reporters }) => reporters),
      forgottenReporters: this.#sum(({ forgottenReporters }) => forgottenReporters),
      perSecond: this.#sum(({ perSecond }) => perSecond),
      p95Ms: null,
    };
  }

  /** What is stored at the top is told to the children, and let go of. */
  #settle(durable: number): void {
    const row = this.#rows.findLast(({ seq }) => seq <= durable);
    if (row === undefined) return;
    for (const [i, child] of this.#children.entries()) child.durable = row.seen[i] ?? child.durable;
    this.#rows = this.#rows.filter(({ seq }) => seq > durable);
  }

  #sum(of: (answer: CollectAnswer) => number): number {
    return this.#children.reduce(
      (total, { last }) => total + (last === undefined ? 0 : of(last)),
      0,
    );
  }
}
