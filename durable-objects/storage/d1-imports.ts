import * as v from "valibot";
import type { ImportParts } from "../../src/merge/import-part.ts";
import type { ImportedStretch } from "../../src/merge/imported-day.ts";
import type { Stretch } from "../../src/merge/row-stretch.ts";
import type { SeriesName } from "../../src/merge/series-name.ts";
import { DAY_MS, STEPS_MS } from "../../src/merge/slot-time.ts";
import { WHOLE_TARGET } from "../../src/names.ts";
import { INSERT_ROWS, rollupJson } from "./d1-rollups.ts";
import { jsonChunks } from "./json-chunks.ts";

/*
 * Every statement that names these is bound to: the tenant, rows as JSON, target, operation, start
 * and end of the day, the first and the last part of the import.
 */
const OF_DAY = `tenant = ?1 AND step_ms IN (${STEPS_MS.join(", ")}) AND target = ?3
    AND at >= ?5 AND at < ?6`;
const OF_SERIES = `${OF_DAY} AND operation = ?4`;

/**
 * Within the transaction that writes, as another import may have come since somebody looked; but
 * if ?9 says that all may be written.
 */
const MAY_WRITE = `(?9 OR NOT EXISTS (
    SELECT 1 FROM rollups WHERE ${OF_SERIES} AND part NOT BETWEEN ?7 AND ?8))`;

/** Whose rows are there, seen from the piece ?9 of as many as there are before ?10. */
const COUNT = `
  SELECT step_ms AS stepMs, CASE WHEN part NOT BETWEEN ?7 AND ?8 THEN 'foreign'
      WHEN part < ?9 THEN 'earlier' WHEN part = ?9 THEN 'piece'
      WHEN part < ?10 THEN 'later' ELSE 'stale' END AS whose,
    COUNT(*) AS stretches, TOTAL(count) AS timings
  FROM rollups WHERE ${OF_SERIES} GROUP BY 1, 2`;

/** Those of pieces before ?9. */
const READ_EARLIER = `
  SELECT DISTINCT step_ms AS stepMs, at FROM rollups
  WHERE ${OF_SERIES} AND part BETWEEN ?7 AND ?8 AND part < ?9`;

/** How many of a list of rows are there exactly so. CROSS JOIN keeps the order: by their keys. */
const COUNT_SAME = `
  SELECT COUNT(*) AS same FROM json_each(?2) AS w CROSS JOIN rollups AS r
  WHERE r.tenant = ?1 AND r.step_ms = json_extract(w.value, '$[0]')
    AND r.target = json_extract(w.value, '$[1]') AND r.operation = json_extract(w.value, '$[2]')
    AND r.at = json_extract(w.value, '$[3]') AND r.part = json_extract(w.value, '$[4]')
    AND r.count = json_extract(w.value, '$[5]') AND r.outcomes = json_extract(w.value, '$[6]')
    AND r.sum_us = json_extract(w.value, '$[7]') AND r.min_us = json_extract(w.value, '$[8]')
    AND r.max_us = json_extract(w.value, '$[9]') AND r.histogram = json_extract(w.value, '$[10]')
    AND r.measures IS json_extract(w.value, '$[11]')`;

const DELETE = `
  DELETE FROM rollups WHERE ${OF_DAY} AND operation IN (?4, '${WHOLE_TARGET}')
    AND part BETWEEN ?10 AND ?8 AND ${MAY_WRITE}`;

const INSERT = `${INSERT_ROWS} WHERE ${MAY_WRITE}`;

/** What an operation gained, its target gained: the rows are the same, and need not be sent twice. */
const COPY_TO_TARGET = `
  INSERT INTO rollups (tenant, step_ms, target, operation, at, part,
    count, outcomes, sum_us, min_us, max_us, histogram, measures)
  SELECT tenant, step_ms, target, '${WHOLE_TARGET}', at, part,
    count, outcomes, sum_us, min_us, max_us, histogram, measures
  FROM rollups WHERE ${OF_SERIES} AND part = ?10 AND ${MAY_WRITE}`;

const CountsSchema = v.array(
  v.object({
    stepMs: v.picklist(STEPS_MS),
    whose: v.picklist(["foreign", "earlier", "piece", "later", "stale"]),
    stretches: v.number(),
    timings: v.number(),
  }),
);

const StretchesSchema = v.array(v.object({ stepMs: v.picklist(STEPS_MS), at: v.number() }));

const SameSchema = v.tuple([v.object({ same: v.number() })]);

