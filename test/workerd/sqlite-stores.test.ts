import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { migrate, type SchemaStep } from "../../durable-objects/storage/migrate.ts";
import { SqliteShardStore } from "../../durable-objects/storage/sqlite-shard-store.ts";
import { SqliteTenantStore } from "../../durable-objects/storage/sqlite-tenant-store.ts";
import { limitStoreContract } from "../support/limit-store-contract.ts";
import { shardStoreContract } from "../support/shard-store-contract.ts";
import { tenantStoreContract } from "../support/tenant-store-contract.ts";
import { coordinatorOf, shardOf } from "./api.ts";

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

shardStoreContract("SQLite", (use) =>
  inNewShard((storage) => use(() => new SqliteShardStore(storage))),
);

limitStoreContract("SQLite", (use) =>
  inNewShard((storage) => use(() => new SqliteShardStore(storage))),
);

tenantStoreContract("SQLite", (use) =>
  inNewCoordinator((storage) => use(() => new SqliteTenantStore(storage))),
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
    expect(schemaOf(storage)).toEqual([
      "CREATE TABLE bucket (id INTEGER PRIMARY KEY CHECK (id = 1), body BLOB NOT NULL)",
      "CREATE TABLE log (seq INTEGER PRIMARY KEY, timings INTEGER NOT NULL, body BLOB NOT NULL)",
      STEPS_TABLE,
      "CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), body BLOB NOT NULL)",
    ]);
  });
});

test("the tables of a coordinator are these", async () => {
  await inNewCoordinator((storage) => {
    expect(schemaOf(storage)).toEqual([
      "CREATE TABLE forgotten (step_ms INTEGER PRIMARY KEY, before INTEGER NOT NULL)",
      "CREATE TABLE outbox ( step_ms INTEGER NOT NULL, at INTEGER NOT NULL, " +
        "due_at INTEGER NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (step_ms, at)) WITHOUT ROWID",
      STEPS_TABLE,
      "CREATE TABLE shards ( name TEXT PRIMARY KEY, target TEXT NOT NULL, durable INTEGER NOT NULL, " +
        "merged INTEGER NOT NULL, pending INTEGER NOT NULL, ledger BLOB NOT NULL) WITHOUT ROWID",
      "CREATE TABLE slots ( step_ms INTEGER NOT NULL, at INTEGER NOT NULL, target TEXT NOT NULL, " +
        "operation TEXT NOT NULL, part INTEGER NOT NULL, body BLOB NOT NULL, " +
        "PRIMARY KEY (step_ms, at, target, operation, part)) WITHOUT ROWID",
      "CREATE TABLE tenant ( id INTEGER PRIMARY KEY CHECK (id = 1), " +
        "checkpoint INTEGER NOT NULL, refused BLOB NOT NULL)",
    ]);
  });
});

test("a log row that would not fit on the platform is refused", async () => {
  await inNewShard((storage) => {
    const store = new SqliteShardStore(storage);
    expect(() => store.append(1, 1, new Uint8Array(1_900_001))).toThrow(/1900001 bytes/);
    expect(store.rowCount()).toBe(0);
    store.append(1, 1, new Uint8Array(1_900_000));
    expect(store.rowCount()).toBe(1);
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

test("a shard of before there were buckets gets the table and keeps its log", async () => {
  await inNewShard((storage) => {
    const store = new SqliteShardStore(storage);
    store.append(1, 1, Uint8Array.of(1));
    storage.sql.exec("DROP TABLE bucket");
    storage.sql.exec("DELETE FROM schema_steps WHERE id = 'bucket'");
    const later = new SqliteShardStore(storage);
    expect(later.loadLimit()).toBeUndefined();
    expect(later.rowCount()).toBe(1);
    later.saveLimit(Uint8Array.of(2));
    expect(new SqliteShardStore(storage).loadLimit()).toEqual(Uint8Array.of(2));
  });
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

test("a step that fails leaves nothing of itself or of those before it", async () => {
  await inEmptyStorage((storage) => {
    const broken: SchemaStep = { id: "broken", sql: "CREATE TABLE two (a); SELECT * FROM nowhere" };
    expect(() => migrate(storage, [FIRST, broken])).toThrow(/nowhere/);
    expect(schemaOf(storage)).toEqual([]);
    migrate(storage, [FIRST, { id: "broken", sql: "CREATE TABLE two (a)" }]);
    expect(schemaOf(storage)).toHaveLength(3);
  });
});
