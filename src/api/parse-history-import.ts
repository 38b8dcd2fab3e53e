import { type Aggregate, isEmptyAggregate } from "../histogram/aggregate.ts";
import { decodeHdrV2Base64, MAX_HDR_INFLATED_BYTES } from "../histogram/hdr-v2.ts";
import { type HistogramLogRow, readHistogramLog } from "../histogram/histogram-log-reader.ts";
import { parseTag } from "../histogram/histogram-log-tag.ts";
import { OrderedAggregate } from "../histogram/ordered-aggregate.ts";
import { type HdrUnit, recordInto } from "../histogram/record-into.ts";
import {
  isRowDetails,
  parseRowDetails,
  type RowDetails,
  withDetails,
} from "../histogram/row-details.ts";
import { ImportedDay } from "../merge/imported-day.ts";
import { rowStretch, type Stretch } from "../merge/row-stretch.ts";
import { type SeriesName, seriesKey } from "../merge/series-name.ts";
import { DAY_MS, startOf } from "../merge/slot-time.ts";
import { overlapText, stretchOverlap } from "../merge/stretch-overlap.ts";
import { outcomeCode } from "../outcome.ts";
import { MIN_IMPORT_AGE_MS } from "./min-import-age.ts";
import { MAX_LOG_VALUES } from "./parse-histogram-log.ts";
import { badRequest, payloadTooLarge, type Problem, unprocessable } from "./problem.ts";

/** Most bytes that all histograms of one request may inflate to. */
const MAX_INFLATED_BYTES = 16 * MAX_HDR_INFLATED_BYTES;

/** Most faults that are named. */
const MAX_FAULTS = 20;

export interface HistoryImportOptions {
  /** The one series that all rows must be of. */
  readonly series: SeriesName;
  /** The start of the one day that they must lie in, epoch milliseconds. */
  readonly dayAt: number;
  readonly unit: HdrUnit;
  readonly nowMs: number;
}

export interface ParsedHistoryImport {
  readonly day: ImportedDay;
  readonly rows: number;
  /** Rows that counted nothing: the same is there twice, or grew later. */
  readonly duplicates: number;
  /** Timings. */
  readonly count: number;
}

/** A row that can be counted. */
interface ReadRow {
  readonly payload: string;
  readonly aggregate: Aggregate;
  readonly hasDetails: boolean;
}

/**
 * Reads the body of `POST /v1/history/import`: a HdrHistogram log of one day of one series, in any
 * order. All of it is good, or none of it is taken: half of it would look like the whole.
 */
export function parseHistoryImport(
  text: string,
  options: HistoryImportOptions,
): ParsedHistoryImport | Problem {
  const log = readHistogramLog(text);
  if (!log.ok) return badRequest(`The body is no HdrHistogram log: ${log.reason}.`);
  const reader = new ImportReader(options);
  for (const [index, line] of text.split("\n").entries()) {
    if (isRowDetails(line)) reader.takeDetails(index + 1, line.trimEnd());
  }
  for (const row of log.rows) {
    if (row.ok) reader.takeRow(row);
    else reader.refuse(row.line, row.reason);
    if (reader.budgetBytes <= 0) {
      return payloadTooLarge(
        `The histograms inflate to more than ${MAX_INFLATED_BYTES} bytes; send the day in pieces.`,
      );
    }
  }
  return reader.finish();
}

class ImportReader {
  readonly #options: HistoryImportOptions;
  /** By the row that they are of, and its count: a row may be there as it was and as it became. */
  readonly #details = new Map<string, ReadonlyMap<number, RowDetails>>();
  /** By tag and time: a log may say the same twice, or what it became later. */
  readonly #rows = new Map<string, { readonly stretch: Stretch; readonly of: ReadRow[] }>();
  readonly #faults: { readonly pointer: string; readonly reason: string }[] = [];
  #faultCount = 0;
  #rowCount = 0;
  #duplicates = 0;
  #values = 0;
  budgetBytes = MAX_INFLATED_BYTES;

  constructor(options: HistoryImportOptions) {
    this.#options = options;
  }

