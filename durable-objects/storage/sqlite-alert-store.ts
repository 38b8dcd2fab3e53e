import { alertSchema, archiveRecordSchema, silenceSchema } from "../../src/alerts/alert-schema.ts";
import {
  ALERT_STORE_BOUNDS,
  type AlertCommit,
  type AlertLosses,
  type AlertStore,
  type AlertStoreBounds,
  type QueuedRecord,
  type StoredAlerts,
} from "../../src/alerts/alert-store.ts";
import type { Alert } from "../../src/alerts/alert.ts";
import {
  type ArchiveRecord,
  type AuditEntry,
  recordKey,
  recordTimes,
} from "../../src/alerts/archive.ts";
import type { Notification } from "../../src/notify/notice.ts";
import { notificationSchema } from "../../src/notify/notice-schema.ts";
import { COORDINATOR_SCHEMA } from "./coordinator-schema.ts";
import { migrate, type SqlDatabase } from "./migrate.ts";
import { StoredBodies } from "./stored-bodies.ts";

/** A row may have 2 MB, which only the platform enforces; what is stored here has some KB. */
const MAX_BODY_CHARACTERS = 200_000;

interface BodyRow extends Record<string, SqlStorageValue> {
  id: string;
  body: string;
}

/** The newest first, also among those of one millisecond. */
const NEWEST_ALERTS = `
  SELECT key, version, body FROM archive_out
  WHERE kind = 'alert' AND at < ?2 AND (ended_at IS NULL OR ended_at >= ?1)
  ORDER BY at DESC, seq DESC`;

const NEWEST_AUDIT = `
  SELECT key, version, body FROM archive_out
  WHERE kind = 'audit' AND at >= ?1 AND at < ?2 ORDER BY at DESC, seq DESC`;

interface RecordRow extends Record<string, SqlStorageValue> {
  key: string;
  version: number;
  body: string;
}

/** A coordinator's alerts, and what they leave behind, in the object's own SQLite. */
export class SqliteAlertStore implements AlertStore {
  readonly #database: SqlDatabase;
  readonly #bounds: AlertStoreBounds;
  readonly #alerts = new StoredBodies("alert", alertSchema);
  readonly #silences = new StoredBodies("silence", silenceSchema);
  readonly #outgoing = new StoredBodies("notification", notificationSchema);
  readonly #records = new StoredBodies("record for D1", archiveRecordSchema);
  /** Rows of the queues, which are asked for at each tick; undefined if they have to be counted. */
  #outgoingRows: number | undefined;
  #recordRows: number | undefined;
  #dropped = { notifications: 0, records: 0 };

  constructor(database: SqlDatabase, bounds: AlertStoreBounds = ALERT_STORE_BOUNDS) {
    this.#database = database;
    this.#bounds = bounds;
    migrate(database, COORDINATOR_SCHEMA);
  }

  get losses(): AlertLosses {
    const unreadable = [this.#alerts, this.#silences, this.#outgoing, this.#records]
      .map((bodies) => bodies.unreadable)
      .reduce((sum, count) => sum + count, 0);
    return { ...this.#dropped, unreadable };
  }

  load(): StoredAlerts {
    const { sql } = this.#database;
    const all = <Value>(table: "alerts" | "silences", bodies: StoredBodies<Value>): Value[] =>
      sql
        .exec<BodyRow>(`SELECT id, body FROM ${table} ORDER BY id`)
        .toArray()
        .flatMap(({ id, body }) => bodies.read(id, body) ?? []);
    const [counter] = sql
      .exec<{ next_number: number }>("SELECT next_number FROM alert_counter")
      .toArray();
    return {
      alerts: all("alerts", this.#alerts),
      nextNumber: counter?.next_number ?? 1,
      silences: all("silences", this.#silences),
    };
  }

  commit(change: AlertCommit): void {
    const dropped = this.#change(() => {
      if (change.nextNumber !== undefined || change.records !== undefined) this.#count(change);
      this.#replace("alerts", this.#alerts, change.put, change.remove);
      this.#replace("silences", this.#silences, change.putSilences, change.removeSilences);
      for (const notification of change.notifications ?? []) this.#queue(notification);
      return this.#trim();
    });
    this.#dropped = {
      notifications: this.#dropped.notifications + dropped.notifications,
      records: this.#dropped.records + dropped.records,
    };
    if (dropped.notifications + dropped.records === 0) return;
    console.error(
      `too much waits: ${dropped.notifications} notifications that the dispatcher did not take and ` +
        `${dropped.records} records that D1 did not take are lost`,
    );
  }

  outgoing(limit: number): readonly Notification[] {
    const found: Notification[] = [];
    const rows = this.#database.sql.exec<BodyRow>(
      "SELECT id, body FROM notifications_out ORDER BY seq",
    );
    for (const { id, body } of rows) {
      if (found.length >= limit) break;
      const notification = this.#outgoing.read(id, body);
      if (notification !== undefined) found.push(notification);
    }
    return found;
  }

  outgoingCount(): number {
    this.#outgoingRows ??= this.#rowsOf("notifications_out");
    return this.#outgoingRows - this.#outgoing.unreadable;
  }

