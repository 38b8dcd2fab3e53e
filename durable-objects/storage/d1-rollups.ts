import * as v from "valibot";
import type { RollupSink } from "../../src/coordinator/ports.ts";
import type { Aggregate } from "../../src/histogram/aggregate.ts";
import { bucketCounts } from "../../src/histogram/bucket-counts.ts";
import { bucketIndex } from "../../src/histogram/bucket-layout.ts";
import { CorruptBytesError } from "../../src/histogram/byte-reader.ts";
import { decodeHdrV2Base64, encodeHdrV2Base64 } from "../../src/histogram/hdr-v2.ts";
import { decodeMeasures, encodeMeasures } from "../../src/histogram/measures-json.ts";
import { SparseCountsWriter } from "../../src/histogram/sparse-counts.ts";
import type { RollupRow, Segment } from "../../src/merge/history.ts";
import type { SeriesName } from "../../src/merge/series-name.ts";
import { STEPS_MS } from "../../src/merge/slot-time.ts";
import { decodeSlotList, sumSlots } from "../../src/merge/slot-list.ts";
import type { StepMs, StoredSlot } from "../../src/merge/tenant-store.ts";
import { jsonChunks } from "./json-chunks.ts";

/** Rows of history read at a time. */
const PAGE_ROWS = 1_000;

/** Rows deleted by one statement. */
const DELETE_ROWS = 2_000;

/** Rows of a tenant out of a JSON list of what {@link rollupJson} makes. */
export const INSERT_ROWS = `
  INSERT INTO rollups (tenant, step_ms, target, operation, at, part,
    count, outcomes, sum_us, min_us, max_us, histogram, measures)
  SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
    json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]'),
    json_extract(value, '$[6]'), json_extract(value, '$[7]'), json_extract(value, '$[8]'),
    json_extract(value, '$[9]'), json_extract(value, '$[10]'), json_extract(value, '$[11]')
  FROM json_each(?2)`;

/**
 * What a stretch holds only grows, so of two versions the one that counts more is the newer: more
 * timings, or as many and more values beside them. A write that was given up and arrives after its
 * successor must not undo it.
 */
const UPSERT = `${INSERT_ROWS} WHERE TRUE
  ON CONFLICT (tenant, step_ms, target, operation, at, part) DO UPDATE SET
    count = excluded.count, outcomes = excluded.outcomes, sum_us = excluded.sum_us,
    min_us = excluded.min_us, max_us = excluded.max_us, histogram = excluded.histogram,
    measures = excluded.measures
  WHERE excluded.count > rollups.count OR (excluded.count = rollups.count
    AND (SELECT TOTAL(json_extract(value, '$[1]')) FROM json_each(excluded.measures))
      >= (SELECT TOTAL(json_extract(value, '$[1]')) FROM json_each(rollups.measures)))`;

const SELECT = `
  SELECT at, part, count, outcomes, sum_us, min_us, max_us, histogram, measures FROM rollups
  WHERE tenant = ?1 AND step_ms = ?2 AND target = ?3 AND operation = ?4
    AND at >= ?5 AND at < ?6 AND (at, part) > (?7, ?8)
  ORDER BY at, part LIMIT ?9`;

const FIRST = `
  SELECT at, step_ms AS stepMs FROM rollups
  WHERE tenant = ?1 AND step_ms = ?2 AND target = ?3 AND operation = ?4 ORDER BY at LIMIT 1`;

const DELETE = `
  DELETE FROM rollups WHERE tenant = ?1 AND step_ms = ?2 AND target = ?3 AND operation = ?4
    AND at < ?5 AND at <= COALESCE((
      SELECT at FROM rollups WHERE tenant = ?1 AND step_ms = ?2 AND target = ?3 AND operation = ?4
      ORDER BY at LIMIT 1 OFFSET ?6), ?5)`;

/** Steps from each series to the next through the key, instead of reading every row of each. */
const LIST_SERIES = `
  WITH RECURSIVE
    targets (target) AS (
      SELECT MIN(target) FROM rollups WHERE tenant = ?1 AND step_ms = ?2
      UNION ALL
      SELECT (SELECT MIN(r.target) FROM rollups r
        WHERE r.tenant = ?1 AND r.step_ms = ?2 AND r.target > targets.target)
      FROM targets WHERE targets.target IS NOT NULL),
    series (target, operation) AS (
      SELECT target, (SELECT MIN(r.operation) FROM rollups r
        WHERE r.tenant = ?1 AND r.step_ms = ?2 AND r.target = targets.target)
      FROM targets WHERE target IS NOT NULL
      UNION ALL
      SELECT target, (SELECT MIN(r.operation) FROM rollups r
        WHERE r.tenant = ?1 AND r.step_ms = ?2 AND r.target = series.target
          AND r.operation > series.operation)
      FROM series WHERE operation IS NOT NULL)
  SELECT target, operation FROM series WHERE operation IS NOT NULL`;

const RowSchema = v.object({
  at: v.number(),
  part: v.number(),
  count: v.number(),
  outcomes: v.string(),
  sum_us: v.number(),
  min_us: v.number(),
  max_us: v.number(),
  histogram: v.string(),
  measures: v.nullable(v.string()),
});

const FirstSchema = v.array(v.object({ at: v.number(), stepMs: v.number() }));

const OutcomesSchema = v.array(v.number());

