import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { DAY_MS } from "../../src/merge/slot-time.ts";
import { COORDINATOR_SCHEMA } from "../../durable-objects/storage/coordinator-schema.ts";
import {
  migrate,
  type SchemaStep,
  type SqlDatabase,
} from "../../durable-objects/storage/migrate.ts";
import { SqliteAlertStore } from "../../durable-objects/storage/sqlite-alert-store.ts";
import { SqliteShardStore } from "../../durable-objects/storage/sqlite-shard-store.ts";
import { SqliteTenantStore } from "../../durable-objects/storage/sqlite-tenant-store.ts";
import { type ArchiveRecord, recordKey } from "../../src/alerts/archive.ts";
import { ByteWriter } from "../../src/histogram/byte-writer.ts";
import { emptyLedger, writeLedger } from "../../src/merge/intake-ledger.ts";
import { TenantState } from "../../src/merge/tenant-state.ts";
import { SqliteInvalidationLog } from "../../durable-objects/storage/sqlite-invalidation-log.ts";
import { SqliteOtlpOutbox } from "../../durable-objects/storage/sqlite-otlp-outbox.ts";
import { alertStoreContract } from "../support/alert-store-contract.ts";
import { invalidationLogContract } from "../support/invalidation-log-contract.ts";
import { otlpOutboxContract } from "../support/otlp-outbox-contract.ts";
import { limitStoreContract } from "../support/limit-store-contract.ts";
import { shardStoreContract } from "../support/shard-store-contract.ts";
import { seedOf } from "../support/seeded.ts";
import { tenantStoreContract } from "../support/tenant-store-contract.ts";
import { endedAlert, queuedNotification, SINCE, storedAlert } from "../support/stored-alert.ts";
import { coordinatorOf, shardOf } from "./api.ts";
import { dropTables } from "./drop-tables.ts";

let made = 0;

/** Runs `use` inside an object that nobody has used before. */
function inNewShard(use: (storage: DurableObjectStorage) => void): Promise<void> {
  made += 1;
  return runInDurableObject(shardOf("contract", `t${made}`), (_, state) => use(state.storage));
}

function inNewCoordinator(use: (storage: DurableObjectStorage) => void): Promise<void> {
  made += 1;
  return runInDurableObject(coordinatorOf(`contract-${made}`), (_, state) => use(state.storage));
}

shardStoreContract(
  "SQLite",
  (use) => inNewShard((storage) => use(() => new SqliteShardStore(storage))),
  env.TEST_SEED,
);

limitStoreContract("SQLite", (use) =>
  inNewShard((storage) => use(() => new SqliteShardStore(storage))),
);

tenantStoreContract("SQLite", (use) =>
  inNewCoordinator((storage) => use(() => new SqliteTenantStore(storage))),
);

alertStoreContract("SQLite", (bounds, use) =>
  inNewCoordinator((storage) => use(() => new SqliteAlertStore(storage, bounds))),
);

invalidationLogContract(
  "SQLite",
  { seed: seedOf("SQLite invalidation log", env.TEST_SEED), numRuns: 25 },
  (bounds, use) =>
    inNewCoordinator((storage) => use(() => new SqliteInvalidationLog(storage, SINCE, bounds))),
);

otlpOutboxContract("SQLite", (bounds, use) =>
  inNewCoordinator((storage) => use(() => new SqliteOtlpOutbox(storage, bounds))),
);

/** What SQLite says that its tables are, without the runtime's own. */
function schemaOf(storage: DurableObjectStorage): string[] {
  return storage.sql
    .exec<{ name: string; sql: string | null }>(
      "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\' ORDER BY name",
    )
    .toArray()
    .map(({ name, sql }) => sql?.replaceAll(/\s+/g, " ") ?? `-- ${name}`);
}

const STEPS_TABLE = "CREATE TABLE schema_steps (position INTEGER PRIMARY KEY, id TEXT NOT NULL)";

