import * as v from "valibot";
import type { ImportParts } from "../../src/merge/import-part.ts";
import type { ImportedStretch } from "../../src/merge/imported-day.ts";
import type { SeriesName } from "../../src/merge/series-name.ts";
import { DAY_MS, STEPS_MS } from "../../src/merge/slot-time.ts";
import { WHOLE_TARGET } from "../../src/names.ts";
import { rollupJson, UPSERT } from "./d1-rollups.ts";
import { jsonChunks } from "./json-chunks.ts";

const OF_DAY = `tenant = ?1 AND step_ms IN (${STEPS_MS.join(", ")}) AND target = ?2
    AND at >= ?4 AND at < ?5`;

const COUNT = `
  SELECT step_ms AS stepMs, part BETWEEN ?6 AND ?7 AS isOwn, part = ?8 AS isPiece,
    COUNT(*) AS stretches, TOTAL(count) AS timings
  FROM rollups WHERE ${OF_DAY} AND operation = ?3 GROUP BY 1, 2, 3`;

const READ_DAY = `
  SELECT count, outcomes, sum_us, min_us, max_us, histogram, measures FROM rollups
  WHERE tenant = ?1 AND step_ms = ${DAY_MS} AND target = ?2 AND operation = ?3 AND at = ?4
    AND part = ?5`;

const DELETE = `
  DELETE FROM rollups WHERE ${OF_DAY} AND operation IN (?3, '${WHOLE_TARGET}')
    AND part BETWEEN ?6 AND ?7`;

/** What an operation gained, its target gained: the rows are the same, and need not be sent twice. */
const COPY_TO_TARGET = `
  INSERT INTO rollups (tenant, step_ms, target, operation, at, part,
    count, outcomes, sum_us, min_us, max_us, histogram, measures)
  SELECT tenant, step_ms, target, '${WHOLE_TARGET}', at, part,
    count, outcomes, sum_us, min_us, max_us, histogram, measures
  FROM rollups WHERE ${OF_DAY} AND operation = ?3 AND part = ?6`;

const CountsSchema = v.array(
  v.object({
    stepMs: v.number(),
    isOwn: v.number(),
    isPiece: v.number(),
    stretches: v.number(),
    timings: v.number(),
  }),
);

/** Where an import writes. */
export interface ImportPlace extends SeriesName {
  /** The start of the day, epoch milliseconds. */
  readonly dayAt: number;
  /** The parts of this import. */
  readonly parts: ImportParts;
  /** Which of them, from 0. */
  readonly piece: number;
}

/** What is stored of the day of an import. */
export interface FoundDay {
  /** Whether there are other parts: reported live, or imported under another name. */
  readonly hasForeign: boolean;
  /** Their timings. */
  readonly foreignTimings: number;
  /** Whether this import wrote something of the day before. */
  readonly hasOwn: boolean;
  /** Whether exactly what is to be written is there. */
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
   * @param stretches what is to be written, the day among them.
   */
  async find(place: ImportPlace, stretches: readonly ImportedStretch[]): Promise<FoundDay> {
    const { target, operation, dayAt, parts, piece } = place;
    const part = parts.first + piece;
    const [counts, days] = await this.#database.batch([
      this.#database.prepare(COUNT).bind(...this.#dayOf(place), parts.first, parts.last, part),
      this.#database.prepare(READ_DAY).bind(this.#tenant, target, operation, dayAt, part),
    ]);
    const rows = v.parse(CountsSchema, counts?.results);
    const foreign = rows.filter(({ isOwn }) => isOwn === 0).map(({ timings }) => timings);
    const own = rows.filter(({ isPiece }) => isPiece === 1);
    const stored = own.map(({ stepMs, stretches: count }) => [stepMs, count]);
    const wanted = STEPS_MS.map((step) => [
      step,
      stretches.filter(({ stepMs }) => stepMs === step).length,
    ]).filter(([, count]) => count !== 0);
    const dayNow = JSON.stringify(dayRow(days?.results[0]));
    return {
      hasForeign: foreign.length > 0,
      foreignTimings: Math.max(0, ...foreign),
      hasOwn: rows.some(({ isOwn }) => isOwn === 1),
      isSame:
        dayNow === JSON.stringify(wantedDay(place, stretches)) &&
        JSON.stringify(stored) === JSON.stringify(wanted),
    };
  }

  /**
   * Writes one piece of an import instead of what it wrote before, in one transaction: for the
   * operation, and the same for the whole target. The first piece replaces all others, too.
   */
  async replace(place: ImportPlace, stretches: readonly ImportedStretch[]): Promise<void> {
    const { target, operation, parts, piece } = place;
    const part = parts.first + piece;
    const lastReplaced = piece === 0 ? parts.last : part;
    const upsert = this.#database.prepare(UPSERT);
    const rows = stretches.map(({ stepMs, at, aggregate }) =>
      rollupJson({ stepMs, at, target, operation, part }, aggregate),
    );
    await this.#database.batch([
      this.#database.prepare(DELETE).bind(...this.#dayOf(place), part, lastReplaced),
      ...jsonChunks(rows).map((chunk) => upsert.bind(this.#tenant, chunk)),
      this.#database.prepare(COPY_TO_TARGET).bind(...this.#dayOf(place), part),
    ]);
  }

  /** The parameters of {@link OF_DAY}, and the operation. */
  #dayOf({ target, operation, dayAt }: ImportPlace): (string | number)[] {
    return [this.#tenant, target, operation, dayAt, dayAt + DAY_MS];
  }
}

/** The day of an import as {@link READ_DAY} reads it. */
function wantedDay(place: ImportPlace, stretches: readonly ImportedStretch[]): unknown[] {
  const day = stretches.find(({ stepMs }) => stepMs === DAY_MS);
  if (day === undefined) throw new Error("an import without its day");
  const { target, operation, parts, piece } = place;
  const key = { stepMs: day.stepMs, at: day.at, target, operation, part: parts.first + piece };
  const row = v.parse(v.array(v.unknown()), JSON.parse(rollupJson(key, day.aggregate)));
  return row.slice(5);
}

function dayRow(row: unknown): unknown[] {
  return Object.values(v.parse(v.optional(v.record(v.string(), v.unknown()), {}), row));
}