/** One tenant's history in D1. */
export class D1Rollups implements RollupSink {
  readonly #database: D1Database;
  readonly #tenant: string;

  constructor(database: D1Database, tenant: string) {
    this.#database = database;
    this.#tenant = tenant;
  }

  async write(rows: readonly StoredSlot[]): Promise<void> {
    if (rows.length === 0) return;
    const upsert = this.#database.prepare(UPSERT);
    const statements = jsonChunks(rows.map(toJson)).map((chunk) =>
      upsert.bind(this.#tenant, chunk),
    );
    await this.#database.batch(statements);
  }

  /**
   * Every row of a series that a covering needs, a page of each segment at a time: all segments in
   * one call, as each call goes to where the database is.
   */
  async read(
    { target, operation }: SeriesName,
    segments: readonly Segment[],
  ): Promise<RollupRow[]> {
    const rows: RollupRow[] = [];
    const select = this.#database.prepare(SELECT);
    let cursors = segments.map((segment) => ({ ...segment, at: segment.from - 1, part: 0 }));
    while (cursors.length > 0) {
      const pages = await this.#database.batch(
        cursors.map(({ stepMs, from, to, at, part }) =>
          select.bind(this.#tenant, stepMs, target, operation, from, to, at, part, PAGE_ROWS),
        ),
      );
      cursors = cursors.flatMap((cursor, i) => {
        const page = (pages[i]?.results ?? []).map((row) => toRollupRow(cursor.stepMs, row));
        for (const row of page) rows.push(row);
        const last = page.at(-1);
        return last === undefined || page.length < PAGE_ROWS
          ? []
          : [{ ...cursor, at: last.at, part: last.part }];
      });
    }
    return rows;
  }

  /**
   * When a series' first timing was, as far as history goes back: to the minute where minutes are
   * kept, else the start of the hour or day; null if there is none.
   */
  async firstAt({ target, operation }: SeriesName): Promise<number | null> {
    const select = this.#database.prepare(FIRST);
    const results = await this.#database.batch(
      STEPS_MS.map((stepMs) => select.bind(this.#tenant, stepMs, target, operation)),
    );
    const firsts = results.flatMap(({ results: rows }) => v.parse(FirstSchema, rows));
    const [earliest] = firsts.toSorted((one, other) => one.at - other.at);
    if (earliest === undefined) return null;
    // The minute that begins in the earliest hour or day says it exactly.
    const within = firsts.filter(({ at }) => at < earliest.at + earliest.stepMs);
    return Math.max(...within.map(({ at }) => at));
  }

  async deleteBefore(
    stepMs: StepMs,
    before: number,
    series: readonly SeriesName[],
  ): Promise<number> {
    if (series.length === 0) return 0;
    const statement = this.#database.prepare(DELETE);
    const results = await this.#database.batch(
      series.map(({ target, operation }) =>
        statement.bind(this.#tenant, stepMs, target, operation, before, DELETE_ROWS),
      ),
    );
    return results.reduce((sum, result) => sum + result.meta.changes, 0);
  }

  async listSeries(stepMs: StepMs): Promise<readonly SeriesName[]> {
    const { results } = await this.#database.prepare(LIST_SERIES).bind(this.#tenant, stepMs).all();
    return v.parse(v.array(v.object({ target: v.string(), operation: v.string() })), results);
  }
}

/** A stored stretch as a row of history. */
export function fromStoredSlot({ stepMs, at, part, body }: StoredSlot): RollupRow {
  return { stepMs, at, part, aggregate: sumSlots(decodeSlotList(body)) };
}

function toJson({ body, ...key }: StoredSlot): string {
  return rollupJson(key, sumSlots(decodeSlotList(body)));
}

/** A row as {@link INSERT_ROWS} takes it, a JSON list. */
export function rollupJson(
  { stepMs, target, operation, at, part }: Omit<StoredSlot, "body">,
  { count, outcomes, sumUs, minUs, maxUs, counts, measures }: Aggregate,
): string {
  return JSON.stringify([
    stepMs,
    target,
    operation,
    at,
    part,
    count,
    JSON.stringify(outcomes),
    sumUs,
    // Measures may come without timings, and an infinity is no JSON.
    count === 0 ? 0 : minUs,
    count === 0 ? 0 : maxUs,
    encodeHdrV2Base64(bucketCounts(counts)),
    measures === undefined ? null : encodeMeasures(measures),
  ]);
}

/** @throws CorruptBytesError if the row is not what `write` wrote. */
function toRollupRow(stepMs: StepMs, stored: unknown): RollupRow {
  const row = v.parse(RowSchema, stored);
  const decoded = decodeHdrV2Base64(row.histogram);
  if (!decoded.ok) throw new CorruptBytesError(`the rollup at ${row.at}: ${decoded.reason}`);
  const counts = new SparseCountsWriter(256);
  decoded.histogram.forEach((lowestUs, _, count) => counts.add(bucketIndex(lowestUs), count));
  const aggregate: Aggregate = {
    count: row.count,
    outcomes: v.parse(OutcomesSchema, JSON.parse(row.outcomes)),
    sumUs: row.sum_us,
    minUs: row.count === 0 ? Infinity : row.min_us,
    maxUs: row.count === 0 ? -Infinity : row.max_us,
    counts: counts.finish(),
    measures: row.measures === null ? undefined : decodeMeasures(row.measures),
  };
  return { stepMs, at: row.at, part: row.part, aggregate };
}