// Objects in the field have these tables: a change here needs a further schema step.
test("the tables of a shard are these", async () => {
  await inNewShard((storage) => {
    const tables = [
      "CREATE TABLE bucket (id INTEGER PRIMARY KEY CHECK (id = 1), body BLOB NOT NULL)",
      "CREATE TABLE log (seq INTEGER PRIMARY KEY, timings INTEGER NOT NULL, body BLOB NOT NULL)",
      STEPS_TABLE,
      "CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), body BLOB NOT NULL)",
    ];
    const store = new SqliteShardStore(storage);
    store.append(1, 1, Uint8Array.of(1));
    expect(schemaOf(storage)).toEqual(tables);
    // Not before there is a stream: versions that do not know of them take every other shard.
    const stream = { stream: "a", heardAt: 1, body: Uint8Array.of(1) };
    for (const seq of [2, 3]) {
      store.append(seq, 1, Uint8Array.of(1), { put: [stream], forget: [] });
      expect(schemaOf(storage)).toEqual([
        ...tables,
        "CREATE TABLE streams (stream TEXT PRIMARY KEY, heard_at INTEGER NOT NULL, body BLOB NOT NULL) " +
          "WITHOUT ROWID",
      ]);
    }
    expect([...new SqliteShardStore(storage).loadStreams()]).toEqual([{ stream: "a", heardAt: 1 }]);
  });
});

test("the tables of a coordinator are these", async () => {
  await inNewCoordinator((storage) => {
    expect(schemaOf(storage)).toEqual([
      "CREATE TABLE alert_counter ( id INTEGER PRIMARY KEY CHECK (id = 1), " +
        "next_number INTEGER NOT NULL, next_version INTEGER NOT NULL)",
      "CREATE TABLE alerts (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
      "CREATE INDEX archive_by_time ON archive_out (kind, at)",
      "CREATE TABLE archive_out ( seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, " +
        "version INTEGER NOT NULL, body TEXT NOT NULL, kind TEXT NOT NULL DEFAULT '', " +
        "at INTEGER NOT NULL DEFAULT 0, ended_at INTEGER)",
      "CREATE TABLE forgotten (step_ms INTEGER PRIMARY KEY, before INTEGER NOT NULL)",
      "CREATE TABLE invalidation_state ( id INTEGER PRIMARY KEY CHECK (id = 1), " +
        "head INTEGER NOT NULL, dropped INTEGER NOT NULL)",
      "CREATE TABLE invalidations ( version INTEGER PRIMARY KEY, cache TEXT NOT NULL, " +
        "scope TEXT NOT NULL, UNIQUE (cache, scope))",
      "CREATE TABLE minute_counts (at INTEGER PRIMARY KEY, body BLOB NOT NULL)",
      "CREATE TABLE notifications_out ( seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, " +
        "is_repeat INTEGER NOT NULL, body TEXT NOT NULL)",
      "CREATE TABLE otlp_progress ( id INTEGER PRIMARY KEY CHECK (id = 1), captured_at INTEGER, " +
        "checkpoint INTEGER NOT NULL, failures INTEGER NOT NULL, retry_at INTEGER NOT NULL, " +
        "next_number INTEGER NOT NULL)",
      "CREATE TABLE otlp_pushes ( number INTEGER PRIMARY KEY, at INTEGER NOT NULL, " +
        "points INTEGER NOT NULL, body BLOB NOT NULL)",
      "CREATE TABLE outbox ( step_ms INTEGER NOT NULL, at INTEGER NOT NULL, " +
        "due_at INTEGER NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (step_ms, at)) WITHOUT ROWID",
      STEPS_TABLE,
      "CREATE TABLE series_totals ( target TEXT NOT NULL, operation TEXT NOT NULL, " +
        "created_at INTEGER NOT NULL, folded BLOB, PRIMARY KEY (target, operation)) WITHOUT ROWID",
      "CREATE TABLE shards ( name TEXT PRIMARY KEY, target TEXT NOT NULL, durable INTEGER NOT NULL, " +
        "merged INTEGER NOT NULL, pending INTEGER NOT NULL, ledger BLOB NOT NULL, " +
        "error_run INTEGER NOT NULL DEFAULT 0, error_longest INTEGER NOT NULL DEFAULT 0, " +
        "error_at INTEGER NOT NULL DEFAULT 0, added_at INTEGER) WITHOUT ROWID",
      "CREATE TABLE silences (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
      "CREATE TABLE slots ( step_ms INTEGER NOT NULL, at INTEGER NOT NULL, target TEXT NOT NULL, " +
        "operation TEXT NOT NULL, part INTEGER NOT NULL, body BLOB NOT NULL, " +
        "PRIMARY KEY (step_ms, at, target, operation, part)) WITHOUT ROWID",
      "-- sqlite_autoindex_archive_out_1",
      "-- sqlite_autoindex_invalidations_1",
      "-- sqlite_autoindex_notifications_out_1",
      "CREATE TABLE targets_seen (target TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID",
      "CREATE TABLE tenant ( id INTEGER PRIMARY KEY CHECK (id = 1), " +
        "checkpoint INTEGER NOT NULL, refused BLOB NOT NULL, created_at INTEGER)",
    ]);
  });
});

