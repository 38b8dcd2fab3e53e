import type {
  Batch,
  ChannelCounts,
  ChannelRecord,
  DispatcherMemory,
  DispatchStore,
  Fate,
  QueueItem,
  QueueState,
} from "../../src/dispatcher/dispatch-store.ts";
import { queueContentSchema } from "../../src/dispatcher/stored-schemas.ts";
import type { NotificationState, NotificationView } from "../../src/wire/dispatcher-rpc.ts";
import { DISPATCHER_SCHEMA } from "./dispatcher-schema.ts";
import {
  type BatchRow,
  type ChannelRow,
  type ItemRow,
  toBatch,
  toChannel,
  toView,
  type ViewRow,
} from "./dispatcher-rows.ts";
import { migrate, type SqlDatabase } from "./migrate.ts";
import { SqliteDispatcherMemory } from "./sqlite-dispatcher-memory.ts";
import { StoredBodies } from "./stored-bodies.ts";

/** A row may have 2 MB, which only the platform enforces. */
const MAX_BODY_CHARACTERS = 600_000;

const UNREADABLE =
  "it cannot be read: a newer version wrote it, or its storage is damaged; the log has what it is";

/** A dispatcher's state in the object's own SQLite. */
export class SqliteDispatchStore implements DispatchStore {
  readonly #database: SqlDatabase;
  readonly #contents = new StoredBodies("notification", queueContentSchema);
  readonly #memory: SqliteDispatcherMemory;

  constructor(database: SqlDatabase) {
    this.#database = database;
    this.#memory = new SqliteDispatcherMemory(database);
    migrate(database, DISPATCHER_SCHEMA);
  }

