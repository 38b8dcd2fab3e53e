import { headerFault, HistogramLogLines } from "../../histogram/histogram-log-reader.ts";
import { parseTag } from "../../histogram/histogram-log-tag.ts";
import { histogramLogTime } from "../../histogram/histogram-log-writer.ts";
import { isRowDetails, parseRowDetails } from "../../histogram/row-details.ts";
import { rowStretch } from "../../merge/row-stretch.ts";
import { DAY_MS, startOf } from "../../merge/slot-time.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";
import type { TextLine } from "../line-splitter.ts";
import type { DaySpool } from "./day-spool.ts";
import { writeRecord } from "./line-record.ts";

/** What is to be taken out of logs. */
export interface SplitOptions {
  /** All if empty. */
  readonly targets: readonly string[];
  /** All if empty. */
  readonly operations: readonly string[];
  /** The tag of rows that have none. */
  readonly untagged: string | undefined;
  /** Stretches that end later are left out, epoch milliseconds. */
  readonly latestMs: number;
}

/** What was found in the logs so far. */
export interface SplitTally {
  /** Rows that are taken. */
  rows: number;
  /** Rows of other targets and operations. */
  filtered: number;
  /** Rows of stretches that have not ended long enough ago. */
  tooNew: number;
}

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
  readonly tally: SplitTally = { rows: 0, filtered: 0, tooNew: 0 };

  constructor(options: SplitOptions, spool: DaySpool) {
    this.#options = options;
    this.#spool = spool;
  }

  /**
   * Begins a file: its times may count from what it says itself.
   * @param file its number, which stands in the records.
   * @returns what takes its lines. It throws CliError for a line that makes its whole log one that
   *   cannot be read.
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
        const reason = line.isTooLong ? "it is too long" : this.#take(log, file, line);
        if (reason !== undefined) onBad(line.number, reason);
      }
    };
  }

  /** @returns what is wrong with the line. */
  #take(log: HistogramLogLines, file: number, { number, text }: TextLine): string | undefined {
    if (isRowDetails(text)) {
      const details = parseRowDetails(text);
      if (details === undefined) return "these are no details of a row";
      return this.#put(details, text, { file, line: number });
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
    return this.#put(named, `Tag=${tag},${times},0.000,${payload}`, place);
  }

  #put(
    { tag, startMs, lengthMs }: { tag: string; startMs: number; lengthMs: number },
    text: string,
    place: { readonly file: number; readonly line: number },
  ): string | undefined {
    const isRow = !isRowDetails(text);
    const read = parseTag(tag);
    if (!read.ok) return REASONS[read.reason];
    const stretch = rowStretch(startMs, lengthMs);
    if (stretch === undefined) return "it is longer than a day";
    const { targets, operations, latestMs } = this.#options;
    const { target, operation } = read;
    const isWanted =
      (targets.length === 0 || targets.includes(target)) &&
      (operations.length === 0 || operations.includes(operation));
    const isTooNew = stretch.at + stretch.stepMs > latestMs;
    if (isRow) this.tally[isWanted ? (isTooNew ? "tooNew" : "rows") : "filtered"] += 1;
    if (!isWanted || isTooNew) return undefined;
    const key = { target, operation, dayAt: startOf(startMs, DAY_MS) };
    this.#spool.add(key, writeRecord({ startMs, isRow, text }, place));
    return undefined;
  }
}