test("a log row that would not fit on the platform is refused", async () => {
  await inNewShard((storage) => {
    const store = new SqliteShardStore(storage);
    expect(() => store.append(1, 1, new Uint8Array(1_900_001))).toThrow(/1900001 bytes/);
    expect(rowsOf(storage)).toBe(0);
    store.append(1, 1, new Uint8Array(1_900_000));
    expect(rowsOf(storage)).toBe(1);
  });
});

function rowsOf(storage: DurableObjectStorage): number {
  return storage.sql.exec<{ rows: number }>("SELECT COUNT(*) AS rows FROM log").one().rows;
}

/** The same storage, with a count of the rows that the platform would bill as written. */
function billed(storage: DurableObjectStorage): SqlDatabase & { takeRows: () => number } {
  let cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
  return {
    sql: {
      exec: <Row extends Record<string, SqlStorageValue>>(query: string, ...values: unknown[]) => {
        const cursor = storage.sql.exec<Row>(query, ...values);
        cursors.push(cursor);
        return cursor;
      },
    },
    transactionSync: (run) => storage.transactionSync(run),
    takeRows: () => {
      const rows = cursors.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0);
      cursors = [];
      return rows;
    },
  };
}

test("a log row is billed once, and not again when it is let go of", async () => {
  await inNewShard((storage) => {
    const database = billed(storage);
    let store = new SqliteShardStore(database);
    database.takeRows();
    let seq = 0;
    const minute = (): number => {
      for (let i = 0; i < 240; i++) store.append(++seq, 1, new Uint8Array(2_000));
      store.trim(seq, Uint8Array.of(1));
      return database.takeRows();
    };
    const state = 1;
    expect([minute(), minute(), minute()]).toEqual(Array.from({ length: 3 }, () => 240 + state));
    expect(rowsOf(storage)).toBe(240);
    store = new SqliteShardStore(database);
    database.takeRows();
    expect([minute(), minute()]).toEqual(Array.from({ length: 2 }, () => 240 + state));
    expect(rowsOf(storage)).toBe(480);
  });
});

test("rows that were let go of stay within bounds", async () => {
  await inNewShard((storage) => {
    const store = new SqliteShardStore(storage);
    for (let seq = 1; seq <= 1_500; seq++) store.append(seq, 1, new Uint8Array(16_384));
    store.append(1_501, 1, new Uint8Array(16_385));
    store.append(1_502, 1, Uint8Array.of(1));
    store.trim(1_501, Uint8Array.of(1));
    // The newest 1,024 of which one is too long, and the one that is still held.
    expect(rowsOf(storage)).toBe(1_023 + 1);
    for (let life = 0; life < 3; life++) {
      const next = new SqliteShardStore(storage);
      const seq = 1_503 + life * 700;
      for (let i = 0; i < 700; i++) next.append(seq + i, 1, Uint8Array.of(1));
      next.trim(seq + 699, Uint8Array.of(1));
      expect(rowsOf(storage)).toBeLessThanOrEqual(1_024);
    }
  });
});

