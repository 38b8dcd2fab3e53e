import { TimingShard as ProductShard } from "../../durable-objects/timing-shard.ts";

import type { ShardReport } from "../../src/wire/shard-rpc.ts";

export { Coordinator, Dispatcher, Ingest, default } from "../../src/worker.ts";

/** The shard as it is, and beside it what its reports are compared with. */
export class TimingShard extends ProductShard {
  /** An RPC that does nothing. */
  noop(): void {}

  /** Takes a report over RPC and drops it: what the way alone costs. */
  drop(_report: ShardReport): void {}

  #waiting: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** A bare row for every 32 calls, and nothing else: what the storage alone leaves possible. */
  bareGroup(_message: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length >= 32) this.#closeBareGroup();
      else this.#timer ??= setTimeout(() => this.#closeBareGroup(), 25);
    });
  }

  #closeBareGroup(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { sql } = this.ctx.storage;
    sql.exec("CREATE TABLE IF NOT EXISTS bench_rows (id INTEGER PRIMARY KEY, body BLOB NOT NULL)");
    sql.exec("INSERT INTO bench_rows (body) VALUES (?)", new Uint8Array(600));
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** A row per report, the naive way, in a table of its own. */
  insertRow({ content }: ShardReport): void {
    if (content.kind !== "timings") return;
    const { sql } = this.ctx.storage;
    sql.exec("CREATE TABLE IF NOT EXISTS bench_rows (id INTEGER PRIMARY KEY, body BLOB NOT NULL)");
    sql.exec("INSERT INTO bench_rows (body) VALUES (?)", content.columns.durationUs);
  }

  /** The number of the last log row, or 0 if the log is empty. */
  lastLogRow(): number {
    const [row] = this.ctx.storage.sql
      .exec<{ last: number | null }>("SELECT MAX(seq) AS last FROM log")
      .toArray();
    return row?.last ?? 0;
  }
}
