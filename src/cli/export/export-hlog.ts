import type { TimeRange } from "../../merge/history.ts";
import { unreachable } from "../api/api-failure.ts";
import { withRetries } from "../api/with-retries.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";
import { noteWait } from "../output/note-wait.ts";
import type { TextSink } from "../output/text-sink.ts";
import type { CliSession } from "../session.ts";
import { BodyError, bodyLines } from "./body-lines.ts";
import { dayParts } from "./day-parts.ts";
import type { ExportPlan, ExportResult } from "./export-plan.ts";
import { IdleWatch } from "./idle-watch.ts";
import { logLineOf } from "./log-line.ts";

/** Days of one request: the server answers 31 at most, and a bar should move. */
const DAYS_OF_REQUEST = 7;

/** The same of rows that are an hour or a day. */
const DAYS_OF_LONG_ROWS = 31;

/** How long an answer that has begun may pause, milliseconds: a series without timings is silent. */
const IDLE_MS = 60_000;

/** How often a request is made that brings nothing more: one failure should not cost the rest. */
const ATTEMPTS = 4;

/** How long rows of an export may be asked for to be. */
export const EXPORT_STEPS = ["1m", "1h", "1d"] as const;

/** How a log is written. */
export interface HlogFormat {
  /** The shortest rows: of what is not kept so short any more there are longer ones. */
  readonly step: (typeof EXPORT_STEPS)[number];
  /** Whether comments say what histograms do not: outcomes, sums, extremes, measures. */
  readonly hasDetails: boolean;
}

/** One request of an export; no target asks for all. */
interface LogRequest extends TimeRange {
  readonly target: string | undefined;
}

/**
 * Writes one histogram log: a minute of an operation a row. It is asked for in parts, whose rows
 * follow each other below one header.
 * @param onProgress - told how many of how many requests are done.
 * @throws CliError
 */
export async function exportHlog(
  session: CliSession,
  { targets, operations, range }: ExportPlan,
  format: HlogFormat,
  sink: TextSink,
  onProgress: (done: number, total: number) => void,
): Promise<ExportResult> {
  const wanted = targets.length === 0 ? [undefined] : targets;
  const days = format.step === "1m" ? DAYS_OF_REQUEST : DAYS_OF_LONG_ROWS;
  const requests: LogRequest[] = dayParts(range.from, range.to, days).flatMap((part) =>
    wanted.map((target) => ({ ...part, target })),
  );
  const writer = new LogWriter(sink, operations);
  for (const [done, request] of requests.entries()) {
    onProgress(done, requests.length);
    writer.begin();
    await copyLog(session, request, format, writer);
  }
  return { rows: writer.rows, series: writer.series.size };
}

/**
 * Copies a log. One that breaks off is asked for again, as its rows come in an order: those that are
 * written are passed over.
 */
async function copyLog(
  session: CliSession,
  request: LogRequest,
  format: HlogFormat,
  writer: LogWriter,
): Promise<void> {
  const { io, printer } = session;
  let { rows } = writer;
  const gotFurther = (): boolean => {
    const hasMore = writer.rows > rows;
    ({ rows } = writer);
    return hasMore;
  };
  const { signal, pause: wait } = io;
  const onWait = noteWait(printer);
  await withRetries({ attempts: ATTEMPTS, signal, onWait, gotFurther, wait }, () =>
    copyAnswer(session, request, format, writer),
  );
}

async function copyAnswer(
  { api, io, options }: CliSession,
  { target, from, to }: LogRequest,
  { step, hasDetails }: HlogFormat,
  writer: LogWriter,
): Promise<void> {
  const idle = new IdleWatch(IDLE_MS);
  try {
    const response = await api.open("/v1/export.hlog", {
      query: { target, from, to, step, ...(hasDetails && { details: 1 }) },
      headers: { Accept: "text/plain" },
      signal: idle.signal,
    });
    if (response.body === null) throw new BodyError("it has no body");
    writer.beginAnswer();
    idle.touch();
    for await (const lines of bodyLines(response.body, () => idle.touch())) {
      // However long whoever reads this takes, it is not the server that pauses.
      idle.rest();
      await writer.write(lines);
      idle.touch();
    }
  } catch (cause) {
    io.signal.throwIfAborted();
    if (cause instanceof CliError) throw cause;
    if (!(cause instanceof BodyError)) throw unreachable(options, cause);
    throw new CliError(`the answer of ${options.url} cannot be used: ${cause.message}`, {
      exitCode: EXIT.unreachable,
      isPassing: cause.isCut,
      cause,
    });
  } finally {
    idle.rest();
  }
}

/** Makes one log of several. */
class LogWriter {
  readonly #sink: TextSink;
  readonly #operations: ReadonlySet<string> | undefined;
  /** `target/operation` of what was written. */
  readonly series = new Set<string>();
  rows = 0;
  #hasHeader = false;
  /** Whether the lines before the rows of this answer are to be written. */
  #wantsHeader = false;
  /** The last row of this log that was written. */
  #last: { readonly tag: string; readonly startMs: number } | undefined;
  /** The last row that was written before this answer, which has its rows in the order of both. */
  #resumeAfter: { readonly tag: string; readonly startMs: number } | undefined;
  /** The details of the row that comes next. */
  #details: string | undefined;

  constructor(sink: TextSink, operations: readonly string[]) {
    this.#sink = sink;
    this.#operations = operations.length === 0 ? undefined : new Set(operations);
  }

  /** The next answer is of another log. */
  begin(): void {
    this.#last = undefined;
  }

  /** The next lines are those of another answer, which begins the log again. */
  beginAnswer(): void {
    this.#wantsHeader = !this.#hasHeader;
    this.#resumeAfter = this.#last;
    this.#details = undefined;
  }

  /** @throws BodyError for lines that are no log. */
  async write(lines: readonly string[]): Promise<void> {
    const kept = lines.flatMap((line) => this.#take(line));
    if (kept.length > 0) await this.#sink.write(`${kept.join("\n")}\n`);
  }

  /** What is to be written now that this line has come. */
  #take(line: string): string[] {
    const read = logLineOf(line);
    if (read.kind === "unknown") throw new BodyError("it is no histogram log");
    if (read.kind === "header") {
      this.#hasHeader ||= this.#wantsHeader;
      return this.#wantsHeader ? [line] : [];
    }
    const { tag, operation, startMs } = read;
    if (this.#operations?.has(operation) === false || this.#isWritten(tag, startMs)) return [];
    if (read.kind === "details") {
      this.#details = line;
      return [];
    }
    const details = this.#details;
    this.#details = undefined;
    this.#last = { tag, startMs };
    this.series.add(tag);
    this.rows += 1;
    return details === undefined ? [line] : [details, line];
  }

  #isWritten(tag: string, startMs: number): boolean {
    const after = this.#resumeAfter;
    if (after === undefined) return false;
    return tag < after.tag || (tag === after.tag && startMs <= after.startMs);
  }
}