test("a version that deletes what it lets go of takes the shard over, and gives it back", async () => {
  await inNewShard((storage) => {
    const store = new SqliteShardStore(storage);
    for (const seq of [1, 2, 3, 4]) store.append(seq, 1, Uint8Array.of(seq));
    store.trim(2, Uint8Array.of(1));
    store.append(5, 1, Uint8Array.of(5));
    // What that version did.
    storage.sql.exec("INSERT INTO log (seq, timings, body) VALUES (6, 1, x'06')");
    storage.sql.exec("DELETE FROM log WHERE seq <= 4");
    const later = new SqliteShardStore(storage);
    later.append(7, 1, Uint8Array.of(7));
    expect(later.readAfter(4, 1_000).map(({ seq, body }) => [seq, ...body])).toEqual([
      [5, 5],
      [6, 6],
      [7, 7],
    ]);
  });
});

test("a bucket that would not fit on the platform is refused, and the last one is still there", async () => {
  await inNewShard((storage) => {
    const store = new SqliteShardStore(storage);
    store.saveLimit(Uint8Array.of(1));
    expect(() => store.saveLimit(new Uint8Array(1_900_001))).toThrow(/1900001 bytes/);
    expect(store.loadLimit()).toEqual(Uint8Array.of(1));
  });
});

test("a shard of before there were buckets and streams gets the tables and keeps its log", async () => {
  await inNewShard((storage) => {
    const store = new SqliteShardStore(storage);
    store.append(1, 1, Uint8Array.of(1));
    storage.sql.exec("DROP TABLE bucket");
    storage.sql.exec("DELETE FROM schema_steps WHERE id = 'bucket'");
    const later = new SqliteShardStore(storage);
    expect(later.loadLimit()).toBeUndefined();
    expect([...later.loadStreams()]).toEqual([]);
    expect(rowsOf(storage)).toBe(1);
    later.saveLimit(Uint8Array.of(2));
    const stream = { stream: "a", heardAt: 1, body: Uint8Array.of(3) };
    later.append(2, 1, Uint8Array.of(1), { put: [stream], forget: [] });
    expect(later.readStream("a")).toEqual(Uint8Array.of(3));
    expect(new SqliteShardStore(storage).loadLimit()).toEqual(Uint8Array.of(2));
  });
});

test("a coordinator of before there were error runs keeps its shards, without a run", async () => {
  await inNewCoordinator((storage) => {
    const errors = { length: 3, longest: 5, at: 7 };
    const ledger = emptyLedger();
    const known = { name: "a/meta#0", target: "meta", durable: 9, merged: 7, pending: 5, ledger };
    new SqliteTenantStore(storage).addShard({ ...known, errors });
    for (const column of ["error_run", "error_longest", "error_at"]) {
      storage.sql.exec(`ALTER TABLE shards DROP COLUMN ${column}`);
    }
    dropAlerts(storage);
    storage.sql.exec("DELETE FROM schema_steps WHERE position > 0");
    const store = new SqliteTenantStore(storage);
    expect(store.loadShards()).toEqual([{ ...known, errors: { length: 0, longest: 0, at: 0 } }]);
    const commit = {
      tenant: { checkpoint: 1, refused: ledger },
      slots: [],
      outbox: [],
      minutes: [],
      firstSeen: [],
    };
    store.commit({ ...commit, shards: [{ ...known, errors }] });
    expect(new SqliteTenantStore(storage).loadShards()).toEqual([{ ...known, errors }]);
  });
});

/** Takes away what came later than the shards' error runs. */
function dropAlerts(storage: DurableObjectStorage): void {
  storage.sql.exec("ALTER TABLE shards DROP COLUMN added_at");
  storage.sql.exec("ALTER TABLE tenant DROP COLUMN created_at");
  const tables = ["alerts", "silences", "notifications_out", "archive_out", "alert_counter"];
  const later = ["minute_counts", "targets_seen", "invalidations", "invalidation_state"];
  for (const table of [...tables, ...later, "series_totals", "otlp_pushes", "otlp_progress"]) {
    storage.sql.exec(`DROP TABLE ${table}`);
  }
}

