import { ByteReader } from "../../src/histogram/byte-reader.ts";
import { ByteWriter } from "../../src/histogram/byte-writer.ts";
import { type IntakeLedger, readLedger, writeLedger } from "../../src/merge/intake-ledger.ts";
import type { FirstSeen, StoredMinute } from "../../src/merge/minute-counts.ts";
import { DAY_MS, MINUTE_MS } from "../../src/merge/slot-time.ts";
import type {
  Checkpoint,
  FoldDay,
  OutboxEntry,
  StepMs,
  StoredShard,
  StoredSlot,
  StoredTenant,
  StoredTotal,
  TenantStore,
} from "../../src/merge/tenant-store.ts";
import { WHOLE_TARGET } from "../../src/names.ts";
import { COORDINATOR_SCHEMA } from "./coordinator-schema.ts";
import { migrate, type SqlDatabase } from "./migrate.ts";

interface TenantRow extends Record<string, SqlStorageValue> {
  checkpoint: number;
  refused: ArrayBuffer;
  created_at: number | null;
}

interface ShardRow extends Record<string, SqlStorageValue> {
  name: string;
  target: string;
  durable: number;
  merged: number;
  pending: number;
  ledger: ArrayBuffer;
  error_run: number;
  error_longest: number;
  error_at: number;
  added_at: number | null;
}

interface SlotRow extends Record<string, SqlStorageValue> {
  step_ms: number;
  at: number;
  target: string;
  operation: string;
  part: number;
  body: ArrayBuffer;
}

interface SeriesRow extends Record<string, SqlStorageValue> {
  target: string;
  operation: string;
  created_at: number;
}

interface TotalRow extends SeriesRow {
  folded: ArrayBuffer | null;
}

/** Stretches of a length that began before a time and do not wait for D1. */
const IS_FORGOTTEN = `step_ms = ? AND at < ? AND NOT EXISTS (
  SELECT 1 FROM outbox WHERE outbox.step_ms = slots.step_ms AND outbox.at = slots.at)`;

