/** How much of a log is read. */
export interface HistogramLogLimits {
  /** Most interval rows in one log. */
  readonly maxRows: number;
  /** Most characters in one line. */
  readonly maxLineLength: number;
}

export const HISTOGRAM_LOG_LIMITS: HistogramLogLimits = {
  maxRows: 10_000,
  // As much base64 as is decoded, and room for the tag and the three numbers before it.
  maxLineLength: 1_048_576 + 1024,
};

/** One interval of a log. The histogram is not decoded yet. */
export interface HistogramLogRow {
  readonly ok: true;
  /** Counted from 1. */
  readonly line: number;
  /** The text behind `Tag=`; undefined if there is none. */
  readonly tag: string | undefined;
  /** When the interval began, epoch milliseconds. */
  readonly startMs: number;
  /**
   * How long it was, milliseconds. The C library's older `hdr_log_write` puts the end's timestamp
   * in this column instead; nothing in the log tells the two apart.
   */
  readonly intervalMs: number;
  /** The histogram as base64. */
  readonly payload: string;
}

/** A line that is no comment, no legend and no row. */
export interface HistogramLogLineError {
  readonly ok: false;
  readonly line: number;
  readonly reason: string;
}

/** The rows of a log, read as they are asked for, or why none of it is read. */
export type HistogramLogResult =
  | { readonly ok: true; readonly rows: Iterable<HistogramLogRow | HistogramLogLineError> }
  | { readonly ok: false; readonly reason: string };

interface Line {
  readonly number: number;
  readonly text: string;
}

const VERSION_COMMENT = /^#\[Histogram log format version ([^\]]*)\]/;
const START_TIME_COMMENT = "#[StartTime:";
const BASE_TIME_COMMENT = "#[BaseTime:";
const LEGEND = /^"?(?:Start)?Timestamp"?,/;
const DECIMAL = /^[+-]?\d{1,20}(?:\.\d{0,20})?(?:[eE][+-]?\d{1,3})?$/;
const YEAR_SECONDS = 365 * 24 * 3600;
/** The furthest instant that a `Date` can hold. */
const MAX_EPOCH_MS = 8.64e15;

/**
 * Reads a HdrHistogram interval log, format 1.0 to 1.3, and any later 1.x whose rows have the
 * same four fields. Versions 1.0 and 1.1 differ in what the histograms are encoded with, which
 * the payload itself tells. A log without a version line is read too.
 *
 * Lines end in LF or CRLF. A bad line costs that line; a version that is not 1.x, a time comment
 * that cannot be read (it would move every row by decades) or too many rows cost the whole log,
 * before the first row is given out.
 *
 * @param text the whole log.
 */
export function readHistogramLog(
  text: string,
  limits: HistogramLogLimits = HISTOGRAM_LOG_LIMITS,
): HistogramLogResult {
  const reason = describeBadLog(text, limits);
  if (reason !== undefined) return { ok: false, reason };
  return { ok: true, rows: { [Symbol.iterator]: () => rowsOf(text, limits) } };
}

/** Why the log cannot be read at all, or undefined. */
function describeBadLog(text: string, limits: HistogramLogLimits): string | undefined {
  let rows = 0;
  for (const { number, text: line } of linesOf(text)) {
    if (isRow(line)) rows++;
    if (rows > limits.maxRows) {
      return `more than ${limits.maxRows} rows; send them as several logs`;
    }
    const fault = headerFault(line);
    if (fault !== undefined) return `line ${number}: ${fault}`;
  }
  return undefined;
}

/** What of a line makes its whole log one that cannot be read; undefined for every other line. */
export function headerFault(line: string): string | undefined {
  if (!line.startsWith("#")) return undefined;
  const version = VERSION_COMMENT.exec(line.slice(0, 100))?.[1];
  if (version !== undefined && !/^1\.\d+$/.test(version)) {
    return `log format version ${version} is not read; 1.0 to 1.3 are`;
  }
  const comment = [START_TIME_COMMENT, BASE_TIME_COMMENT].find((one) => line.startsWith(one));
  if (comment === undefined || !Number.isNaN(commentSeconds(line, comment))) return undefined;
  return `${comment.slice(2, -1)} is no number of seconds since the epoch`;
}

function* rowsOf(
  text: string,
  limits: HistogramLogLimits,
): Generator<HistogramLogRow | HistogramLogLineError, undefined> {
  const lines = new HistogramLogLines(limits.maxLineLength);
  for (const { number, text: line } of linesOf(text)) {
    const row = lines.read(number, line);
    if (row !== undefined) yield row;
  }
}

