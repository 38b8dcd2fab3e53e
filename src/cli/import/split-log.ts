import { headerFault, HistogramLogLines } from "../../histogram/histogram-log-reader.ts";
import { parseTag } from "../../histogram/histogram-log-tag.ts";
import { histogramLogTime } from "../../histogram/histogram-log-writer.ts";
import type { HdrUnit } from "../../histogram/record-into.ts";
import { isRowDetails, parseRowDetails } from "../../histogram/row-details.ts";
import { rowStretch, type Stretch } from "../../merge/row-stretch.ts";
import { DAY_MS, startOf } from "../../merge/slot-time.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";
import type { TextLine } from "../line-splitter.ts";
import type { DayKey, DaySpool } from "./day-spool.ts";
import { writeRecord } from "./line-record.ts";
import { payloadFault } from "./payload-fault.ts";

/** What is to be taken out of logs. */
interface SplitOptions {
  /** All if empty. */
  readonly targets: readonly string[];
  /** All if empty. */
  readonly operations: readonly string[];
  /** The tag of rows that have none. */
  readonly untagged: string | undefined;
  /** Stretches that end later are left out, epoch milliseconds. */
  readonly latestMs: number;
  /** Days that begin earlier are left out, epoch milliseconds. */
  readonly oldestMs: number;
  /** What the values of histograms are. */
  readonly unit: HdrUnit;
}

/** What was found in the logs so far. */
export interface SplitTally {
  /** Rows that are taken. */
  rows: number;
  /** Rows of other targets and operations. */
  filtered: number;
  /** Rows of stretches that have not ended long enough ago. */
  tooNew: number;
  /** Rows of days that are not kept any more. */
  tooOld: number;
  /** The first and the last of these days, epoch milliseconds; undefined if there are none. */
  oldDays: { readonly from: number; readonly to: number } | undefined;
}

/** Rows that are good and not taken. */
type LeftOut = "filtered" | "tooNew" | "tooOld";

/** Takes a line out of a file that cannot be read; counted by the caller. */
type OnBad = (line: number, reason: string) => void;

const REASONS = {
  bad_target: "its tag names no target",
  bad_operation: "its tag names no operation",
  bad_outcome: "its tag names no outcome",
} as const;

/** Puts the lines of logs where they belong: to their series and day. */
export class LogSplit {
  readonly #options: SplitOptions;
  readonly #spool: DaySpool;
  readonly tally: SplitTally = {
    rows: 0,
    filtered: 0,
    tooNew: 0,
    tooOld: 0,
    oldDays: undefined,
  };

  constructor(options: SplitOptions, spool: DaySpool) {
    this.#options = options;
    this.#spool = spool;
  }

  /**
   * Begins a file: its times may count from what it says itself.
   * @param file its number, which stands in the records.
   * @returns what takes its lines. It throws CliError for a line that makes its whole log one that
   *   cannot be read, or not in the unit that was given.
   */
  begin(file: number, name: string, onBad: OnBad): (lines: readonly TextLine[]) => void {
    const log = new HistogramLogLines();
    return (lines) => {
      for (const line of lines) {
        const fault = headerFault(line.text);
        if (fault !== undefined) {
          const message = `${name} cannot be read: line ${line.number}: ${fault}`;
          throw new CliError(message, { exitCode: EXIT.refused });
        }
        this.#checkUnit(name, line);
        const reason = line.isTooLong ? "it is too long" : this.#take(log, file, line);
        if (reason !== undefined) onBad(line.number, reason);
      }
    };
  }

  /** Without its details a row would be read as if it were in another unit, so it is not one bad line. */
  #checkUnit(name: string, { number, text }: TextLine): void {
    if (this.#options.unit === "us" || !isRowDetails(text)) return;
    throw new CliError(`${name}:${number}: rows that have details are in microseconds`, {
      exitCode: EXIT.usage,
      hint: "Leave --unit out for what export hlog wrote, and import other logs by themselves.",
    });
  }

  /** @returns what is wrong with the line. */
  #take(log: HistogramLogLines, file: number, { number, text }: TextLine): string | undefined {
    if (isRowDetails(text)) {
      const details = parseRowDetails(text);
      if (details === undefined) return "these are no details of a row";
      return this.#put(details, text, undefined, { file, line: number });
    }
    const row = log.read(number, text);
    if (row === undefined) return undefined;
    if (!row.ok) return row.reason;
    const { tag = this.#options.untagged, startMs, intervalMs, payload } = row;
    if (tag === undefined) return "it has no tag: --as TARGET/OPERATION says what it is of";
    if (startMs < 0) return "it begins before 1970";
    const times = `${histogramLogTime(startMs)},${histogramLogTime(intervalMs)}`;
    const named = { tag, startMs, lengthMs: intervalMs };
    // Nobody reads the maximum: the histogram has it.
    const place = { file, line: number };
    return this.#put(named, `Tag=${tag},${times},0.000,${payload}`, payload, place);
  }

  /** @param payload the histogram of a row; undefined for the details of one. */
  #put(
    { tag, startMs, lengthMs }: { tag: string; startMs: number; lengthMs: number },
    text: string,
    payload: string | undefined,
    place: { readonly file: number; readonly line: number },
  ): string | undefined {
    const isRow = payload !== undefined;
    const read = parseTag(tag);
    if (!read.ok) return REASONS[read.reason];
    const stretch = rowStretch(startMs, lengthMs);
    if (stretch === undefined) return "it is longer than a day";
    const { target, operation } = read;
    const key = { target, operation, dayAt: startOf(startMs, DAY_MS) };
    const leftOut = this.#leftOut(key, stretch);
    if (leftOut === undefined) {
      const fault = payload === undefined ? undefined : payloadFault(payload, this.#options.unit);
      if (fault !== undefined) return fault;
      this.#spool.add(key, writeRecord({ startMs, isRow, text }, place), isRow);
    }
    if (isRow) this.#count(key.dayAt, leftOut);
    return undefined;
  }

  /** Why nothing of this stretch is taken. */
  #leftOut({ target, operation, dayAt }: DayKey, { at, stepMs }: Stretch): LeftOut | undefined {
    const { targets, operations, latestMs, oldestMs } = this.#options;
    const isWanted =
      (targets.length === 0 || targets.includes(target)) &&
      (operations.length === 0 || operations.includes(operation));
    if (!isWanted) return "filtered";
    if (at + stepMs > latestMs) return "tooNew";
    return dayAt < oldestMs ? "tooOld" : undefined;
  }

  #count(dayAt: number, leftOut: LeftOut | undefined): void {
    this.tally[leftOut ?? "rows"] += 1;
    if (leftOut !== "tooOld") return;
    const { from = dayAt, to = dayAt } = this.tally.oldDays ?? {};
    this.tally.oldDays = { from: Math.min(from, dayAt), to: Math.max(to, dayAt) };
  }
}
