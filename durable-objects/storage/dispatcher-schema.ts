import type { SchemaStep } from "./migrate.ts";

/**
 * The tables of a dispatcher. `seq` is the order in which entries came. What waits is found by its
 * channel, what has its fate by its age; `body` is let go of with the fate.
 */
export const DISPATCHER_SCHEMA: readonly SchemaStep[] = [
  {
    id: "notifications-batches-channels-memory",
    sql: `
      CREATE TABLE notifications (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL,
        subject TEXT NOT NULL, event TEXT NOT NULL, queued_at INTEGER NOT NULL, body TEXT,
        state TEXT NOT NULL, batch TEXT, attempts INTEGER NOT NULL, settled_at INTEGER,
        last_error TEXT);
      CREATE INDEX queued ON notifications (channel, seq) WHERE state = 'queued';
      CREATE INDEX queued_subjects ON notifications (channel, subject, seq) WHERE state = 'queued';
      CREATE INDEX settled ON notifications (settled_at) WHERE state <> 'queued';
      CREATE TABLE batches (
        channel TEXT NOT NULL, key TEXT NOT NULL, position INTEGER NOT NULL,
        created_at INTEGER NOT NULL, newest_at INTEGER NOT NULL, attempts INTEGER NOT NULL,
        failures INTEGER NOT NULL, wait_from INTEGER NOT NULL, wait_until INTEGER NOT NULL,
        last_error TEXT, PRIMARY KEY (channel, key)) WITHOUT ROWID;
      CREATE TABLE channels (
        channel TEXT PRIMARY KEY, wait_from INTEGER NOT NULL, wait_until INTEGER NOT NULL,
        failures INTEGER NOT NULL, is_disabled INTEGER NOT NULL, tried_at INTEGER NOT NULL,
        last_delivered_at INTEGER, last_error TEXT) WITHOUT ROWID;
      CREATE TABLE counts (
        channel TEXT PRIMARY KEY, delivered INTEGER NOT NULL, dead INTEGER NOT NULL,
        dropped INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE memory (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`,
  },
  {
    // How long a queue is and how old, and what of it is in no message, without reading the rows.
    id: "queued-covers",
    sql: `
      DROP INDEX queued;
      CREATE INDEX queued ON notifications (channel, seq, queued_at, batch) WHERE state = 'queued';`,
  },
  {
    id: "refusals-and-superseded",
    sql: `
      ALTER TABLE channels ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE channels ADD COLUMN failing_since INTEGER;
      ALTER TABLE counts ADD COLUMN superseded INTEGER NOT NULL DEFAULT 0;`,
  },
];