  refuse(line: number, reason: string): void {
    this.#faultCount += 1;
    if (this.#faults.length < MAX_FAULTS) this.#faults.push({ pointer: `/lines/${line}`, reason });
  }

  takeDetails(line: number, text: string): void {
    const details = parseRowDetails(text);
    if (details === undefined) return this.refuse(line, "these are no details of a row");
    const key = rowKey(details);
    const known = this.#details.get(key) ?? new Map<number, RowDetails>();
    const before = known.get(details.count);
    if (before !== undefined && JSON.stringify(plain(before)) !== JSON.stringify(plain(details))) {
      return this.refuse(line, "the details of this row are there twice, and differ");
    }
    this.#details.set(key, new Map([...known, [details.count, details]]));
  }

  takeRow(row: HistogramLogRow): void {
    this.#rowCount += 1;
    const { line, tag = "", startMs, intervalMs } = row;
    const stretch = this.#stretchOf(row);
    if (typeof stretch === "string") return this.refuse(line, stretch);
    const aggregate = this.#aggregateOf(row);
    if (typeof aggregate === "string") return this.refuse(line, aggregate);
    const key = rowKey({ tag, startMs, lengthMs: intervalMs });
    const known = this.#details.get(key);
    const details = known?.get(aggregate.count);
    const exact = details === undefined ? aggregate : withDetails(aggregate, details);
    if (exact === undefined || (known !== undefined && details === undefined)) {
      return this.refuse(line, "its details are not those of its histogram");
    }
    if (details !== undefined && this.#options.unit !== "us") {
      return this.refuse(line, "a row with details is in microseconds: say unit=us");
    }
    if (isEmptyAggregate(exact)) return;
    const group = this.#rows.get(key) ?? { stretch, of: [] };
    this.#rows.set(key, group);
    this.#join(group.of, {
      payload: row.payload,
      aggregate: exact,
      hasDetails: details !== undefined,
    });
  }

  finish(): ParsedHistoryImport | Problem {
    const day = new ImportedDay();
    let count = 0;
    for (const { stretch, of } of this.#rows.values()) {
      for (const { aggregate } of of) {
        day.add(stretch, aggregate);
        count += aggregate.count;
      }
    }
    if (this.#faultCount > 0) return this.#refusal();
    const overlap = stretchOverlap(day.given());
    if (overlap !== undefined) return unprocessable(overlapText(overlap));
    if (this.#rows.size === 0) return unprocessable("The log has no timings.");
    return { day, rows: this.#rowCount, duplicates: this.#duplicates, count };
  }

  /**
   * Of rows of one time that are as we wrote them the one that counts most is kept, as what a stretch
   * holds only grows. Others may well come of several programs that wrote one log.
   */
  #join(group: ReadRow[], row: ReadRow): void {
    const same = group.findIndex(
      ({ payload, hasDetails }) => payload === row.payload || (hasDetails && row.hasDetails),
    );
    if (same === -1) {
      group.push(row);
      return;
    }
    this.#duplicates += 1;
    if ((group[same]?.aggregate.count ?? 0) < row.aggregate.count) group[same] = row;
  }

  #stretchOf({ tag, startMs, intervalMs }: HistogramLogRow): Stretch | string {
    const { series, dayAt, nowMs } = this.#options;
    const read = parseTag(tag);
    if (!read.ok || seriesKey(read) !== seriesKey(series)) {
      return `its tag is not of ${seriesKey(series)}`;
    }
    const stretch = rowStretch(startMs, intervalMs);
    if (stretch === undefined) return "it is longer than a day";
    if (startOf(startMs, DAY_MS) !== dayAt) return "it does not begin in that day";
    if (stretch.at + stretch.stepMs > nowMs - MIN_IMPORT_AGE_MS) {
      return `its stretch ended less than ${MIN_IMPORT_AGE_MS / 60_000} minutes ago, or has not yet`;
    }
    return stretch;
  }

  #aggregateOf({ tag, payload }: HistogramLogRow): Aggregate | string {
    const decoded = decodeHdrV2Base64(payload, Math.min(this.budgetBytes, MAX_HDR_INFLATED_BYTES));
    if (!decoded.ok) return `its histogram cannot be read: ${decoded.reason}`;
    const { histogram } = decoded;
    this.budgetBytes -= histogram.inflatedBytes;
    this.#values += histogram.totalCount;
    if (this.#values > MAX_LOG_VALUES) {
      return `with it there are more than ${MAX_LOG_VALUES} values; send the day in pieces`;
    }
    const read = parseTag(tag);
    const aggregate = new OrderedAggregate(read.ok ? (outcomeCode(read.outcome) ?? 0) : 0);
    let tooLong = 0;
    recordInto(
      histogram,
      this.#options.unit,
      (valueUs, count) => aggregate.record(valueUs, count),
      (_, count) => (tooLong += count),
    );
    return tooLong === 0
      ? aggregate.finish()
      : `${tooLong} of its values are longer than 600 s: is the unit right?`;
  }

  #refusal(): Problem {
    const more = this.#faultCount - this.#faults.length;
    return unprocessable(
      `${this.#faultCount === 1 ? "1 line is" : `${this.#faultCount} lines are`} not good, so ` +
        "that nothing of this request was taken" +
        (more > 0 ? `; the first ${this.#faults.length} are named.` : "."),
      { errors: this.#faults },
    );
  }
}

/** What row a line is, or is about. */
function rowKey(row: Pick<RowDetails, "tag" | "startMs" | "lengthMs">): string {
  return `${row.tag}/${row.startMs}/${row.lengthMs}`;
}

/** Maps are no JSON. */
function plain({ measures, ...details }: RowDetails): unknown {
  return [details, measures && [...measures]];
}
