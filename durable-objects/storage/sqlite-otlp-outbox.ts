import {
  OTLP_OUTBOX_BOUNDS,
  type OtlpBacklog,
  type OtlpOutbox,
  type OtlpOutboxBounds,
  type OtlpProgress,
  type OtlpPush,
} from "../../src/coordinator/otlp-outbox.ts";
import type { ExportRequest } from "../../src/export/otlp/export-requests.ts";
import { COORDINATOR_SCHEMA } from "./coordinator-schema.ts";
import { migrate, type SqlDatabase } from "./migrate.ts";

interface ProgressRow extends Record<string, SqlStorageValue> {
  captured_at: number | null;
  checkpoint: number;
  failures: number;
  retry_at: number;
  next_number: number;
}

interface PushRow extends Record<string, SqlStorageValue> {
  number: number;
  at: number;
  points: number;
  body: ArrayBuffer;
}

/** Everything but the pushes themselves: it is asked for at every tick, and so held in memory. */
interface Held {
  readonly progress: OtlpProgress;
  readonly backlog: OtlpBacklog;
  readonly nextNumber: number;
}

const NO_PROGRESS: OtlpProgress = { capturedAt: null, checkpoint: 0, failures: 0, retryAt: 0 };

/**
 * Forgets what waits for a collector that totals are not pushed to any more, and how far pushing had
 * come: should they be pushed again, all of them are.
 * @returns how many pushes are lost.
 */
export function forgetPushes(database: SqlDatabase): number {
  migrate(database, COORDINATOR_SCHEMA);
  return database.transactionSync(() => {
    database.sql.exec("DELETE FROM otlp_progress");
    return database.sql.exec("DELETE FROM otlp_pushes RETURNING number").toArray().length;
  });
}

/** A coordinator's pushes in the object's own SQLite. There is one over a storage at a time. */
export class SqliteOtlpOutbox implements OtlpOutbox {
  readonly #database: SqlDatabase;
  readonly #bounds: OtlpOutboxBounds;
  #held: Held;

  constructor(database: SqlDatabase, bounds: Partial<OtlpOutboxBounds> = {}) {
    this.#database = database;
    this.#bounds = { ...OTLP_OUTBOX_BOUNDS, ...bounds };
    migrate(database, COORDINATOR_SCHEMA);
    this.#held = this.#load();
  }

  get progress(): OtlpProgress {
    return this.#held.progress;
  }

  get backlog(): OtlpBacklog {
    return this.#held.backlog;
  }

  append(
    requests: Iterable<ExportRequest>,
    { at, checkpoint }: { readonly at: number; readonly checkpoint: number },
  ): number {
    let dropped = 0;
    this.#change(() => {
      let { nextNumber } = this.#held;
      for (const { body, points } of requests) {
        this.#database.sql.exec(
          "INSERT INTO otlp_pushes (number, at, points, body) VALUES (?, ?, ?, ?)",
          nextNumber,
          at,
          points,
          body,
        );
        nextNumber += 1;
        dropped += this.#makeRoom();
      }
      this.#put({ ...this.progress, capturedAt: at, checkpoint }, nextNumber);
    });
    return dropped;
  }

  first(): OtlpPush | undefined {
    const [row] = this.#database.sql
      .exec<PushRow>("SELECT number, at, points, body FROM otlp_pushes ORDER BY number LIMIT 1")
      .toArray();
    return row && { ...row, body: new Uint8Array(row.body) };
  }

  settle(number: number): void {
    this.#change(() => {
      this.#database.sql.exec("DELETE FROM otlp_pushes WHERE number = ?", number);
      if (this.progress.failures > 0) this.#put({ ...this.progress, failures: 0, retryAt: 0 });
    });
  }

  refuse({ number, at }: Pick<OtlpPush, "number" | "at">): void {
    this.#change(() => {
      this.#database.sql.exec("DELETE FROM otlp_pushes WHERE number = ?", number);
      const { capturedAt } = this.progress;
      const checkpoint = at === capturedAt ? 0 : this.progress.checkpoint;
      this.#put({ ...this.progress, checkpoint, failures: 0, retryAt: 0 });
    });
  }

  postpone(failures: number, retryAt: number): void {
    this.#change(() => this.#put({ ...this.progress, failures, retryAt }));
  }

  dropBefore(at: number): number {
    const { oldestAt } = this.backlog;
    if (oldestAt === null || oldestAt >= at) return 0;
    const { pushes } = this.backlog;
    this.#change(() => this.#database.sql.exec("DELETE FROM otlp_pushes WHERE at < ?", at));
    return pushes - this.backlog.pushes;
  }

  /** The oldest goes until the rest fits; what came last stays in any case. */
  #makeRoom(): number {
    const { maxPushes, maxBytes } = this.#bounds;
    let dropped = 0;
    for (;;) {
      const { pushes, bytes } = this.#readBacklog();
      if (pushes <= 1 || (pushes <= maxPushes && bytes <= maxBytes)) return dropped;
      this.#database.sql.exec(
        "DELETE FROM otlp_pushes WHERE number = (SELECT MIN(number) FROM otlp_pushes)",
      );
      dropped += 1;
    }
  }

  #put(progress: OtlpProgress, nextNumber = this.#held.nextNumber): void {
    this.#database.sql.exec(
      `INSERT OR REPLACE INTO otlp_progress
         (id, captured_at, checkpoint, failures, retry_at, next_number) VALUES (1, ?, ?, ?, ?, ?)`,
      progress.capturedAt,
      progress.checkpoint,
      progress.failures,
      progress.retryAt,
      nextNumber,
    );
  }

  /** What is held is what is stored, also when the change fails. */
  #change(run: () => void): void {
    this.#held = this.#database.transactionSync(() => {
      run();
      return this.#load();
    });
  }

  #load(): Held {
    const [row] = this.#database.sql.exec<ProgressRow>("SELECT * FROM otlp_progress").toArray();
    const backlog = this.#readBacklog();
    if (row === undefined) return { progress: NO_PROGRESS, backlog, nextNumber: 1 };
    const { captured_at: capturedAt, checkpoint, failures, retry_at: retryAt } = row;
    const progress = { capturedAt, checkpoint, failures, retryAt };
    return { progress, backlog, nextNumber: row.next_number };
  }

  #readBacklog(): OtlpBacklog {
    const row = this.#database.sql
      .exec<{ pushes: number; bytes: number; oldest: number | null }>(
        `SELECT COUNT(*) AS pushes, COALESCE(SUM(LENGTH(body)), 0) AS bytes, MIN(at) AS oldest
         FROM otlp_pushes`,
      )
      .one();
    return { pushes: row.pushes, bytes: row.bytes, oldestAt: row.oldest };
  }
}
