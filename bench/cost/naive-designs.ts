import { setTimeout as sleep } from "node:timers/promises";
import type { ComparisonSystem } from "../lib/comparison-system.ts";
import { HttpPoster } from "../lib/http-poster.ts";
import { PLATFORM_LIMITS } from "../scale/platform-limits.ts";
import type { Usage } from "./bill.ts";
import { objectRequestsOf } from "./counted-run.ts";

/** What one timing takes where each is a row, counted. */
export interface NaiveCounts {
  readonly objectRequests: number;
  readonly objectRows: number;
  readonly objectBytes: number;
  readonly d1Rows: number;
  readonly d1Bytes: number;
  /** Rows that are billed when one is deleted. */
  readonly objectDeleteRows: number;
  readonly d1DeleteRows: number;
}

/** Rows are kept for so long, as nothing else has their percentiles. */
export const KEPT_DAYS = 90;

const EVENTS = 60;
const CALLS_A_REQUEST = 3;
const BULK_ROWS = 50_000;
const EVENT = JSON.stringify({ event: "purchase", value: 12.5, currency: "EUR", id: "e-1" });
const DRAIN_DEADLINE_MS = 10_000;
const OBJECT_GB = 0.128;
const DAY_SECONDS = 86_400;

const SAMPLES = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${BULK_ROWS})`;

/** Has the tracking Worker tell of some events in each of the ways, and counts what was billed. */
export async function countNaive(system: ComparisonSystem): Promise<NaiveCounts> {
  const events = EVENTS * CALLS_A_REQUEST;
  const naiveBefore = await system.usage("naive");
  await post(system, "/do");
  const naiveAfter = await system.usage("naive");
  const before = await system.usage("tracking");
  await post(system, "/d1");
  const after = await system.usage("tracking");
  const objects = await bulk(system, "object_rows");
  const d1 = await bulk(system, "timings");
  return {
    objectRequests: (objectRequestsOf(naiveAfter) - objectRequestsOf(naiveBefore)) / events,
    // The object makes its table when it is called for the first time.
    objectRows: Math.floor((naiveAfter.rowsWritten - naiveBefore.rowsWritten) / events),
    objectBytes: objects.bytes,
    d1Rows: (after.d1RowsWritten - before.d1RowsWritten) / events,
    d1Bytes: d1.bytes,
    objectDeleteRows: objects.deleteRows,
    d1DeleteRows: d1.deleteRows,
  };
}

/** An object for each target, called for each timing; more of them where one would take too much. */
export function objectCallsUsage(counted: NaiveCounts, perTarget: number, targets: number): Usage {
  const rate = perTarget * targets;
  const { value: mostPerObject } = PLATFORM_LIMITS.parsingRequestsPerSecond;
  const objects = targets * Math.ceil(perTarget / mostPerObject);
  return {
    objectRequests: rate * counted.objectRequests,
    objectGbSeconds: objects * OBJECT_GB,
    objectRowsWritten: rate * (counted.objectRows + counted.objectDeleteRows),
    objectStoredGb: keptGb(rate, counted.objectBytes),
  };
}

/** A row in D1 for each timing. */
export function d1RowsUsage(counted: NaiveCounts, rate: number): Usage {
  return {
    d1RowsWritten: rate * (counted.d1Rows + counted.d1DeleteRows),
    d1StoredGb: keptGb(rate, counted.d1Bytes),
  };
}

/** A data point for each timing. */
export function analyticsEngineUsage(rate: number): Usage {
  return { dataPointsWritten: rate };
}

function keptGb(rate: number, bytes: number): number {
  return (rate * KEPT_DAYS * DAY_SECONDS * bytes) / 1e9;
}

async function post(system: ComparisonSystem, path: string): Promise<void> {
  const poster = new HttpPoster(4, DRAIN_DEADLINE_MS);
  try {
    for (let i = 0; i < EVENTS; i++) {
      await poster.post(`${system.tracking}${path}`, EVENT, { "content-type": "application/json" });
    }
  } finally {
    poster.close();
  }
  const deadline = performance.now() + DRAIN_DEADLINE_MS;
  for (;;) {
    const response = await fetch(`${system.tracking}/pending`);
    const { pending, failed } = await response.json<{ pending: number; failed: number }>();
    if (failed > 0) throw new Error(`${path}: ${failed} events could not be told of`);
    if (pending === 0) return;
    if (performance.now() > deadline) throw new Error(`${path}: ${pending} events are not told of`);
    await sleep(10);
  }
}

/** Many rows at once, weighed and deleted again. */
async function bulk(
  { naiveDatabase }: ComparisonSystem,
  table: "timings" | "object_rows",
): Promise<{ bytes: number; deleteRows: number }> {
  const [target, column] = table === "timings" ? ["target, ", "'meta', "] : ["", ""];
  if (table === "object_rows") {
    await naiveDatabase
      .prepare(
        `CREATE TABLE object_rows
        (id INTEGER PRIMARY KEY, operation TEXT, duration_us INTEGER, outcome TEXT, at INTEGER)`,
      )
      .run();
  }
  const insert = `INSERT INTO ${table} (${target}operation, duration_us, outcome, at)
    ${SAMPLES} SELECT ${column}'events', 100000 + i % 90000, 'ok', 1795000000000 + i FROM n`;
  const empty = await naiveDatabase.prepare(`DELETE FROM ${table}`).run();
  const filled = await naiveDatabase.prepare(insert).run();
  const emptied = await naiveDatabase.prepare(`DELETE FROM ${table} WHERE id > 0`).run();
  return {
    bytes: (filled.meta.size_after - empty.meta.size_after) / BULK_ROWS,
    deleteRows: emptied.meta.rows_written / BULK_ROWS,
  };
}