test("a coordinator of before there were alerts gets their tables and keeps its shards", async () => {
  await inNewCoordinator((storage) => {
    const errors = { length: 3, longest: 5, at: 7 };
    const shard = { name: "a/meta#0", target: "meta", durable: 9, merged: 7, pending: 5 };
    const stored = { ...shard, ledger: emptyLedger(), errors };
    new SqliteTenantStore(storage).addShard(stored);
    dropAlerts(storage);
    storage.sql.exec("DELETE FROM schema_steps WHERE position > 1");
    const store = new SqliteAlertStore(storage);
    store.commit({ nextNumber: 2, put: [storedAlert("1")] });
    expect(store.load()).toEqual({ alerts: [storedAlert("1")], nextNumber: 2, silences: [] });
    expect(new SqliteTenantStore(storage).loadShards()).toEqual([stored]);
    expect(new SqliteTenantStore(storage).loadFirstSeen()).toEqual([]);
  });
});

test("a queue to D1 of before it could be searched is found, but for what cannot be read", async () => {
  await inNewCoordinator((storage) => {
    const entry = {
      id: "x",
      at: SINCE + 7,
      by: "ana",
      action: "channel.test" as const,
      subject: "mail",
      detail: {},
    };
    const alerts = [
      storedAlert("open"),
      endedAlert("ended"),
      storedAlert("unfired", { firedAt: null }),
      storedAlert("broken"),
      storedAlert("strange"),
    ];
    dropTables(storage);
    const searchable = COORDINATOR_SCHEMA.findIndex(({ id }) => id === "archive-times");
    migrate(storage, COORDINATOR_SCHEMA.slice(0, searchable));
    const records: ArchiveRecord[] = [
      ...alerts.map((alert) => ({ kind: "alert" as const, alert })),
      { kind: "audit", entry },
    ];
    for (const [i, record] of records.entries()) {
      storage.sql.exec(
        "INSERT INTO archive_out (key, version, body) VALUES (?, ?, ?)",
        recordKey(record),
        i + 1,
        JSON.stringify(record),
      );
    }
    storage.sql.exec("UPDATE archive_out SET body = '{\"kind\":' WHERE key = 'alert/broken'");
    storage.sql.exec("UPDATE archive_out SET body = '[]' WHERE key = 'alert/strange'");
    const store = new SqliteAlertStore(storage);
    const ids = (from: number): string[] =>
      store.queuedAlerts(SINCE + from, SINCE + 9_000_000, 9).map(({ id }) => id);
    expect(ids(0)).toEqual(["ended", "open", "unfired"]);
    expect(ids(900_001)).toEqual(["open", "unfired"]);
    expect(store.queuedAudit(SINCE, SINCE + 8, 9)).toEqual([entry]);
    // They are there for D1 as they were.
    expect(store.queuedRecordCount()).toBe(6);
  });
});

test("a series of before there were running totals counts from the first day that is here", async () => {
  await inNewCoordinator((storage) => {
    dropTables(storage);
    const step = COORDINATOR_SCHEMA.findIndex(({ id }) => id === "series-totals");
    migrate(storage, COORDINATOR_SCHEMA.slice(0, step));
    const days: [number, number, string][] = [
      [DAY_MS, 3 * DAY_MS, "events"],
      [DAY_MS, 2 * DAY_MS, "events"],
      [DAY_MS, DAY_MS, "*"],
      [60_000, 0, "events"],
    ];
    for (const day of days) {
      storage.sql.exec(
        "INSERT INTO slots (step_ms, at, target, operation, part, body) VALUES (?, ?, 'meta', ?, 0, x'01')",
        ...day,
      );
    }
    expect([...new SqliteTenantStore(storage).loadTotals()]).toEqual([
      { target: "meta", operation: "events", createdAt: 2 * DAY_MS, folded: undefined },
    ]);
  });
});

