import { runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { DISPATCHER_SCHEMA } from "../../durable-objects/storage/dispatcher-schema.ts";
import { migrate } from "../../durable-objects/storage/migrate.ts";
import { SqliteDispatchStore } from "../../durable-objects/storage/sqlite-dispatch-store.ts";
import { dispatchStoreContract } from "../support/dispatch-store-contract.ts";
import { queueItem } from "../support/dispatcher-items.ts";
import { dropTables } from "./drop-tables.ts";
import { dispatcherOf } from "./receivers.ts";

let made = 0;

/** Runs `use` inside an object that nobody has used before. */
function inNewDispatcher(use: (storage: DurableObjectStorage) => void): Promise<void> {
  made += 1;
  return runInDurableObject(dispatcherOf(`contract-${made}`), (_, state) => use(state.storage));
}

dispatchStoreContract("SQLite", (use) =>
  inNewDispatcher((storage) =>
    use(
      () => new SqliteDispatchStore(storage),
      (id) => storage.sql.exec("UPDATE notifications SET body = '{' WHERE id = ?", id),
    ),
  ),
);

// Objects in the field have these tables: a change here needs a further schema step.
test("the tables of a dispatcher are these", async () => {
  await inNewDispatcher((storage) => {
    const schema = storage.sql
      .exec<{ sql: string }>(
        "SELECT sql FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\' AND sql IS NOT NULL ORDER BY name",
      )
      .toArray()
      .map(({ sql }) => sql.replaceAll(/\s+/g, " "));
    expect(schema).toMatchInlineSnapshot(`
          [
            "CREATE TABLE batches ( channel TEXT NOT NULL, key TEXT NOT NULL, position INTEGER NOT NULL, created_at INTEGER NOT NULL, newest_at INTEGER NOT NULL, attempts INTEGER NOT NULL, failures INTEGER NOT NULL, wait_from INTEGER NOT NULL, wait_until INTEGER NOT NULL, last_error TEXT, PRIMARY KEY (channel, key)) WITHOUT ROWID",
            "CREATE TABLE channels ( channel TEXT PRIMARY KEY, wait_from INTEGER NOT NULL, wait_until INTEGER NOT NULL, failures INTEGER NOT NULL, is_disabled INTEGER NOT NULL, tried_at INTEGER NOT NULL, last_delivered_at INTEGER, last_error TEXT, refused INTEGER NOT NULL DEFAULT 0, failing_since INTEGER) WITHOUT ROWID",
            "CREATE TABLE counts ( channel TEXT PRIMARY KEY, delivered INTEGER NOT NULL, dead INTEGER NOT NULL, dropped INTEGER NOT NULL, superseded INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",
            "CREATE TABLE memory (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
            "CREATE TABLE notifications ( seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, subject TEXT NOT NULL, event TEXT NOT NULL, queued_at INTEGER NOT NULL, body TEXT, state TEXT NOT NULL, batch TEXT, attempts INTEGER NOT NULL, settled_at INTEGER, last_error TEXT)",
            "CREATE INDEX queued ON notifications (channel, seq, queued_at, batch) WHERE state = 'queued'",
            "CREATE INDEX queued_subjects ON notifications (channel, subject, seq) WHERE state = 'queued'",
            "CREATE TABLE schema_steps (position INTEGER PRIMARY KEY, id TEXT NOT NULL)",
            "CREATE INDEX settled ON notifications (settled_at) WHERE state <> 'queued'",
          ]
        `);
  });
});

test("a dispatcher of before its index covered what it is asked gets it and keeps its queue", async () => {
  await inNewDispatcher((storage) => {
    dropTables(storage);
    migrate(storage, DISPATCHER_SCHEMA.slice(0, 1));
    const { id, channel, subject, event, queuedAt, content } = queueItem("a:firing/ops");
    storage.sql.exec(
      `INSERT INTO notifications
         (id, channel, subject, event, queued_at, body, state, attempts)
       VALUES (?, ?, ?, ?, ?, ?, 'queued', 0)`,
      id,
      channel,
      subject,
      event,
      queuedAt,
      JSON.stringify(content),
    );
    const store = new SqliteDispatchStore(storage);
    expect(store.candidates("ops", 9, 0)).toEqual([queueItem("a:firing/ops")]);
    const plan = storage.sql.exec<{ sql: string }>(
      "SELECT sql FROM sqlite_master WHERE name = 'queued'",
    );
    expect(plan.one().sql).toContain("queued_at");
  });
});

test("a dispatcher of before refusals were counted keeps how its channels stand", async () => {
  await inNewDispatcher((storage) => {
    dropTables(storage);
    migrate(storage, DISPATCHER_SCHEMA.slice(0, 2));
    storage.sql.exec("INSERT INTO channels VALUES ('ops', 1, 2, 3, 1, 4, 5, 'answered 401')");
    storage.sql.exec("INSERT INTO counts VALUES ('ops', 6, 7, 8)");
    const store = new SqliteDispatchStore(storage);
    expect(store.loadChannel("ops")).toEqual({
      channel: "ops",
      wait: { from: 1, until: 2 },
      failures: 3,
      refused: 0,
      failingSince: null,
      isDisabled: true,
      triedAt: 4,
      lastDeliveredAt: 5,
      lastError: "answered 401",
    });
    expect(store.counts("ops")).toEqual({ delivered: 6, dead: 7, dropped: 8, superseded: 0 });
  });
});

test("many entries that cannot be read do not stop the one behind them, and each is told of once", async () => {
  const error = vi.spyOn(console, "error").mockReturnValue();
  await inNewDispatcher((storage) => {
    const store = new SqliteDispatchStore(storage);
    const ids = Array.from({ length: 50 }, (_, i) => `a${i}:firing/ops`);
    store.enqueue([...ids, "good:firing/ops"].map((id) => queueItem(id)));
    storage.sql.exec("UPDATE notifications SET body = '{}' WHERE id <> 'good:firing/ops'");
    storage.sql.exec("UPDATE notifications SET body = NULL WHERE id = 'a7:firing/ops'");
    expect(store.candidates("ops", 1, 0)).toEqual([queueItem("good:firing/ops")]);
    expect(store.counts("ops").dead).toBe(50);
    expect(error).toHaveBeenCalledTimes(50);
    expect(String(error.mock.calls[0])).toMatch(/the notification a0:firing\/ops cannot be read/);
  });
  error.mockRestore();
});

test("memory that cannot be read is as if there were none, and is told of once", async () => {
  const error = vi.spyOn(console, "error").mockReturnValue();
  await inNewDispatcher((storage) => {
    const before = new SqliteDispatchStore(storage);
    before.remember("run", { ranAt: 1 });
    before.remember("reports", { checkedAt: 2 });
    before.remember("beat", { beat: { at: 1, nextTickAt: null }, receivedAt: 1 });
    storage.sql.exec(`UPDATE memory SET value = '{"ranAt":"yesterday"}' WHERE name = 'run'`);
    storage.sql.exec("UPDATE memory SET value = '{' WHERE name = 'reports'");
    const store = new SqliteDispatchStore(storage);
    for (let time = 0; time < 2; time++) {
      expect(store.recall("run")).toBeUndefined();
      expect(store.recall("reports")).toBeUndefined();
      expect(store.recall("beat")).toEqual(before.recall("beat"));
    }
    expect(error).toHaveBeenCalledTimes(2);
    expect(String(error.mock.calls[0])).toMatch(
      /the dispatcher's memory run cannot be read.*ranAt/,
    );
    store.remember("run", { ranAt: 3 });
    expect(store.recall("run")).toEqual({ ranAt: 3 });
  });
  error.mockRestore();
});

test("a notification that would not fit on the platform is refused, and nothing of what came with it is taken", async () => {
  await inNewDispatcher((storage) => {
    const store = new SqliteDispatchStore(storage);
    const big = queueItem("report:daily:2026-11-20/ops", { report: true });
    if (big.content.kind !== "report") throw new Error("no report");
    const mail = { ...big.content.mail, html: "x".repeat(600_000) };
    const items = [queueItem("a:firing/ops"), { ...big, content: { ...big.content, mail } }];
    expect(() => store.enqueue(items)).toThrow(
      /report:daily:2026-11-20\/ops has 600\d{3} characters/,
    );
    expect(store.queues()).toEqual([]);
  });
});
