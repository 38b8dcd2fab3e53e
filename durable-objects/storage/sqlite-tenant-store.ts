import { ByteReader } from "../../src/histogram/byte-reader.ts";
import { ByteWriter } from "../../src/histogram/byte-writer.ts";
import { type IntakeLedger, readLedger, writeLedger } from "../../src/merge/intake-ledger.ts";
import { MINUTE_MS } from "../../src/merge/slot-time.ts";
import type {
  Checkpoint,
  OutboxEntry,
  StepMs,
  StoredShard,
  StoredSlot,
  StoredTenant,
  TenantStore,
} from "../../src/merge/tenant-store.ts";
import { migrate, type SchemaStep, type SqlDatabase } from "./migrate.ts";

const SCHEMA: readonly SchemaStep[] = [
  {
    id: "tenant-shards-slots-outbox",
    sql: `
      CREATE TABLE tenant (
        id INTEGER PRIMARY KEY CHECK (id = 1), checkpoint INTEGER NOT NULL, refused BLOB NOT NULL);
      CREATE TABLE shards (
        name TEXT PRIMARY KEY, target TEXT NOT NULL, durable INTEGER NOT NULL,
        merged INTEGER NOT NULL, pending INTEGER NOT NULL, ledger BLOB NOT NULL) WITHOUT ROWID;
      CREATE TABLE slots (
        step_ms INTEGER NOT NULL, at INTEGER NOT NULL, target TEXT NOT NULL,
        operation TEXT NOT NULL, part INTEGER NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY (step_ms, at, target, operation, part)) WITHOUT ROWID;
      CREATE TABLE outbox (
        step_ms INTEGER NOT NULL, at INTEGER NOT NULL, due_at INTEGER NOT NULL,
        version INTEGER NOT NULL, PRIMARY KEY (step_ms, at)) WITHOUT ROWID;
      CREATE TABLE forgotten (step_ms INTEGER PRIMARY KEY, before INTEGER NOT NULL);`,
  },
];

interface SlotRow extends Record<string, SqlStorageValue> {
  step_ms: number;
  at: number;
  target: string;
  operation: string;
  part: number;
  body: ArrayBuffer;
}

interface OutboxRow extends Record<string, SqlStorageValue> {
  step_ms: number;
  at: number;
  due_at: number;
  version: number;
}

/** A coordinator's state in the object's own SQLite. */
export class SqliteTenantStore implements TenantStore {
  readonly #database: SqlDatabase;
  /** What the table of the same name holds: it is asked for with every slot that is merged. */
  readonly #forgotten = new Map<StepMs, number>();

  constructor(database: SqlDatabase) {
    this.#database = database;
    migrate(database, SCHEMA);
  }

  loadTenant(): StoredTenant | undefined {
    const [row] = this.#database.sql
      .exec<{ checkpoint: number; refused: ArrayBuffer }>("SELECT checkpoint, refused FROM tenant")
      .toArray();
    return row && { checkpoint: row.checkpoint, refused: decodeLedger(row.refused) };
  }

  loadShards(): readonly StoredShard[] {
    return this.#database.sql
      .exec<{
        name: string;
        target: string;
        durable: number;
        merged: number;
        pending: number;
        ledger: ArrayBuffer;
      }>("SELECT name, target, durable, merged, pending, ledger FROM shards")
      .toArray()
      .map((row) => ({ ...row, ledger: decodeLedger(row.ledger) }));
  }

  addShard(shard: StoredShard): void {
    this.#putShard(shard, "OR IGNORE");
  }

  seriesSince(from: number): readonly { target: string; operation: string }[] {
    return this.#database.sql
      .exec<{ target: string; operation: string }>(
        "SELECT DISTINCT target, operation FROM slots WHERE step_ms = ? AND at >= ?",
        MINUTE_MS,
        from,
      )
      .toArray();
  }

  readSlot(stepMs: StepMs, at: number, target: string, operation: string): Uint8Array | undefined {
    const [row] = this.#database.sql
      .exec<{ body: ArrayBuffer }>(
        "SELECT body FROM slots WHERE step_ms = ? AND at = ? AND target = ? AND operation = ? AND part = 0",
        stepMs,
        at,
        target,
        operation,
      )
      .toArray();
    return row && new Uint8Array(row.body);
  }

