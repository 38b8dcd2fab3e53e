import { decodeHdrV2Base64, MAX_HDR_INFLATED_BYTES } from "../histogram/hdr-v2.ts";
import { type HistogramLogRow, readHistogramLog } from "../histogram/histogram-log-reader.ts";
import { parseTag } from "../histogram/histogram-log-tag.ts";
import { OrderedAggregate } from "../histogram/ordered-aggregate.ts";
import { type HdrUnit, recordInto } from "../histogram/record-into.ts";
import { DeltaBuilder } from "../merge/delta.ts";
import { SLOT_MS, startOf } from "../merge/slot-time.ts";
import { outcomeCode } from "../outcome.ts";
import { horizonRefusal } from "../wire/horizon.ts";
import type { RejectionReason } from "../wire/report.ts";
import { badRequest, payloadTooLarge, type Problem } from "./problem.ts";

/**
 * Most values that the rows of one log may count: beyond a billion calls in a log somebody made it
 * up. It also keeps the books, which cannot hold more than 2^53 − 1, from ever being filled.
 */
export const MAX_LOG_VALUES = 1_000_000_000;

/** Most bytes that all histograms of one log may inflate to. */
const MAX_LOG_INFLATED_BYTES = 4 * MAX_HDR_INFLATED_BYTES;

/** Values of a row that were refused. */
export interface RejectedRow {
  /** Number of the row among the log's rows, from 0. */
  readonly index: number;
  readonly reason: RejectionReason;
  /** How many values; 1 for a row that cannot be read, or that says of too many. */
  readonly count: number;
}

export interface ParsedHistogramLog {
  readonly rows: number;
  readonly targets: ReadonlyMap<string, { readonly delta: DeltaBuilder; timings: number }>;
  readonly rejected: readonly RejectedRow[];
}

export interface HistogramLogOptions {
  readonly unit: HdrUnit;
  /** Whether rows count as of now, whatever the log says. */
  readonly rebaseToNow: boolean;
  readonly nowMs: number;
}

/**
 * Reads the body of `POST /v1/histograms`: every row of a HdrHistogram log becomes a gain of its
 * target's slots. A fault of a row rejects that row alone.
 */
export function parseHistogramLog(
  text: string,
  options: HistogramLogOptions,
): ParsedHistogramLog | Problem {
  const log = readHistogramLog(text);
  if (!log.ok) return badRequest(`The body is no HdrHistogram log: ${log.reason}.`);
  const reader = new LogIntake(options);
  for (const row of log.rows) {
    if (row.ok) reader.take(row);
    else reader.reject("bad_histogram", 1);
    if (reader.budgetBytes <= 0) {
      return payloadTooLarge(
        `The histograms inflate to more than ${MAX_LOG_INFLATED_BYTES} bytes; send fewer rows at a time.`,
      );
    }
  }
  if (reader.rows === 0) return badRequest("The log has no rows.");
  return reader;
}

class LogIntake implements ParsedHistogramLog {
  readonly targets = new Map<string, { readonly delta: DeltaBuilder; timings: number }>();
  readonly rejected: RejectedRow[] = [];
  readonly #options: HistogramLogOptions;
  /** Values of the rows so far, whatever became of them. */
  #values = 0;
  rows = 0;
  budgetBytes = MAX_LOG_INFLATED_BYTES;

  constructor(options: HistogramLogOptions) {
    this.#options = options;
  }

  reject(reason: RejectionReason, count: number): void {
    this.rejected.push({ index: this.rows, reason, count });
    this.rows += 1;
  }

  take(row: HistogramLogRow): void {
    const tag = parseTag(row.tag);
    const decoded = decodeHdrV2Base64(
      row.payload,
      Math.min(this.budgetBytes, MAX_HDR_INFLATED_BYTES),
    );
    if (!decoded.ok) return this.reject("bad_histogram", 1);
    this.budgetBytes -= decoded.histogram.inflatedBytes;
    const { totalCount } = decoded.histogram;
    // A number that somebody made up says nothing of how many were refused: the row counts as one.
    if (this.#values + totalCount > MAX_LOG_VALUES) return this.reject("too_many_values", 1);
    this.#values += totalCount;
    const { nowMs, rebaseToNow, unit } = this.#options;
    const at = rebaseToNow ? nowMs : row.startMs;
    const reason = tag.ok ? horizonRefusal(at, nowMs) : tag.reason;
    if (!tag.ok || reason !== undefined) return this.reject(reason ?? "bad_target", totalCount);
    const target = this.#target(tag.target);
    const aggregate = new OrderedAggregate(outcomeCode(tag.outcome) ?? 0);
    let tooLong = 0;
    recordInto(
      decoded.histogram,
      unit,
      (valueUs, count) => aggregate.record(valueUs, count),
      (_, count) => (tooLong += count),
    );
    target.timings += aggregate.count;
    if (aggregate.count > 0) {
      target.delta.builder(startOf(at, SLOT_MS), tag.operation).add(aggregate.finish());
    }
    if (tooLong > 0) this.reject("bad_duration", tooLong);
    else this.rows += 1;
  }

  #target(name: string): { readonly delta: DeltaBuilder; timings: number } {
    let target = this.targets.get(name);
    if (target === undefined) {
      target = { delta: new DeltaBuilder(), timings: 0 };
      this.targets.set(name, target);
    }
    return target;
  }
}
