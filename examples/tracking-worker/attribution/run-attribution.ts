// A real project imports from "tachograph/client".
import type { Recorder, ResultCache } from "../../../src/client/index.ts";
import { attribute, MODELS } from "./attribute.ts";
import type { CreditRow, CreditStore, DueConversion, DueCursor } from "./credit-store.ts";
import type { StoredConversion } from "./history.ts";
import { inParallel } from "./in-parallel.ts";
import type { Journey } from "./journey.ts";
import type { Journeys } from "./journeys.ts";
import type { RemovalEffects } from "./models/data-driven.ts";

/** A conversion is left alone for so long: touchpoints from before it may still be on their way. */
const SETTLE_MS = 2_000;

/** What a run works with. */
export interface AttributionParts {
  readonly journeys: Journeys;
  readonly credits: CreditStore;
  readonly cache: ResultCache;
  readonly recorder: Recorder;
}

/** How much a run does. */
export interface RunLimits {
  /** Conversions of one batch. */
  readonly batchSize: number;
  /** Journeys that are read at a time. */
  readonly parallel: number;
  readonly batches: number;
}

/** Each journey takes three queries, and D1 answers a thousand of one invocation. */
export const DEFAULT_RUN_LIMITS: RunLimits = { batchSize: 100, parallel: 4, batches: 3 };

/** What a run did. */
export interface RunReport {
  readonly batches: number;
  /** Conversions that have their credits now. */
  readonly attributed: number;
  /** Conversions that could not be done; they are due in the next run. */
  readonly failed: number;
  /** Whether there may be more that is due. */
  readonly hasMore: boolean;
}

/**
 * Credits the channels of the conversions that are due under every model, batch by batch, and
 * records each batch as `attribution` / `batch`. Two runs at once do the same work twice and store
 * the same. A batch that fails ends the run.
 */
export async function runAttribution(
  parts: AttributionParts,
  limits: RunLimits = DEFAULT_RUN_LIMITS,
): Promise<RunReport> {
  const { credits, recorder } = parts;
  const before = recorder.now() - SETTLE_MS;
  let after: DueCursor | undefined;
  let report: RunReport = { batches: 0, attributed: 0, failed: 0, hasMore: true };
  while (report.batches < limits.batches && report.hasMore) {
    // oxlint-disable-next-line eslint/no-await-in-loop -- the batches bound what is under way
    const due = await credits.due(limits.batchSize, before, after);
    if (due.length > 0) {
      // oxlint-disable-next-line eslint/no-await-in-loop -- the next batch begins behind this one
      const failed = await timedBatch(parts, due, limits.parallel);
      const attributed = report.attributed + due.length - failed;
      report = {
        ...report,
        batches: report.batches + 1,
        attributed,
        failed: report.failed + failed,
      };
      if (failed === due.length) break;
    }
    after = due.at(-1);
    report = { ...report, hasMore: due.length === limits.batchSize };
  }
  return report;
}

interface ConvertedJourney extends Journey {
  readonly conversion: StoredConversion;
}

/** @returns how many could not be done. Never rejects. */
async function timedBatch(
  parts: AttributionParts,
  due: readonly DueConversion[],
  parallel: number,
): Promise<number> {
  const { recorder } = parts;
  const startedAt = recorder.stopwatch();
  let failed = due.length;
  try {
    failed = await runBatch(parts, due, parallel);
  } catch (error) {
    noteFailure(recorder, `${due.length} conversions are not attributed`, error);
  }
  const outcome = failed === 0 ? "ok" : "error";
  recorder.record("attribution", "batch", recorder.elapsedMs(startedAt), outcome);
  return failed;
}

/** @returns how many could not be done; those that could are stored. */
async function runBatch(
  { journeys, credits, recorder }: AttributionParts,
  due: readonly DueConversion[],
  parallel: number,
): Promise<number> {
  const now = recorder.now();
  const effects = await journeys.effects();
  const done = await inParallel(due, parallel, async ({ visitor, ...conversion }) => {
    const { id } = conversion;
    try {
      const journey = await journeys.toConversion(visitor, id, now);
      // It may be deleted by now, or lie beyond all that is read of one visitor.
      const touchpoints = journey?.touchpoints ?? [];
      return { id, rows: creditRows(visitor, { touchpoints, conversion }, effects) };
    } catch (error) {
      noteFailure(recorder, `conversion ${id} is not attributed`, error);
      return undefined;
    }
  });
  const stored = done.filter((one) => one !== undefined);
  const ids = stored.map(({ id }) => id);
  if (ids.length > 0)
    await credits.store(
      ids,
      stored.flatMap(({ rows }) => rows),
      now,
    );
  return due.length - ids.length;
}

function creditRows(
  visitor: string,
  journey: ConvertedJourney,
  effects: RemovalEffects,
): CreditRow[] {
  const { id, at, value } = journey.conversion;
  return MODELS.flatMap((model) =>
    [...attribute(model, journey, { effects }).credits].map(([channel, millionths]) => {
      return { visitor, conversion: id, model, channel, millionths, converted_at: at, value };
    }),
  );
}

function noteFailure(recorder: Recorder, what: string, error: unknown): void {
  recorder.noteFailure("attribution", error);
  console.error(what, error);
}