test("books of before it was noted since when they count stay without", async () => {
  await inNewCoordinator((storage) => {
    dropTables(storage);
    const step = COORDINATOR_SCHEMA.findIndex(({ id }) => id === "counting-since");
    migrate(storage, COORDINATOR_SCHEMA.slice(0, step));
    const writer = new ByteWriter(64);
    writeLedger(writer, emptyLedger());
    const ledger = writer.finish();
    storage.sql.exec("INSERT INTO tenant (id, checkpoint, refused) VALUES (1, 9, ?)", ledger);
    storage.sql.exec(
      `INSERT INTO shards (name, target, durable, merged, pending, ledger)
       VALUES ('a/meta#0', 'meta', 1, 1, 0, ?)`,
      ledger,
    );
    const state = new TenantState(new SqliteTenantStore(storage), SINCE);
    state.addShard("a/meta#1", "meta", SINCE + 1);
    const times = [...state.shards.values()].map(({ addedAt }) => addedAt);
    expect([state.countsSince, ...times]).toEqual([undefined, undefined, SINCE + 1]);
    state.refuse({ bad_time: 1 });
    state.storeNews();
    const later = new TenantState(new SqliteTenantStore(storage), SINCE + 9);
    expect([later.countsSince, later.refused.offered]).toEqual([undefined, 1]);
  });
});

test("a coordinator of before there were caches gets the log and keeps what it has", async () => {
  await inNewCoordinator((storage) => {
    dropTables(storage);
    const step = COORDINATOR_SCHEMA.findIndex(({ id }) => id === "invalidations");
    migrate(storage, COORDINATOR_SCHEMA.slice(0, step));
    storage.sql.exec("INSERT INTO alert_counter VALUES (1, 5, 1)");
    const log = new SqliteInvalidationLog(storage, SINCE);
    expect(log.after(0)).toEqual({ head: SINCE, from: SINCE, entries: [] });
    log.append("cache", [{ kind: "all" }], SINCE);
    expect(new SqliteInvalidationLog(storage, SINCE + 9).head).toBe(SINCE + 1);
    expect(new SqliteAlertStore(storage).load().nextNumber).toBe(5);
  });
});

test("a log whose versions were counted begins anew, above all that it ever said", async () => {
  await inNewCoordinator((storage) => {
    dropTables(storage);
    const step = COORDINATOR_SCHEMA.findIndex(({ id }) => id === "invalidations-by-time");
    migrate(storage, COORDINATOR_SCHEMA.slice(0, step));
    storage.sql.exec("INSERT INTO invalidation_state VALUES (1, 1200, 200)");
    storage.sql.exec("INSERT INTO invalidations VALUES (1200, 'cache', '{\"kind\":\"all\"}')");
    const log = new SqliteInvalidationLog(storage, SINCE);
    expect(log.after(1_199)).toEqual({ head: SINCE, from: SINCE, entries: [] });
  });
});

test.each([
  '{"kind":"glob","glob":"a*"}',
  '{"kind":"key","key":"a","region":"eu"}',
  '{"kind":',
  "",
])("a scope that a newer version stored counts as all of its cache: %s", async (stored) => {
  await inNewCoordinator((storage) => {
    const log = new SqliteInvalidationLog(storage, SINCE);
    const begin = log.head;
    log.append(
      "cache",
      [
        { kind: "key", key: "a" },
        { kind: "key", key: "b" },
      ],
      begin,
    );
    storage.sql.exec("UPDATE invalidations SET scope = ? WHERE version = ?", stored, begin + 1);
    expect(log.after(0).entries).toEqual([
      { version: begin + 1, cache: "cache", scope: { kind: "all" } },
      { version: begin + 2, cache: "cache", scope: { kind: "key", key: "b" } },
    ]);
  });
});

test.each([1, 100])(
  "invalidations are stored all or none, with room for %i",
  async (maxEntries) => {
    await inNewCoordinator((storage) => {
      const log = new SqliteInvalidationLog(storage, SINCE, { maxEntries });
      const version = log.head + 1;
      log.append("cache", [{ kind: "key", key: "a" }], 0);
      storage.sql.exec("DROP TABLE invalidation_state");
      for (const scope of [{ kind: "all" }, { kind: "key", key: "b" }] as const) {
        expect(() => log.append("cache", [scope], 0)).toThrow(/invalidation_state/);
        expect(log.after(0)).toMatchObject({ head: version, entries: [{ version }] });
        expect([log.entryCount, log.droppedCount]).toEqual([1, 0]);
      }
    });
  },
);