  settleOutgoing(ids: readonly string[]): void {
    this.#change(() => {
      for (const id of ids) {
        this.#database.sql.exec("DELETE FROM notifications_out WHERE id = ?", id);
      }
    });
  }

  queuedRecords(limit: number): readonly QueuedRecord[] {
    return this.#readRecords(limit, "SELECT key, version, body FROM archive_out ORDER BY seq");
  }

  queuedRecordCount(): number {
    this.#recordRows ??= this.#rowsOf("archive_out");
    return this.#recordRows - this.#records.unreadable;
  }

  queuedAlerts(from: number, to: number, limit: number): readonly Alert[] {
    return this.#readRecords(limit, NEWEST_ALERTS, from, to).flatMap(({ record }) =>
      record.kind === "alert" ? [record.alert] : [],
    );
  }

  queuedAudit(from: number, to: number, limit: number): readonly AuditEntry[] {
    return this.#readRecords(limit, NEWEST_AUDIT, from, to).flatMap(({ record }) =>
      record.kind === "audit" ? [record.entry] : [],
    );
  }

  settleRecords(records: readonly QueuedRecord[]): void {
    this.#change(() => {
      for (const { record, version } of records) {
        const key = recordKey(record);
        const query = "DELETE FROM archive_out WHERE key = ? AND version = ?";
        this.#database.sql.exec(query, key, version);
      }
    });
  }

  /** Reads rows only until there are as many records as are wanted. */
  #readRecords(limit: number, query: string, ...bindings: readonly number[]): QueuedRecord[] {
    const found: QueuedRecord[] = [];
    if (limit <= 0) return found;
    for (const { key, version, body } of this.#database.sql.exec<RecordRow>(query, ...bindings)) {
      const record = this.#records.read(key, body);
      if (record !== undefined) found.push({ record, version });
      if (found.length >= limit) break;
    }
    return found;
  }

  /** Runs a change of the queues, all or nothing. */
  #change<Result>(run: () => Result): Result {
    this.#outgoingRows = undefined;
    this.#recordRows = undefined;
    return this.#database.transactionSync(run);
  }

  /** Numbers what is numbered, and queues the records. */
  #count({ nextNumber, records = [] }: AlertCommit): void {
    const { sql } = this.#database;
    const { next_version: end } = sql
      .exec<{ next_version: number }>(
        `INSERT INTO alert_counter (id, next_number, next_version) VALUES (1, COALESCE(?1, 1), 1 + ?2)
         ON CONFLICT (id) DO UPDATE SET
           next_number = COALESCE(?1, next_number), next_version = next_version + ?2
         RETURNING next_version`,
        nextNumber ?? null,
        records.length,
      )
      .one();
    for (const [index, record] of records.entries()) {
      this.#putRecord(record, end - records.length + index);
    }
  }

  #replace(
    table: "alerts" | "silences",
    bodies: StoredBodies<unknown>,
    put: readonly { readonly id: string }[] = [],
    remove: readonly string[] = [],
  ): void {
    const { sql } = this.#database;
    for (const value of put) {
      bodies.forget(value.id);
      const body = toBody(value.id, value);
      sql.exec(`INSERT OR REPLACE INTO ${table} (id, body) VALUES (?, ?)`, value.id, body);
    }
    for (const id of remove) {
      bodies.forget(id);
      sql.exec(`DELETE FROM ${table} WHERE id = ?`, id);
    }
  }

  #queue(notification: Notification): void {
    this.#database.sql.exec(
      "INSERT OR IGNORE INTO notifications_out (id, is_repeat, body) VALUES (?, ?, ?)",
      notification.id,
      notification.notice.event === "repeat" ? 1 : 0,
      toBody(notification.id, notification),
    );
  }

  #putRecord(record: ArchiveRecord, version: number): void {
    const key = recordKey(record);
    const { at, endedAt } = recordTimes(record);
    this.#records.forget(key);
    this.#database.sql.exec(
      `INSERT INTO archive_out (key, version, kind, at, ended_at, body) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET version = excluded.version, kind = excluded.kind,
         at = excluded.at, ended_at = excluded.ended_at, body = excluded.body`,
      key,
      version,
      record.kind,
      at,
      endedAt,
      toBody(key, record),
    );
  }

  #trim(): { readonly notifications: number; readonly records: number } {
    const { sql } = this.#database;
    const tooMany = this.#rowsOf("notifications_out") - this.#bounds.outgoing;
    const notifications =
      tooMany <= 0
        ? []
        : sql
            .exec<{ key: string }>(
              `DELETE FROM notifications_out WHERE seq IN (
                 SELECT seq FROM notifications_out ORDER BY is_repeat DESC, seq LIMIT ?)
               RETURNING id AS key`,
              tooMany,
            )
            .toArray();
    const tooManyRecords = this.#rowsOf("archive_out") - this.#bounds.records;
    const records =
      tooManyRecords <= 0
        ? []
        : sql
            .exec<{ key: string }>(
              `DELETE FROM archive_out WHERE seq IN (
                 SELECT seq FROM archive_out ORDER BY seq LIMIT ?) RETURNING key`,
              tooManyRecords,
            )
            .toArray();
    for (const { key } of notifications) this.#outgoing.forget(key);
    for (const { key } of records) this.#records.forget(key);
    return { notifications: notifications.length, records: records.length };
  }

  #rowsOf(table: "notifications_out" | "archive_out"): number {
    const query = `SELECT COUNT(*) AS row_count FROM ${table}`;
    return this.#database.sql.exec<{ row_count: number }>(query).one().row_count;
  }
}

/** @throws RangeError for more than a row can hold. */
function toBody(key: string, value: unknown): string {
  const body = JSON.stringify(value);
  if (body.length <= MAX_BODY_CHARACTERS) return body;
  throw new RangeError(
    `${key} has ${body.length} characters, at most ${MAX_BODY_CHARACTERS} are stored`,
  );
}
