import type { SchemaStep } from "./migrate.ts";

/**
 * The tables of a coordinator: its merged state, its alerts, and its invalidation log. Each store
 * runs all steps.
 */
export const COORDINATOR_SCHEMA: readonly SchemaStep[] = [
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
  {
    id: "error-runs",
    sql: `
      ALTER TABLE shards ADD COLUMN error_run INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE shards ADD COLUMN error_longest INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE shards ADD COLUMN error_at INTEGER NOT NULL DEFAULT 0;`,
  },
  {
    // What waits in a queue is in the order of `seq`; `alert_counter` numbers alerts and records.
    id: "alerts",
    sql: `
      CREATE TABLE alerts (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE silences (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE notifications_out (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        is_repeat INTEGER NOT NULL, body TEXT NOT NULL);
      CREATE TABLE archive_out (
        seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL, body TEXT NOT NULL);
      CREATE TABLE alert_counter (
        id INTEGER PRIMARY KEY CHECK (id = 1), next_number INTEGER NOT NULL,
        next_version INTEGER NOT NULL);`,
  },
  {
    id: "minutes",
    sql: `
      CREATE TABLE minute_counts (at INTEGER PRIMARY KEY, body BLOB NOT NULL);
      CREATE TABLE targets_seen (target TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;`,
  },
  {
    // The queue to D1 is part of the history, which is searched by these. A body that is no JSON
    // stays without them, and is not found: it could not be read either.
    id: "archive-times",
    sql: `
      ALTER TABLE archive_out ADD COLUMN kind TEXT NOT NULL DEFAULT '';
      ALTER TABLE archive_out ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE archive_out ADD COLUMN ended_at INTEGER;
      UPDATE archive_out SET
        kind = COALESCE(json_extract(body, '$.kind'), ''),
        at = COALESCE(json_extract(body, '$.alert.firedAt'), json_extract(body, '$.alert.since'),
          json_extract(body, '$.entry.at'), 0),
        ended_at = json_extract(body, '$.alert.resolvedAt')
      WHERE json_valid(body);
      CREATE INDEX archive_by_time ON archive_out (kind, at);`,
  },
  {
    // `dropped` is the version of the newest entry that had to make room; `scope` is JSON.
    id: "invalidations",
    sql: `
      CREATE TABLE invalidations (
        version INTEGER PRIMARY KEY, cache TEXT NOT NULL, scope TEXT NOT NULL,
        UNIQUE (cache, scope));
      CREATE TABLE invalidation_state (
        id INTEGER PRIMARY KEY CHECK (id = 1), head INTEGER NOT NULL, dropped INTEGER NOT NULL);`,
  },
  {
    // Versions were counted from 1 and are times now: the log begins anew, above all of them.
    id: "invalidations-by-time",
    sql: "DELETE FROM invalidations; DELETE FROM invalidation_state;",
  },
  {
    // `folded` holds the days that are no longer in `slots`. A series of before there were running
    // totals counts from the first day that is still here.
    id: "series-totals",
    sql: `
      CREATE TABLE series_totals (
        target TEXT NOT NULL, operation TEXT NOT NULL, created_at INTEGER NOT NULL, folded BLOB,
        PRIMARY KEY (target, operation)) WITHOUT ROWID;
      INSERT INTO series_totals (target, operation, created_at)
        SELECT target, operation, MIN(at) FROM slots
        WHERE step_ms = 86400000 AND operation <> '*' GROUP BY target, operation;`,
  },
  {
    // What waits for an OTLP collector, and how far pushing has come; empty where none is configured.
    id: "otlp-export",
    sql: `
      CREATE TABLE otlp_pushes (
        number INTEGER PRIMARY KEY, at INTEGER NOT NULL, points INTEGER NOT NULL,
        body BLOB NOT NULL);
      CREATE TABLE otlp_progress (
        id INTEGER PRIMARY KEY CHECK (id = 1), captured_at INTEGER, checkpoint INTEGER NOT NULL,
        failures INTEGER NOT NULL, retry_at INTEGER NOT NULL, next_number INTEGER NOT NULL);`,
  },
  {
    // Since when books count; NULL where they began before this was kept.
    id: "counting-since",
    sql: `
      ALTER TABLE shards ADD COLUMN added_at INTEGER;
      ALTER TABLE tenant ADD COLUMN created_at INTEGER;`,
  },
];