  enqueue(items: readonly QueueItem[]): number {
    return this.#database.transactionSync(() => {
      let added = 0;
      for (const { id, channel, subject, event, queuedAt, content } of items) {
        const body = JSON.stringify(content);
        if (body.length > MAX_BODY_CHARACTERS) {
          throw new RangeError(
            `${id} has ${body.length} characters, a notification at most ${MAX_BODY_CHARACTERS}`,
          );
        }
        added += this.#database.sql
          .exec(
            `INSERT OR IGNORE INTO notifications
               (id, channel, subject, event, queued_at, body, state, attempts)
             VALUES (?, ?, ?, ?, ?, ?, 'queued', 0) RETURNING seq`,
            id,
            channel,
            subject,
            event,
            queuedAt,
            body,
          )
          .toArray().length;
      }
      return added;
    });
  }

  trim(channel: string, bound: number, fate: Fate): number {
    return this.#database.transactionSync(() => {
      const { waiting } = this.#database.sql
        .exec<{ waiting: number }>(
          `SELECT COUNT(*) AS waiting FROM notifications
           WHERE channel = ? AND state = 'queued' AND batch IS NULL`,
          channel,
        )
        .one();
      if (waiting <= bound) return 0;
      const dropped = this.#database.sql
        .exec(
          `UPDATE notifications SET state = 'dropped', settled_at = ?, last_error = ?, body = NULL
           WHERE seq IN (
             SELECT seq FROM notifications
             WHERE channel = ? AND state = 'queued' AND batch IS NULL
             ORDER BY event <> 'repeat', seq LIMIT ?)
           RETURNING seq`,
          fate.at,
          fate.reason,
          channel,
          waiting - bound,
        )
        .toArray().length;
      this.#count(channel, "dropped", dropped);
      return dropped;
    });
  }

  supersede(channel: string, subject: string, fate: Fate): number {
    return this.#database.transactionSync(() => {
      const superseded = this.#database.sql
        .exec(
          `UPDATE notifications SET state = 'superseded', settled_at = ?1, last_error = ?2, body = NULL
           WHERE channel = ?3 AND subject = ?4 AND state = 'queued' AND batch IS NULL
             AND event = 'repeat' AND seq < (
               SELECT MAX(seq) FROM notifications
               WHERE channel = ?3 AND subject = ?4 AND state = 'queued'
                 AND event IN ('repeat', 'resolved'))
           RETURNING seq`,
          fate.at,
          fate.reason,
          channel,
          subject,
        )
        .toArray().length;
      this.#count(channel, "superseded", superseded);
      return superseded;
    });
  }

  queues(): readonly QueueState[] {
    return this.#database.sql
      .exec<{ channel: string; queued: number; oldestAt: number; expiresFrom: number }>(
        `SELECT one.channel, COUNT(*) AS queued, MIN(one.queued_at) AS oldestAt,
           MIN(COALESCE(batches.newest_at, one.queued_at)) AS expiresFrom
         FROM notifications AS one
         LEFT JOIN batches ON batches.channel = one.channel AND batches.key = one.batch
         WHERE one.state = 'queued' GROUP BY one.channel ORDER BY one.channel`,
      )
      .toArray();
  }

  candidates(channel: string, limit: number, atMs: number): readonly QueueItem[] {
    // Others take the place of those that cannot be read, which may be many.
    for (let asked = limit; ; asked *= 2) {
      const rows = this.#nextRows(channel, asked);
      const items = this.#toItems(rows, atMs);
      if (items.length >= limit || items.length === rows.length) return items.slice(0, limit);
    }
  }

  form(channel: string, key: string, ids: readonly string[], atMs: number): Batch {
    return this.#database.transactionSync(() => {
      const { sql } = this.#database;
      for (const id of ids) sql.exec("UPDATE notifications SET batch = ? WHERE id = ?", key, id);
      const [row] = sql
        .exec<BatchRow>(
          `INSERT INTO batches (
             channel, key, position, created_at, newest_at, attempts, failures, wait_from, wait_until)
           SELECT ?1, ?2, (SELECT COALESCE(MAX(position), 0) + 1 FROM batches), ?3, MAX(queued_at),
             0, 0, ?3, ?3
           FROM notifications WHERE channel = ?1 AND state = 'queued' AND batch = ?2
           RETURNING *`,
          channel,
          key,
          atMs,
        )
        .toArray();
      if (row === undefined) throw new Error(`no entries for the message ${key}`);
      return toBatch(row);
    });
  }

  batches(channel: string): readonly Batch[] {
    return this.#database.sql
      .exec<BatchRow>("SELECT * FROM batches WHERE channel = ? ORDER BY position", channel)
      .toArray()
      .map(toBatch);
  }

  itemsOf(channel: string, key: string, atMs: number): readonly QueueItem[] {
    const rows = this.#database.sql
      .exec<ItemRow>(
        `SELECT id, channel, subject, queued_at, body FROM notifications
         WHERE channel = ? AND state = 'queued' AND batch = ? ORDER BY seq`,
        channel,
        key,
      )
      .toArray();
    return this.#toItems(rows, atMs);
  }

  save(batch: Batch, record: ChannelRecord): void {
    this.#database.transactionSync(() => {
      this.#database.sql.exec(
        `UPDATE batches SET attempts = ?, failures = ?, wait_from = ?, wait_until = ?, last_error = ?
         WHERE channel = ? AND key = ?`,
        batch.attempts,
        batch.failures,
        batch.wait.from,
        batch.wait.until,
        batch.lastError,
        batch.channel,
        batch.key,
      );
      this.saveChannel(record);
    });
  }

  settle(
    { channel, key, attempts }: Batch,
    end: {
      readonly state: "delivered" | "dead";
      readonly at: number;
      readonly reason: string | null;
    },
    record: ChannelRecord,
  ): void {
    this.#database.transactionSync(() => {
      const { sql } = this.#database;
      const settled = sql
        .exec(
          `UPDATE notifications
           SET state = ?, settled_at = ?, last_error = ?, attempts = ?, body = NULL
           WHERE channel = ? AND state = 'queued' AND batch = ? RETURNING seq`,
          end.state,
          end.at,
          end.reason,
          attempts,
          channel,
          key,
        )
        .toArray().length;
      sql.exec("DELETE FROM batches WHERE channel = ? AND key = ?", channel, key);
      this.#count(channel, end.state, settled);
      this.saveChannel(record);
    });
  }

  expire(channel: string, before: number, fate: Fate, exceptKey: string | undefined): number {
    return this.#database.transactionSync(() => {
      const { sql } = this.#database;
      const expired = sql
        .exec(
          `UPDATE notifications SET state = 'dead', settled_at = ?1, last_error = ?2, body = NULL,
             attempts = COALESCE((SELECT batches.attempts FROM batches
               WHERE batches.channel = ?3 AND batches.key = notifications.batch), 0)
           WHERE channel = ?3 AND state = 'queued' AND CASE WHEN batch IS NULL
             THEN queued_at <= ?4
             ELSE batch IN (SELECT key FROM batches
               WHERE channel = ?3 AND newest_at <= ?4 AND key <> ?5) END
           RETURNING seq`,
          fate.at,
          fate.reason,
          channel,
          before,
          exceptKey ?? "",
        )
        .toArray().length;
      sql.exec(
        "DELETE FROM batches WHERE channel = ? AND newest_at <= ? AND key <> ?",
        channel,
        before,
        exceptKey ?? "",
      );
      this.#count(channel, "dead", expired);
      return expired;
    });
  }

  loadChannel(channel: string): ChannelRecord | undefined {
    const [row] = this.#database.sql
      .exec<ChannelRow>("SELECT * FROM channels WHERE channel = ?", channel)
      .toArray();
    return row && toChannel(row);
  }

  saveChannel(record: ChannelRecord): void {
    this.#database.sql.exec(
      `INSERT OR REPLACE INTO channels (channel, wait_from, wait_until, failures, refused,
         failing_since, is_disabled, tried_at, last_delivered_at, last_error)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      record.channel,
      record.wait.from,
      record.wait.until,
      record.failures,
      record.refused,
      record.failingSince,
      record.isDisabled ? 1 : 0,
      record.triedAt,
      record.lastDeliveredAt,
      record.lastError,
    );
  }

  counts(channel: string): ChannelCounts {
    const [row] = this.#database.sql
      .exec<Record<keyof ChannelCounts, number>>(
        "SELECT delivered, dead, dropped, superseded FROM counts WHERE channel = ?",
        channel,
      )
      .toArray();
    return row ?? { delivered: 0, dead: 0, dropped: 0, superseded: 0 };
  }

  list(state: NotificationState | undefined, limit: number): readonly NotificationView[] {
    return this.#database.sql
      .exec<ViewRow>(
        `SELECT one.id, one.channel, one.subject, one.event, one.queued_at,
           IIF(one.state IN ('dropped', 'superseded'), 'dead', one.state) AS state,
           COALESCE(batches.attempts, one.attempts) AS attempts,
           IIF(one.state = 'queued', MAX(COALESCE(batches.wait_until, one.queued_at),
             COALESCE(channels.wait_until, 0)), NULL) AS next_at,
           IIF(one.state = 'delivered', one.settled_at, NULL) AS delivered_at,
           COALESCE(batches.last_error, one.last_error) AS last_error
         FROM notifications AS one
         LEFT JOIN batches ON one.state = 'queued'
           AND batches.channel = one.channel AND batches.key = one.batch
         LEFT JOIN channels ON channels.channel = one.channel
         WHERE ?1 IS NULL OR one.state = ?1
           OR (?1 = 'dead' AND one.state IN ('dropped', 'superseded'))
         ORDER BY one.seq DESC LIMIT ?2`,
        state ?? null,
        limit,
      )
      .toArray()
      .map(toView);
  }

  oldestSettledAt(): number | undefined {
    const { oldest } = this.#database.sql
      .exec<{ oldest: number | null }>(
        "SELECT MIN(settled_at) AS oldest FROM notifications WHERE state <> 'queued' AND event <> 'report'",
      )
      .one();
    return oldest ?? undefined;
  }

  forget(before: number, reportsBefore: number, limit: number): number {
    return this.#database.sql
      .exec(
        `DELETE FROM notifications WHERE seq IN (
           SELECT seq FROM notifications
           WHERE state <> 'queued' AND settled_at < IIF(event = 'report', ?, ?) LIMIT ?)
         RETURNING seq`,
        reportsBefore,
        before,
        limit,
      )
      .toArray().length;
  }

  recall<Name extends keyof DispatcherMemory>(name: Name): DispatcherMemory[Name] | undefined {
    return this.#memory.recall(name);
  }

  remember<Name extends keyof DispatcherMemory>(
    name: Name,
    value: DispatcherMemory[Name] | undefined,
  ): void {
    this.#memory.remember(name, value);
  }

  #nextRows(channel: string, limit: number): readonly ItemRow[] {
    return this.#database.sql
      .exec<ItemRow>(
        `SELECT id, channel, subject, queued_at, body FROM notifications AS one
         WHERE channel = ? AND state = 'queued' AND batch IS NULL AND NOT EXISTS (
           SELECT 1 FROM notifications AS earlier
           WHERE earlier.channel = one.channel AND earlier.subject = one.subject
             AND earlier.state = 'queued' AND earlier.seq < one.seq)
         ORDER BY seq LIMIT ?`,
        channel,
        limit,
      )
      .toArray();
  }

  /** Those of the rows that can be read. The others have their fate. */
  #toItems(rows: readonly ItemRow[], atMs: number): QueueItem[] {
    const items: QueueItem[] = [];
    const unreadable: ItemRow[] = [];
    for (const row of rows) {
      const { id, channel, subject, queued_at: queuedAt } = row;
      const content = this.#contents.read(id, row.body ?? "");
      if (content === undefined) {
        unreadable.push(row);
        continue;
      }
      const event = content.kind === "report" ? content.kind : content.notice.event;
      items.push({ id, channel, subject, event, queuedAt, content });
    }
    if (unreadable.length > 0) this.#bury(unreadable, atMs);
    return items;
  }

  #bury(rows: readonly ItemRow[], atMs: number): void {
    this.#database.transactionSync(() => {
      for (const { id, channel } of rows) {
        this.#database.sql.exec(
          `UPDATE notifications SET state = 'dead', settled_at = ?, last_error = ?, body = NULL,
             attempts = COALESCE((SELECT batches.attempts FROM batches
               WHERE batches.channel = notifications.channel
                 AND batches.key = notifications.batch), 0)
           WHERE id = ?`,
          atMs,
          UNREADABLE,
          id,
        );
        this.#count(channel, "dead", 1);
      }
    });
    for (const { id } of rows) this.#contents.forget(id);
  }

  #count(channel: string, what: keyof ChannelCounts, more: number): void {
    if (more === 0) return;
    const counts = { ...this.counts(channel) };
    counts[what] += more;
    this.#database.sql.exec(
      `INSERT OR REPLACE INTO counts (channel, delivered, dead, dropped, superseded)
       VALUES (?, ?, ?, ?, ?)`,
      channel,
      counts.delivered,
      counts.dead,
      counts.dropped,
      counts.superseded,
    );
  }
}