/** Where an import writes. */
export interface ImportPlace extends SeriesName {
  /** The start of the day, epoch milliseconds. */
  readonly dayAt: number;
  /** The parts of this import. */
  readonly parts: ImportParts;
  /** Which of them, from 0. */
  readonly piece: number;
  /** How many of them the day has. */
  readonly pieces: number;
}

/** What is stored of the day of an import. */
export interface FoundDay {
  /** Whether there are other parts: reported live, or imported under another name. */
  readonly hasForeign: boolean;
  /** Their timings. */
  readonly foreignTimings: number;
  /** What pieces of this import before this one wrote. */
  readonly earlier: readonly Stretch[];
  /** Whether this import wrote something before that is to be replaced: this piece, or one behind it. */
  readonly hasOwn: boolean;
  /** Whether exactly what is to be written is there, and no piece more than there should be. */
  readonly isSame: boolean;
}

/** What imports make of one tenant's history in D1. */
export class D1Imports {
  readonly #database: D1Database;
  readonly #tenant: string;

  constructor(database: D1Database, tenant: string) {
    this.#database = database;
    this.#tenant = tenant;
  }

  /**
   * Looks at what is there.
   * @param stretches what is to be written.
   */
  async find(place: ImportPlace, stretches: readonly ImportedStretch[]): Promise<FoundDay> {
    const { parts, piece, pieces } = place;
    const [part, end] = [parts.first + piece, parts.first + pieces];
    const [counts, earlier] = await this.#database.batch([
      this.#database.prepare(COUNT).bind(...this.#bound(place), part, end),
      this.#database.prepare(READ_EARLIER).bind(...this.#bound(place), part),
    ]);
    const rows = v.parse(CountsSchema, counts?.results);
    const of = (name: string): typeof rows => rows.filter(({ whose }) => whose === name);
    const foreign = of("foreign").map(({ timings }) => timings);
    const hasTooMany = piece === pieces - 1 && of("stale").length > 0;
    const stored = of("piece").reduce((sum, row) => sum + row.stretches, 0);
    return {
      hasForeign: foreign.length > 0,
      foreignTimings: Math.max(0, ...foreign),
      earlier: v.parse(StretchesSchema, earlier?.results),
      hasOwn: ["piece", "later", "stale"].some((name) => of(name).length > 0),
      isSame:
        !hasTooMany &&
        stored === stretches.length &&
        stored === (await this.#countSame(rowsOf(place, stretches))),
    };
  }

  /**
   * Writes one piece of an import, in one transaction: for the operation, and the same for the
   * whole target. It replaces what the import wrote as this piece and as those behind it.
   * @param mayAdd whether the day may have timings of others.
   * @returns false if it has some, and may not: then nothing has changed.
   */
  async replace(
    place: ImportPlace,
    stretches: readonly ImportedStretch[],
    mayAdd: boolean,
  ): Promise<boolean> {
    const part = place.parts.first + place.piece;
    const may = Number(mayAdd);
    const insert = this.#database.prepare(INSERT);
    const results = await this.#database.batch([
      this.#database.prepare(DELETE).bind(...this.#bound(place), may, part),
      ...jsonChunks(rowsOf(place, stretches)).map((rows) =>
        insert.bind(...this.#bound(place, rows), may),
      ),
      this.#database.prepare(COPY_TO_TARGET).bind(...this.#bound(place), may, part),
    ]);
    return (results.at(-1)?.meta.changes ?? 0) > 0;
  }

  /** @param rows - as JSON. */
  async #countSame(rows: readonly string[]): Promise<number> {
    const statement = this.#database.prepare(COUNT_SAME);
    const results = await this.#database.batch(
      jsonChunks(rows).map((chunk) => statement.bind(this.#tenant, chunk)),
    );
    return results.reduce((sum, { results: found }) => sum + v.parse(SameSchema, found)[0].same, 0);
  }

  /** The first eight parameters. */
  #bound({ target, operation, dayAt, parts }: ImportPlace, rows = "[]"): (string | number)[] {
    const { first, last } = parts;
    return [this.#tenant, rows, target, operation, dayAt, dayAt + DAY_MS, first, last];
  }
}

/** What {@link INSERT_ROWS} takes. */
function rowsOf(
  { target, operation, parts, piece }: ImportPlace,
  stretches: readonly ImportedStretch[],
): string[] {
  const part = parts.first + piece;
  return stretches.map(({ stepMs, at, aggregate }) =>
    rollupJson({ stepMs, at, target, operation, part }, aggregate),
  );
}
