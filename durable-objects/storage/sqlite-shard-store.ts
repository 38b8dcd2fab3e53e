import type { ShardStore, StoredLogRow } from "../../src/merge/shard-store.ts";
import type { HeardStream, StreamChanges } from "../../src/merge/stream-totals.ts";
import type { LimitStore } from "../../src/limits/limit-store.ts";
import { migrate, type SchemaStep, type SqlDatabase } from "./migrate.ts";

/** Bodies above this would not fit a row on the platform (2 MB), though workerd takes them locally. */
const MAX_BODY_BYTES = 1_900_000;

/**
 * Most rows that stay after they were let go of, and how long their bodies may be: far more than the
 * rows that come between two checkpoints, and at most 16 MB.
 */
const MAX_SPARE_ROWS = 1_024;
const MAX_SPARE_BYTES = 16_384;

const SCHEMA: readonly SchemaStep[] = [
  {
    id: "log-and-state",
    sql: `
      CREATE TABLE log (seq INTEGER PRIMARY KEY, timings INTEGER NOT NULL, body BLOB NOT NULL);
      CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), body BLOB NOT NULL);`,
  },
  {
    id: "bucket",
    sql: "CREATE TABLE bucket (id INTEGER PRIMARY KEY CHECK (id = 1), body BLOB NOT NULL)",
  },
  {
    // A table of its own: as part of the state, all of them would be written with every trim. It is
    // made with the first stream: a version that does not know it can still take any other shard.
    id: "streams",
    sql: `
      CREATE TABLE streams (stream TEXT PRIMARY KEY, heard_at INTEGER NOT NULL, body BLOB NOT NULL)
        WITHOUT ROWID`,
  },
];

/** The steps without which there is no shard. */
const STEPS_OF_ALL = SCHEMA.findIndex(({ id }) => id === "streams");

/**
 * A shard's log, and its target's bucket, in the object's own SQLite. The platform bills a row that
 * is deleted like one that is written, but not one that becomes another. So what is let go of stays,
 * and each new row takes the place of the oldest of them.
 */
export class SqliteShardStore implements ShardStore, LimitStore {
  readonly #database: SqlDatabase;
  #hasStreams: boolean;
  /** Rows up to here may be replaced. What former lives let go of is known with the next trim. */
  #spareUpTo = 0;

  constructor(database: SqlDatabase) {
    this.#database = database;
    this.#hasStreams = migrate(database, SCHEMA, STEPS_OF_ALL) > STEPS_OF_ALL;
  }

  loadState(): Uint8Array | undefined {
    const [row] = this.#database.sql
      .exec<{ body: ArrayBuffer }>("SELECT body FROM state WHERE id = 1")
      .toArray();
    return row === undefined ? undefined : new Uint8Array(row.body);
  }

  loadLimit(): Uint8Array | undefined {
    const [row] = this.#database.sql
      .exec<{ body: ArrayBuffer }>("SELECT body FROM bucket WHERE id = 1")
      .toArray();
    return row === undefined ? undefined : new Uint8Array(row.body);
  }

  saveLimit(body: Uint8Array): void {
    if (body.length > MAX_BODY_BYTES) {
      throw new RangeError(`a bucket of ${body.length} bytes, at most ${MAX_BODY_BYTES} fit`);
    }
    this.#database.sql.exec("INSERT OR REPLACE INTO bucket (id, body) VALUES (1, ?)", body);
  }

  append(seq: number, timings: number, body: Uint8Array, streams?: StreamChanges): void {
    if (body.length > MAX_BODY_BYTES) {
      throw new RangeError(`a log row of ${body.length} bytes, at most ${MAX_BODY_BYTES} fit`);
    }
    if (streams === undefined) return this.#put(seq, timings, body);
    if (!this.#hasStreams) this.#hasStreams = migrate(this.#database, SCHEMA) > STEPS_OF_ALL;
    this.#database.transactionSync(() => {
      this.#put(seq, timings, body);
      this.#changeStreams(streams);
    });
  }

  loadStreams(): Iterable<HeardStream> {
    if (!this.#hasStreams) return [];
    return this.#database.sql
      .exec<{
        stream: string;
        heard_at: number;
      }>("SELECT stream, heard_at FROM streams ORDER BY heard_at, stream")
      .toArray()
      .map(({ stream, heard_at: heardAt }) => ({ stream, heardAt }));
  }

  readStream(stream: string): Uint8Array | undefined {
    if (!this.#hasStreams) return undefined;
    const [row] = this.#database.sql
      .exec<{ body: ArrayBuffer }>("SELECT body FROM streams WHERE stream = ?", stream)
      .toArray();
    return row === undefined ? undefined : new Uint8Array(row.body);
  }

  #changeStreams({ put, forget }: StreamChanges): void {
    const { sql } = this.#database;
    for (const stream of forget) sql.exec("DELETE FROM streams WHERE stream = ?", stream);
    for (const { stream, heardAt, body } of put) {
      if (body.length > MAX_BODY_BYTES) {
        throw new RangeError(`a total of ${body.length} bytes, at most ${MAX_BODY_BYTES} fit`);
      }
      sql.exec(
        "INSERT OR REPLACE INTO streams (stream, heard_at, body) VALUES (?, ?, ?)",
        stream,
        heardAt,
        body,
      );
    }
  }

  #put(seq: number, timings: number, body: Uint8Array): void {
    if (this.#replaceSpare(seq, timings, body)) return;
    this.#database.sql.exec(
      "INSERT INTO log (seq, timings, body) VALUES (?, ?, ?)",
      seq,
      timings,
      body,
    );
  }

  /** @returns whether there was a row to replace. */
  #replaceSpare(seq: number, timings: number, body: Uint8Array): boolean {
    if (this.#spareUpTo === 0) return false;
    const isReplaced =
      this.#database.sql
        .exec(
          `UPDATE log SET seq = ?, timings = ?, body = ?
           WHERE seq = (SELECT MIN(seq) FROM log) AND seq <= ? RETURNING seq`,
          seq,
          timings,
          body,
          this.#spareUpTo,
        )
        .toArray().length > 0;
    if (!isReplaced) this.#spareUpTo = 0;
    return isReplaced;
  }

  readAfter(seq: number, maxBytes: number): readonly StoredLogRow[] {
    const rows: StoredLogRow[] = [];
    let bytes = 0;
    const cursor = this.#database.sql.exec<{ seq: number; body: ArrayBuffer }>(
      "SELECT seq, body FROM log WHERE seq > ? ORDER BY seq",
      seq,
    );
    for (const row of cursor) {
      rows.push({ seq: row.seq, body: new Uint8Array(row.body) });
      bytes += row.body.byteLength;
      if (bytes >= maxBytes) break;
    }
    return rows;
  }

  timingsAfter(seq: number): number {
    const { total } = this.#database.sql
      .exec<{ total: number }>(
        "SELECT COALESCE(SUM(timings), 0) AS total FROM log WHERE seq > ?",
        seq,
      )
      .one();
    return total;
  }

  trim(seq: number, state: Uint8Array): void {
    this.#database.transactionSync(() => {
      this.#database.sql.exec(
        "DELETE FROM log WHERE seq <= ? AND (seq <= ? OR LENGTH(body) > ?)",
        seq,
        seq - MAX_SPARE_ROWS,
        MAX_SPARE_BYTES,
      );
      this.#database.sql.exec("INSERT OR REPLACE INTO state (id, body) VALUES (1, ?)", state);
    });
    this.#spareUpTo = seq;
  }
}