  commit({ tenant, shards, slots, outbox }: Checkpoint): void {
    this.#database.transactionSync(() => {
      const { sql } = this.#database;
      sql.exec(
        "INSERT OR REPLACE INTO tenant (id, checkpoint, refused) VALUES (1, ?, ?)",
        tenant.checkpoint,
        encodeLedger(tenant.refused),
      );
      for (const shard of shards) this.#putShard(shard, "OR REPLACE");
      for (const { stepMs, at, target, operation, part, body } of slots) {
        sql.exec(
          "INSERT OR REPLACE INTO slots (step_ms, at, target, operation, part, body) VALUES (?, ?, ?, ?, ?, ?)",
          stepMs,
          at,
          target,
          operation,
          part,
          body,
        );
      }
      for (const { stepMs, at, dueAt } of outbox) {
        sql.exec(
          `INSERT INTO outbox (step_ms, at, due_at, version) VALUES (?, ?, ?, 1)
           ON CONFLICT (step_ms, at) DO UPDATE SET version = version + 1`,
          stepMs,
          at,
          dueAt,
        );
      }
    });
  }

  dueEntries(nowMs: number, limit: number): readonly OutboxEntry[] {
    return this.#database.sql
      .exec<OutboxRow>(
        "SELECT step_ms, at, due_at, version FROM outbox WHERE due_at <= ? ORDER BY due_at LIMIT ?",
        nowMs,
        limit,
      )
      .toArray()
      .map((row) => ({
        stepMs: toStep(row.step_ms),
        at: row.at,
        dueAt: row.due_at,
        version: row.version,
      }));
  }

  nextDueAt(): number | undefined {
    const { due } = this.#database.sql
      .exec<{ due: number | null }>("SELECT MIN(due_at) AS due FROM outbox")
      .one();
    return due ?? undefined;
  }

  backlog(nowMs: number): { readonly count: number; readonly oldestAt: number | null } {
    const row = this.#database.sql
      .exec<{ entries: number; oldest: number | null }>(
        "SELECT COUNT(*) AS entries, MIN(at) AS oldest FROM outbox WHERE due_at <= ?",
        nowMs,
      )
      .one();
    return { count: row.entries, oldestAt: row.oldest };
  }

  slotsAt(stepMs: StepMs, at: number): readonly StoredSlot[] {
    return this.#database.sql
      .exec<SlotRow>("SELECT * FROM slots WHERE step_ms = ? AND at = ?", stepMs, at)
      .toArray()
      .map(toSlot);
  }

  settle({ stepMs, at, version }: OutboxEntry): void {
    this.#database.sql.exec(
      "DELETE FROM outbox WHERE step_ms = ? AND at = ? AND version = ?",
      stepMs,
      at,
      version,
    );
  }

  dropEntries(stepMs: StepMs, before: number): number {
    return this.#database.sql
      .exec("DELETE FROM outbox WHERE step_ms = ? AND at < ? RETURNING at", stepMs, before)
      .toArray().length;
  }

  unsettled(target: string, operation: string, from: number, to: number): readonly StoredSlot[] {
    return this.#database.sql
      .exec<SlotRow>(
        `SELECT slots.* FROM outbox JOIN slots USING (step_ms, at)
         WHERE target = ? AND operation = ? AND at < ? AND at + step_ms > ?`,
        target,
        operation,
        to,
        from,
      )
      .toArray()
      .map(toSlot);
  }

  forget(stepMs: StepMs, before: number): void {
    if (before <= this.forgottenBefore(stepMs)) return;
    this.#database.transactionSync(() => {
      this.#database.sql.exec(
        `DELETE FROM slots WHERE step_ms = ? AND at < ? AND NOT EXISTS (
           SELECT 1 FROM outbox WHERE outbox.step_ms = slots.step_ms AND outbox.at = slots.at)`,
        stepMs,
        before,
      );
      this.#database.sql.exec(
        "INSERT OR REPLACE INTO forgotten (step_ms, before) VALUES (?, ?)",
        stepMs,
        before,
      );
    });
    this.#forgotten.set(stepMs, before);
  }

  forgottenBefore(stepMs: StepMs): number {
    let before = this.#forgotten.get(stepMs);
    if (before === undefined) {
      const [row] = this.#database.sql
        .exec<{ before: number }>("SELECT before FROM forgotten WHERE step_ms = ?", stepMs)
        .toArray();
      before = row?.before ?? 0;
      this.#forgotten.set(stepMs, before);
    }
    return before;
  }

  #putShard(shard: StoredShard, conflict: "OR IGNORE" | "OR REPLACE"): void {
    this.#database.sql.exec(
      `INSERT ${conflict} INTO shards (name, target, durable, merged, pending, ledger) VALUES (?, ?, ?, ?, ?, ?)`,
      shard.name,
      shard.target,
      shard.durable,
      shard.merged,
      shard.pending,
      encodeLedger(shard.ledger),
    );
  }
}

function toSlot(row: SlotRow): StoredSlot {
  const { at, target, operation, part } = row;
  return {
    stepMs: toStep(row.step_ms),
    at,
    target,
    operation,
    part,
    body: new Uint8Array(row.body),
  };
}

function toStep(stepMs: number): StepMs {
  if (stepMs === 60_000 || stepMs === 3_600_000 || stepMs === 86_400_000) return stepMs;
  throw new Error(`a stored stretch of ${stepMs} ms: written by a newer version`);
}

function encodeLedger(ledger: IntakeLedger): Uint8Array {
  const writer = new ByteWriter(64);
  writeLedger(writer, ledger);
  return writer.finish();
}

function decodeLedger(bytes: ArrayBuffer): IntakeLedger {
  return readLedger(new ByteReader(new Uint8Array(bytes)));
}
