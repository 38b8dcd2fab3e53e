import * as v from "valibot";
import type { HistoryStep, Segment } from "../../src/merge/history.ts";
import type { StretchTotals } from "../../src/merge/stretch-totals.ts";
import type { TargetTotals, TotalsRead } from "../../src/merge/total-points.ts";
import { OUTCOMES } from "../../src/outcome.ts";
import { jsonChunks } from "./json-chunks.ts";

/** Steps from each target to the next through the key, instead of reading every row of each. */
const LIST_TARGETS = `
  WITH RECURSIVE targets (target) AS (
    SELECT MIN(target) FROM rollups WHERE tenant = ?1 AND step_ms = ?2
    UNION ALL
    SELECT (SELECT MIN(r.target) FROM rollups r
      WHERE r.tenant = ?1 AND r.step_ms = ?2 AND r.target > targets.target)
    FROM targets WHERE targets.target IS NOT NULL)
  SELECT target FROM targets WHERE target IS NOT NULL`;

/** TOTAL instead of SUM: it has no overflow, and is exact up to 2^53. */
const SUMS = `TOTAL(r.count) AS count, json_array(${OUTCOMES.map(
  (_, code) => `TOTAL(json_extract(r.outcomes, '$[${code}]'))`,
).join(", ")}) AS outcomes`;

/**
 * The step of the query that holds a row; of one that is longer, its own beginning. Parameters are
 * bound as floating-point numbers.
 */
const STEP_OF_ROW = "r.at - r.at % CAST(?2 AS INTEGER)";

/**
 * CROSS JOIN keeps the order of the tables: a range of the key for each target. A list's entry is a
 * target and the group that its rows are added to.
 */
const SUM_SEGMENT = `
  SELECT r.step_ms AS stepMs, json_extract(t.value, '$[1]') AS target, ${STEP_OF_ROW} AS at, ${SUMS}
  FROM json_each(?3) AS t CROSS JOIN rollups AS r
  WHERE r.tenant = ?1 AND r.step_ms = ?4 AND r.target = json_extract(t.value, '$[0]') AND r.operation = '*'
    AND r.at >= ?5 AND r.at < ?6
  GROUP BY 1, 2, 3 LIMIT ?7`;

/** The rows of some keys, as SUM_SEGMENT counts them. */
const SUM_KEYS = `
  SELECT r.step_ms AS stepMs, json_extract(k.value, '$[4]') AS target, ${STEP_OF_ROW} AS at, ${SUMS}
  FROM json_each(?3) AS k CROSS JOIN rollups AS r
  WHERE r.tenant = ?1 AND r.step_ms = json_extract(k.value, '$[0]')
    AND r.target = json_extract(k.value, '$[1]') AND r.operation = '*'
    AND r.at = json_extract(k.value, '$[2]') AND r.part = json_extract(k.value, '$[3]')
  GROUP BY 1, 2, 3`;

const TargetSchema = v.array(v.object({ target: v.string() }));

const SumSchema = v.array(
  v.object({
    stepMs: v.picklist([60_000, 3_600_000, 86_400_000]),
    target: v.string(),
    at: v.number(),
    count: v.number(),
    outcomes: v.string(),
  }),
);

const OutcomesSchema = v.array(v.number());

/** What to add up. */
export interface TotalsQuery {
  /** Names of targets. */
  readonly targets: readonly string[];
  /** The group that a target's rows are added up in: sums name it instead of the target. */
  readonly groupOf: (target: string) => string;
  readonly segments: readonly Segment[];
  readonly step: HistoryStep;
  /** The rows that count instead of those of D1 for the same stretches and parts. */
  readonly unsettled: readonly StretchTotals[];
  /** Most steps of all groups that are read of one segment: with more, some of them are left out. */
  readonly maxSums: number;
}

/** How many timings of one tenant's whole targets ended how, added up by D1 itself. */
export class D1Totals {
  readonly #database: D1Database;
  readonly #tenant: string;

  constructor(database: D1Database, tenant: string) {
    this.#database = database;
    this.#tenant = tenant;
  }

  /** Every target with a row of one of these lengths. It costs two look-ups a target and length. */
  async listTargets(stepsMs: readonly number[]): Promise<string[]> {
    if (stepsMs.length === 0) return [];
    const list = this.#database.prepare(LIST_TARGETS);
    const results = await this.#database.batch(
      stepsMs.map((stepMs) => list.bind(this.#tenant, stepMs)),
    );
    const names = results.flatMap((result) => v.parse(TargetSchema, result.results));
    return [...new Set(names.map(({ target }) => target))];
  }

  /**
   * Sums of the rows of a covering, all of one moment. No histogram leaves D1; it reads every row of
   * the targets in the covering once, and the rows of `unsettled` again.
   */
  async read({
    targets,
    groupOf,
    segments,
    step,
    unsettled,
    maxSums,
  }: TotalsQuery): Promise<Omit<TotalsRead, "unsettled">> {
    // Longer than any time is late: one step holds everything.
    const wholeMs = step === "all" ? Number.MAX_SAFE_INTEGER : step;
    const names = jsonChunks(targets.map((target) => JSON.stringify([target, groupOf(target)])));
    const keys = jsonChunks(
      unsettled.map(({ stepMs, target, at, part }) =>
        JSON.stringify([stepMs, target, at, part, groupOf(target)]),
      ),
    );
    const sumSegment = this.#database.prepare(SUM_SEGMENT);
    const sumKeys = this.#database.prepare(SUM_KEYS);
    const ofSegments = segments.flatMap((segment) =>
      names.map((list) =>
        sumSegment.bind(
          this.#tenant,
          wholeMs,
          list,
          segment.stepMs,
          segment.from,
          segment.to,
          maxSums,
        ),
      ),
    );
    const ofKeys = keys.map((list) => sumKeys.bind(this.#tenant, wholeMs, list));
    if (ofSegments.length === 0) return { stored: [], replaced: [] };
    // One transaction: a row that arrives in between would be taken away without being counted.
    const results = await this.#database.batch([...ofSegments, ...ofKeys]);
    const sums = results.map((result) => v.parse(SumSchema, result.results).map(toTotals));
    return {
      stored: sums.slice(0, ofSegments.length).flat(),
      replaced: sums.slice(ofSegments.length).flat(),
    };
  }
}

function toTotals({ outcomes, ...row }: v.InferOutput<typeof SumSchema>[number]): TargetTotals {
  return { ...row, outcomes: v.parse(OutcomesSchema, JSON.parse(outcomes)) };
}