test("a search of a long queue reads no more rows than it gives", async () => {
  await inNewCoordinator((storage) => {
    const store = new SqliteAlertStore(storage);
    const records = Array.from({ length: 300 }, (_, i) => ({
      kind: "alert" as const,
      alert: storedAlert(`a${i}`, { firedAt: SINCE + i }),
    }));
    store.commit({ records });
    const parse = vi.spyOn(JSON, "parse");
    expect(store.queuedAlerts(SINCE, SINCE + 1_000, 5)).toHaveLength(5);
    expect(parse).toHaveBeenCalledTimes(5);
    parse.mockRestore();
  });
});

test("a change of alerts is stored whole or not at all", async () => {
  await inNewCoordinator((storage) => {
    const store = new SqliteAlertStore(storage);
    const tooLong = storedAlert("2", { fingerprint: "x".repeat(200_001) });
    const change = {
      nextNumber: 9,
      put: [storedAlert("1")],
      notifications: [queuedNotification("1")],
      putSilences: [{ id: "s", match: { rule: "a" }, from: 1, to: 2, by: "ana", why: "" }],
    };
    const records = [{ kind: "alert" as const, alert: endedAlert("3") }];
    for (const broken of [
      { ...change, records, put: [storedAlert("1"), tooLong] },
      { ...change, records: [...records, { kind: "alert" as const, alert: tooLong }] },
    ]) {
      expect(() => store.commit(broken)).toThrow(/at most 200000 are stored/);
      expect(store.load()).toEqual({ alerts: [], nextNumber: 1, silences: [] });
      expect([store.outgoing(9), store.queuedRecords(9)]).toEqual([[], []]);
      expect([store.outgoingCount(), store.queuedRecordCount()]).toEqual([0, 0]);
    }
  });
});

test("what a newer version stored is kept, also by one that does not know all of it", async () => {
  await inNewCoordinator((storage) => {
    const newer = {
      ...storedAlert("1"),
      mood: "calm",
      acknowledged: { by: "ana", at: 1, via: "app" },
    };
    const store = new SqliteAlertStore(storage);
    store.commit({ put: [newer] });
    const [alert] = store.load().alerts;
    expect(alert).toEqual(newer);
    if (alert !== undefined) store.commit({ put: [{ ...alert, repeats: 7 }] });
    expect(store.load().alerts).toEqual([{ ...newer, repeats: 7 }]);
  });
});

test("a body that cannot be read is left out, counted, and told once", async () => {
  const error = vi.spyOn(console, "error").mockReturnValue();
  await inNewCoordinator((storage) => {
    const bad = { kind: "alert" as const, alert: storedAlert("bad") };
    const good = { kind: "alert" as const, alert: storedAlert("good") };
    const match = { rule: "a" };
    const silence = { id: "bad", match, from: SINCE, to: SINCE + 1, by: "ana", why: "" };
    const before = new SqliteAlertStore(storage);
    before.commit({
      nextNumber: 5,
      put: [bad.alert, good.alert],
      records: [bad, good],
      notifications: [queuedNotification("bad"), queuedNotification("good")],
      putSilences: [silence, { ...silence, id: "good" }],
    });
    const edit = (table: string, key: string, body: string): void => {
      storage.sql.exec(`UPDATE ${table} SET body = ? WHERE ${key} LIKE '%bad%'`, body);
    };
    edit("alerts", "id", JSON.stringify({ ...bad.alert, state: "sleeping" }));
    edit("silences", "id", JSON.stringify({ ...silence, match: { region: "eu" } }));
    edit("notifications_out", "id", '{"id":');
    edit("archive_out", "key", '{"kind":"dream"}');

    const store = new SqliteAlertStore(storage);
    for (let time = 0; time < 2; time++) {
      expect(store.load()).toEqual({
        alerts: [good.alert],
        nextNumber: 5,
        silences: [{ ...silence, id: "good" }],
      });
      expect(store.outgoing(1)).toEqual([queuedNotification("good")]);
      expect(store.queuedRecords(1).map(({ record }) => record)).toEqual([good]);
      expect([store.outgoingCount(), store.queuedRecordCount()]).toEqual([1, 1]);
      expect(store.losses).toEqual({ notifications: 0, records: 0, unreadable: 4 });
    }
    expect(error).toHaveBeenCalledTimes(4);
    expect(String(error.mock.calls[0])).toMatch(/the alert bad cannot be read.*state/s);

    // Something new under the same key counts again.
    store.commit({ put: [bad.alert], records: [bad], removeSilences: ["bad"] });
    expect(store.losses.unreadable).toBe(1);
    expect(new SqliteAlertStore(storage).load().alerts).toEqual([bad.alert, good.alert]);
  });
  error.mockRestore();
});

