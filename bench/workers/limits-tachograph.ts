import { SqliteShardStore } from "../../durable-objects/storage/sqlite-shard-store.ts";
import { TimingShard as ProductShard } from "../../durable-objects/timing-shard.ts";

export { Coordinator, Dispatcher, default } from "../../src/worker.ts";

let saves = 0;

// The store is the shard's own affair, and a row that is replaced leaves no trace to count.
const original = Reflect.get(SqliteShardStore.prototype, "saveLimit");
SqliteShardStore.prototype.saveLimit = function saveLimit(body: Uint8Array): void {
  saves += 1;
  Reflect.apply(original, this, [body]);
};

/** A grant or denial, and when it was decided by the bucket's clock. */
export interface Decision {
  readonly granted: boolean;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The shard as it is, and beside it what its decisions are compared with. */
export class TimingShard extends ProductShard {
  /** An RPC that does nothing. */
  noop(): void {}

  /** Takes a request for permits as `permit` does, and answers as much, without a bucket. */
  parseOnly(request: string): string {
    const { target, leaseId } = JSON.parse(request) as { target: string; leaseId: string };
    const lifeMs = leaseId.length > 0 ? 10_000 : 0;
    return JSON.stringify({ kind: "granted", target, permits: 1, lifeMs });
  }

  /** Takes one permit, as over HTTP: it counts as used from this moment on. */
  takeOne(): Decision {
    const answer = this.takePermits({ permits: 1 });
    return { granted: answer?.outcome.kind === "granted", at: Date.now() };
  }

  /** How often a bucket was saved, in all shards of this isolate. */
  limitSaves(): number {
    return saves;
  }
}
