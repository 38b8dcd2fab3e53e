import * as v from "valibot";
import { alertSchema, auditEntrySchema } from "../../src/alerts/alert-schema.ts";
import type { QueuedRecord } from "../../src/alerts/alert-store.ts";
import type { Alert } from "../../src/alerts/alert.ts";
import type { AuditEntry } from "../../src/alerts/archive.ts";
import type { ArchiveSink } from "../../src/coordinator/ports.ts";
import { jsonChunks } from "./json-chunks.ts";

/** Rows of each table deleted by one statement. */
const DELETE_ROWS = 2_000;

/**
 * A write that was given up and arrives after its successor must not undo it; and what has ended
 * has ended, whatever the versions say.
 */
const UPSERT_ALERTS = `
  INSERT INTO alerts (tenant, id, rule, target, operation, severity, state, fired_at, resolved_at,
    version, body)
  SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
    json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]'),
    json_extract(value, '$[6]'), json_extract(value, '$[7]'), json_extract(value, '$[8]'),
    json_extract(value, '$[9]')
  FROM json_each(?2) WHERE TRUE
  ON CONFLICT (tenant, id) DO UPDATE SET
    rule = excluded.rule, target = excluded.target, operation = excluded.operation,
    severity = excluded.severity, state = excluded.state, fired_at = excluded.fired_at,
    resolved_at = excluded.resolved_at, version = excluded.version, body = excluded.body
  WHERE excluded.version >= alerts.version
    AND (alerts.resolved_at IS NULL OR excluded.resolved_at IS NOT NULL)`;

const INSERT_AUDIT = `
  INSERT INTO audit (tenant, at, id, by, action, subject, detail)
  SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
    json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]')
  FROM json_each(?2) WHERE TRUE
  ON CONFLICT (tenant, at, id) DO NOTHING`;

const SELECT_ALERTS = `
  SELECT id, body FROM alerts
  WHERE tenant = ?1 AND fired_at < ?3 AND (resolved_at IS NULL OR resolved_at >= ?2)
  ORDER BY fired_at DESC, id DESC LIMIT ?4`;

const COUNT_ALERTS = `
  SELECT COUNT(*) AS row_count FROM alerts
  WHERE tenant = ?1 AND fired_at < ?3 AND (resolved_at IS NULL OR resolved_at >= ?2)`;

const SELECT_AUDIT = `
  SELECT at, id, by, action, subject, detail FROM audit
  WHERE tenant = ?1 AND at >= ?2 AND at < ?3 ORDER BY at DESC, id DESC LIMIT ?4`;

const DELETE_ALERTS = `
  DELETE FROM alerts WHERE tenant = ?1 AND fired_at < ?2 AND id IN (
    SELECT id FROM alerts WHERE tenant = ?1 AND fired_at < ?2 ORDER BY fired_at LIMIT ?3)`;

const DELETE_AUDIT = `
  DELETE FROM audit WHERE tenant = ?1 AND at < ?2 AND (at, id) IN (
    SELECT at, id FROM audit WHERE tenant = ?1 AND at < ?2 ORDER BY at, id LIMIT ?3)`;

const AlertRowSchema = v.object({ body: v.pipe(v.string(), v.parseJson(), alertSchema) });

const AuditRowSchema = v.looseObject({ detail: v.pipe(v.string(), v.parseJson()) });

type Row = Readonly<Record<string, unknown>>;

const CountSchema = v.object({ row_count: v.number() });

/** What was read of an archive. */
export interface ArchivePage<Value> {
  /** The newest first. */
  readonly values: readonly Value[];
  /** Rows that this version cannot read; they are in the log and left out. */
  readonly unreadable: number;
}

/** One tenant's alerts and audit trail in D1. */
export class D1Archive implements ArchiveSink {
  readonly #database: D1Database;
  readonly #tenant: string;

  constructor(database: D1Database, tenant: string) {
    this.#database = database;
    this.#tenant = tenant;
  }

  async write(records: readonly QueuedRecord[]): Promise<void> {
    const alerts: string[] = [];
    const audit: string[] = [];
    for (const { record, version } of records) {
      if (record.kind === "alert") alerts.push(alertRow(record.alert, version));
      else audit.push(auditRow(record.entry));
    }
    const statements = [
      ...this.#statements(UPSERT_ALERTS, alerts),
      ...this.#statements(INSERT_AUDIT, audit),
    ];
    if (statements.length > 0) await this.#database.batch(statements);
  }

  /** Alerts that fired before `to` and had not ended before `from`, at most `limit`. */
  async readAlerts(from: number, to: number, limit: number): Promise<ArchivePage<Alert>> {
    const rows = await this.#select(SELECT_ALERTS, from, to, limit);
    return this.#page("alert", rows, (row) => v.parse(AlertRowSchema, row).body);
  }

  /** How many rows {@link readAlerts} would read if there were no limit. */
  async countAlerts(from: number, to: number): Promise<number> {
    const statement = this.#database.prepare(COUNT_ALERTS).bind(this.#tenant, from, to);
    return v.parse(CountSchema, await statement.first()).row_count;
  }

  /** Entries of the audit trail within [from, to), at most `limit`. */
  async readAudit(from: number, to: number, limit: number): Promise<ArchivePage<AuditEntry>> {
    const rows = await this.#select(SELECT_AUDIT, from, to, limit);
    return this.#page("entry of the audit trail", rows, (row) =>
      v.parse(auditEntrySchema, v.parse(AuditRowSchema, row)),
    );
  }

  async deleteBefore(before: number): Promise<number> {
    const statements = [DELETE_ALERTS, DELETE_AUDIT].map((query) =>
      this.#database.prepare(query).bind(this.#tenant, before, DELETE_ROWS),
    );
    const results = await this.#database.batch(statements);
    return results.reduce((sum, { meta }) => sum + meta.changes, 0);
  }

  #statements(query: string, rows: readonly string[]): D1PreparedStatement[] {
    const statement = this.#database.prepare(query);
    return jsonChunks(rows).map((chunk) => statement.bind(this.#tenant, chunk));
  }

  async #select(query: string, from: number, to: number, limit: number): Promise<Row[]> {
    const statement = this.#database.prepare(query).bind(this.#tenant, from, to, limit);
    return (await statement.all()).results;
  }

  #page<Value>(what: string, rows: readonly Row[], read: (row: Row) => Value): ArchivePage<Value> {
    const values: Value[] = [];
    for (const row of rows) {
      try {
        values.push(read(row));
      } catch (cause) {
        // One row must not cost the others. Whoever asks is told how many are missing.
        const why = cause instanceof Error ? cause.message : String(cause);
        console.error(
          `${this.#tenant}: an ${what} in D1, ${String(row["id"])}, cannot be read and is left out: ${why}`,
        );
      }
    }
    return { values, unreadable: rows.length - values.length };
  }
}

function alertRow(alert: Alert, version: number): string {
  const { id, rule, target, operation, severity, state, since, firedAt, resolvedAt } = alert;
  const body = JSON.stringify(alert);
  const at = firedAt ?? since;
  return JSON.stringify([
    id,
    rule,
    target,
    operation,
    severity,
    state,
    at,
    resolvedAt,
    version,
    body,
  ]);
}

function auditRow({ at, id, by, action, subject, detail }: AuditEntry): string {
  return JSON.stringify([at, id, by, action, subject, JSON.stringify(detail)]);
}
