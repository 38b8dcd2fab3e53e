import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { SqliteDispatchStore } from "../../durable-objects/storage/sqlite-dispatch-store.ts";
import { dispatchStoreContract } from "../support/dispatch-store-contract.ts";
import { queueItem } from "../support/dispatcher-items.ts";
import { dispatcherOf } from "./receivers.ts";

let made = 0;

/** Runs `use` inside an object that nobody has used before. */
function inNewDispatcher(use: (storage: DurableObjectStorage) => void): Promise<void> {
  made += 1;
  return runInDurableObject(dispatcherOf(`contract-${made}`), (_, state) => use(state.storage));
}

dispatchStoreContract("SQLite", (use) =>
  inNewDispatcher((storage) => use(() => new SqliteDispatchStore(storage))),
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
            "CREATE TABLE channels ( channel TEXT PRIMARY KEY, wait_from INTEGER NOT NULL, wait_until INTEGER NOT NULL, failures INTEGER NOT NULL, is_disabled INTEGER NOT NULL, tried_at INTEGER NOT NULL, last_delivered_at INTEGER, last_error TEXT) WITHOUT ROWID",
            "CREATE TABLE counts ( channel TEXT PRIMARY KEY, delivered INTEGER NOT NULL, dead INTEGER NOT NULL, dropped INTEGER NOT NULL) WITHOUT ROWID",
            "CREATE TABLE memory (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
            "CREATE TABLE notifications ( seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, subject TEXT NOT NULL, event TEXT NOT NULL, queued_at INTEGER NOT NULL, body TEXT, state TEXT NOT NULL, batch TEXT, attempts INTEGER NOT NULL, settled_at INTEGER, last_error TEXT)",
            "CREATE INDEX queued ON notifications (channel, seq) WHERE state = 'queued'",
            "CREATE INDEX queued_subjects ON notifications (channel, subject, seq) WHERE state = 'queued'",
            "CREATE TABLE schema_steps (position INTEGER PRIMARY KEY, id TEXT NOT NULL)",
            "CREATE INDEX settled ON notifications (settled_at) WHERE state <> 'queued'",
          ]
        `);
  });
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