const FIRST: SchemaStep = { id: "first", sql: "CREATE TABLE one (a INTEGER)" };
const SECOND: SchemaStep = { id: "second", sql: "ALTER TABLE one ADD COLUMN b INTEGER" };

/** An object's storage without the steps that its own class has run. */
function inEmptyStorage(use: (storage: DurableObjectStorage) => void): Promise<void> {
  return inNewShard((storage) => {
    for (const table of ["schema_steps", "log", "state", "bucket"]) {
      storage.sql.exec(`DROP TABLE ${table}`);
    }
    use(storage);
  });
}

test("a schema step runs once, a later one is added to it", async () => {
  await inEmptyStorage((storage) => {
    migrate(storage, [FIRST]);
    storage.sql.exec("INSERT INTO one (a) VALUES (1)");
    migrate(storage, [FIRST]);
    migrate(storage, [FIRST, SECOND]);
    migrate(storage, [FIRST, SECOND]);
    expect(storage.sql.exec("SELECT a, b FROM one").toArray()).toEqual([{ a: 1, b: null }]);
    expect(storage.sql.exec("SELECT position, id FROM schema_steps").toArray()).toEqual([
      { position: 0, id: "first" },
      { position: 1, id: "second" },
    ]);
  });
});

test("storage of a newer version, or with other steps, is not touched", async () => {
  await inEmptyStorage((storage) => {
    migrate(storage, [FIRST, SECOND]);
    const before = schemaOf(storage);
    expect(() => migrate(storage, [FIRST])).toThrow(/step 1 "second".*deploy the version/s);
    expect(() => migrate(storage, [SECOND, FIRST])).toThrow(/step 0 "first"/);
    expect(() => migrate(storage, [{ id: "edited", sql: "" }, SECOND])).toThrow(/step 0 "first"/);
    expect(schemaOf(storage)).toEqual(before);
  });
});

test("steps that are not wanted yet are run later, once, and are known to whoever wants fewer", async () => {
  await inEmptyStorage((storage) => {
    expect(migrate(storage, [FIRST, SECOND], 1)).toBe(1);
    expect(migrate(storage, [FIRST], 1)).toBe(1);
    expect(migrate(storage, [FIRST, SECOND])).toBe(2);
    expect(migrate(storage, [FIRST, SECOND], 1)).toBe(2);
    expect(() => migrate(storage, [FIRST], 1)).toThrow(/step 1 "second"/);
  });
});

test("a step that fails leaves nothing of itself or of those before it", async () => {
  await inEmptyStorage((storage) => {
    const broken: SchemaStep = { id: "broken", sql: "CREATE TABLE two (a); SELECT * FROM nowhere" };
    expect(() => migrate(storage, [FIRST, broken])).toThrow(/nowhere/);
    expect(schemaOf(storage)).toEqual([]);
    migrate(storage, [FIRST, { id: "broken", sql: "CREATE TABLE two (a)" }]);
    expect(schemaOf(storage)).toHaveLength(3);
  });
});