/**
 * Reads the lines of one log as they come, by the rules of {@link readHistogramLog}, for who cannot
 * have all of it in memory. Lines for which {@link headerFault} has something to say are for the
 * caller to refuse.
 */
export class HistogramLogLines {
  readonly #timeline = new Timeline();
  readonly #maxLineLength: number;

  /** @param maxLineLength most characters of a row. */
  constructor(maxLineLength = HISTOGRAM_LOG_LIMITS.maxLineLength) {
    this.#maxLineLength = maxLineLength;
  }

  /**
   * The row of the next line, or what is wrong with it; undefined for a line that is no row.
   * @param number of the line, from 1.
   * @param line without what ends it.
   */
  read(number: number, line: string): HistogramLogRow | HistogramLogLineError | undefined {
    if (line.startsWith(START_TIME_COMMENT)) {
      this.#timeline.startSec = commentSeconds(line, START_TIME_COMMENT);
    } else if (line.startsWith(BASE_TIME_COMMENT)) {
      this.#timeline.baseSec = commentSeconds(line, BASE_TIME_COMMENT);
    } else if (isRow(line)) {
      if (line.length <= this.#maxLineLength) return parseRow(number, line, this.#timeline);
      return lineError(
        number,
        `${line.length} characters; at most ${this.#maxLineLength} are read`,
      );
    }
    return undefined;
  }
}

/**
 * What the timestamps of a log's rows are relative to.
 *
 * The rules of Java's `HistogramLogReader` (2.1.10 on): without a `StartTime`, the first row's
 * timestamp is it; without a `BaseTime`, rows that lie more than a year before the start are
 * taken to count from it, and others to be absolute, which the first row decides for all.
 */
class Timeline {
  startSec: number | undefined;
  baseSec: number | undefined;

  /** The absolute time of a row's timestamp, epoch seconds. */
  resolve(timestampSec: number): number {
    this.startSec ??= timestampSec;
    this.baseSec ??= timestampSec < this.startSec - YEAR_SECONDS ? this.startSec : 0;
    return this.baseSec + timestampSec;
  }
}

/** `[Tag=x,]start,length,max,histogram` */
function parseRow(
  line: number,
  text: string,
  timeline: Timeline,
): HistogramLogRow | HistogramLogLineError {
  const fields = text.split(",", 6);
  const tag = text.startsWith("Tag=") ? fields.shift()?.slice(4) : undefined;
  const [start = "", length = "", max = "", payload = ""] = fields;
  if (fields.length !== 4) {
    return lineError(line, "not [Tag=…,]start,length,max,histogram: the number of fields differs");
  }
  const startSec = decimal(start);
  if (Number.isNaN(startSec)) return lineError(line, "the start is no number of seconds");
  const intervalSec = decimal(length);
  if (!(intervalSec >= 0)) return lineError(line, "the length is no number of seconds from 0 on");
  if (Number.isNaN(decimal(max))) return lineError(line, "the maximum is no number");
  if (payload === "") return lineError(line, "there is no histogram");
  // Rounded where Java cuts off: 1.001 s times 1000 is a hair less than 1001 as a double.
  const startMs = Math.round(timeline.resolve(startSec) * 1000);
  const intervalMs = Math.round(intervalSec * 1000);
  if (Math.abs(startMs) > MAX_EPOCH_MS || intervalMs > MAX_EPOCH_MS) {
    return lineError(line, "the start or the length is further than any date");
  }
  return { ok: true, line, tag, startMs, intervalMs, payload };
}

/** The number behind a time comment's name; NaN if there is none. */
function commentSeconds(line: string, comment: string): number {
  const [seconds = ""] = line
    .slice(comment.length, comment.length + 64)
    .trimStart()
    .split(/[ ,\]]/);
  return decimal(seconds);
}

function decimal(text: string): number {
  return text.length <= 64 && DECIMAL.test(text) ? Number(text) : Number.NaN;
}

/** Whether a line has to be a row: everything that is not blank, a comment or the legend. */
function isRow(line: string): boolean {
  return line !== "" && !line.startsWith("#") && !LEGEND.test(line) && line.trim() !== "";
}

/** The lines of a text, without what ends them, one at a time. */
function* linesOf(text: string): Generator<Line, undefined> {
  let number = 1;
  for (let start = 0; start < text.length; number++) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    const contentEnd = end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
    yield { number, text: text.slice(start, contentEnd) };
    start = end + 1;
  }
}

function lineError(line: number, reason: string): HistogramLogLineError {
  return { ok: false, line, reason };
}