/** One row. */
const IS_SLOT = "step_ms = ? AND at = ? AND target = ? AND operation = ? AND part = ?";

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
    migrate(database, COORDINATOR_SCHEMA);
  }

  loadTenant(): StoredTenant | undefined {
    const [row] = this.#database.sql
      .exec<TenantRow>("SELECT checkpoint, refused, created_at FROM tenant")
      .toArray();
    if (row === undefined) return undefined;
    const { checkpoint, refused, created_at: createdAt } = row;
    return { checkpoint, refused: decodeLedger(refused), createdAt: createdAt ?? undefined };
  }

  loadShards(): readonly StoredShard[] {
    return this.#database.sql.exec<ShardRow>("SELECT * FROM shards").toArray().map(toShard);
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

  loadMinutes(from: number): readonly StoredMinute[] {
    return this.#database.sql
      .exec<{ at: number; body: ArrayBuffer }>(
        "SELECT at, body FROM minute_counts WHERE at >= ? ORDER BY at",
        from,
      )
      .toArray()
      .map(({ at, body }) => ({ at, body: new Uint8Array(body) }));
  }

  loadFirstSeen(): readonly FirstSeen[] {
    return this.#database.sql
      .exec<{ target: string; at: number }>("SELECT target, at FROM targets_seen ORDER BY target")
      .toArray();
  }

  forgetMinutes(before: number): void {
    this.#database.sql.exec("DELETE FROM minute_counts WHERE at < ?", before);
  }

  commit({ tenant, shards, slots, outbox, minutes, firstSeen }: Checkpoint): void {
    this.#database.transactionSync(() => {
      const { sql } = this.#database;
      sql.exec(
        "INSERT OR REPLACE INTO tenant (id, checkpoint, refused, created_at) VALUES (1, ?, ?, ?)",
        tenant.checkpoint,
        encodeLedger(tenant.refused),
        tenant.createdAt ?? null,
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
      for (const { at, body } of minutes) {
        sql.exec("INSERT OR REPLACE INTO minute_counts (at, body) VALUES (?, ?)", at, body);
      }
      for (const { target, at } of firstSeen) {
        sql.exec("INSERT OR IGNORE INTO targets_seen (target, at) VALUES (?, ?)", target, at);
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

  unsettledOf(operation: string, stepMs: StepMs, from: number, to: number): readonly StoredSlot[] {
    return this.#database.sql
      .exec<SlotRow>(
        `SELECT slots.* FROM outbox JOIN slots USING (step_ms, at)
         WHERE step_ms = ? AND at >= ? AND at < ? AND operation = ?`,
        stepMs,
        from,
        to,
        operation,
      )
      .toArray()
      .map(toSlot);
  }

  forget(stepMs: StepMs, before: number): void {
    if (before <= this.forgottenBefore(stepMs)) return;
    this.#database.transactionSync(() => {
      this.#database.sql.exec(`DELETE FROM slots WHERE ${IS_FORGOTTEN}`, stepMs, before);
      this.#noteForgotten(stepMs, before);
    });
  }

  foldDays(before: number, fold: FoldDay, limit: number): void {
    if (before < this.forgottenBefore(DAY_MS)) return;
    this.#database.transactionSync(() => {
      this.#database.sql.exec(
        `DELETE FROM slots WHERE ${IS_FORGOTTEN} AND operation = ?`,
        DAY_MS,
        before,
        WHOLE_TARGET,
      );
      this.#fold(before, fold, limit);
      this.#noteForgotten(DAY_MS, before);
    });
  }

  #noteForgotten(stepMs: StepMs, before: number): void {
    this.#database.sql.exec(
      "INSERT OR REPLACE INTO forgotten (step_ms, before) VALUES (?, ?)",
      stepMs,
      before,
    );
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

  loadSeriesSince(): Iterable<Omit<StoredTotal, "folded">> {
    return this.#database.sql
      .exec<SeriesRow>("SELECT target, operation, created_at FROM series_totals")
      .toArray()
      .map(({ target, operation, created_at: createdAt }) => ({ target, operation, createdAt }));
  }

  *loadTotals(): Iterable<StoredTotal> {
    const rows = this.#database.sql.exec<TotalRow>("SELECT * FROM series_totals");
    for (const { target, operation, created_at: createdAt, folded } of rows) {
      yield {
        target,
        operation,
        createdAt,
        folded: folded === null ? undefined : new Uint8Array(folded),
      };
    }
  }

  addTotals(series: readonly Omit<StoredTotal, "folded">[]): void {
    this.#database.transactionSync(() => {
      for (const { target, operation, createdAt } of series) {
        this.#database.sql.exec(
          "INSERT OR IGNORE INTO series_totals (target, operation, created_at) VALUES (?, ?, ?)",
          target,
          operation,
          createdAt,
        );
      }
    });
  }

  *eachSlot(stepMs: StepMs): Iterable<StoredSlot> {
    const rows = this.#database.sql.exec<SlotRow>("SELECT * FROM slots WHERE step_ms = ?", stepMs);
    for (const row of rows) yield toSlot(row);
  }

  /** One row at a time: all that goes on one day may be more than fits into memory. */
  #fold(before: number, fold: FoldDay, limit: number): void {
    const { sql } = this.#database;
    const keys = sql
      .exec<Pick<SlotRow, "at" | "target" | "operation" | "part">>(
        `SELECT at, target, operation, part FROM slots WHERE ${IS_FORGOTTEN} AND operation <> ? LIMIT ?`,
        DAY_MS,
        before,
        WHOLE_TARGET,
        limit,
      )
      .toArray();
    for (const { at, target, operation, part } of keys) {
      const key = [DAY_MS, at, target, operation, part];
      const { body } = sql
        .exec<Pick<SlotRow, "body">>(`SELECT body FROM slots WHERE ${IS_SLOT}`, ...key)
        .one();
      const [known] = sql
        .exec<{ folded: ArrayBuffer | null }>(
          "SELECT folded FROM series_totals WHERE target = ? AND operation = ?",
          target,
          operation,
        )
        .toArray();
      const folded = fold(
        known?.folded ? new Uint8Array(known.folded) : undefined,
        new Uint8Array(body),
      );
      if (folded === undefined) continue;
      sql.exec(
        `INSERT INTO series_totals (target, operation, created_at, folded) VALUES (?, ?, ?, ?)
         ON CONFLICT (target, operation) DO UPDATE SET folded = excluded.folded`,
        target,
        operation,
        at,
        folded,
      );
      sql.exec(`DELETE FROM slots WHERE ${IS_SLOT}`, ...key);
    }
  }

  #putShard(shard: StoredShard, conflict: "OR IGNORE" | "OR REPLACE"): void {
    this.#database.sql.exec(
      `INSERT ${conflict} INTO shards
         (name, target, durable, merged, pending, ledger, error_run, error_longest, error_at, added_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      shard.name,
      shard.target,
      shard.durable,
      shard.merged,
      shard.pending,
      encodeLedger(shard.ledger),
      shard.errors.length,
      shard.errors.longest,
      shard.errors.at,
      shard.addedAt ?? null,
    );
  }
}

function toShard(row: ShardRow): StoredShard {
  const { name, target, durable, merged, pending } = row;
  const errors = { length: row.error_run, longest: row.error_longest, at: row.error_at };
  const ledger = decodeLedger(row.ledger);
  const addedAt = row.added_at ?? undefined;
  return { name, target, durable, merged, pending, ledger, errors, addedAt };
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
