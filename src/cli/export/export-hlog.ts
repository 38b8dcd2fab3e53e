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

/** How long an answer that has begun may pause, milliseconds: a series without timings is silent. */
const IDLE_MS = 60_000;

/** How often a request is made that is not answered: one failure should not cost the rest. */
const ATTEMPTS = 4;

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
  sink: TextSink,
  onProgress: (done: number, total: number) => void,
): Promise<ExportResult> {
  const wanted = targets.length === 0 ? [undefined] : targets;
  const requests: LogRequest[] = dayParts(range.from, range.to, DAYS_OF_REQUEST).flatMap((part) =>
    wanted.map((target) => ({ ...part, target })),
  );
  const writer = new LogWriter(sink, operations);
  for (const [done, request] of requests.entries()) {
    onProgress(done, requests.length);
    await copyLog(session, request, writer);
  }
  return { rows: writer.rows, series: writer.series.size };
}

async function copyLog(
  { api, io, options, printer }: CliSession,
  { target, from, to }: LogRequest,
  writer: LogWriter,
): Promise<void> {
  const idle = new IdleWatch(IDLE_MS);
  try {
    // Not once it has begun to answer: its rows would be written twice.
    const retries = { attempts: ATTEMPTS, signal: io.signal, onWait: noteWait(printer) };
    const response = await withRetries(retries, () =>
      api.open("/v1/export.hlog", {
        query: { target, from, to },
        headers: { Accept: "text/plain" },
        signal: idle.signal,
      }),
    );
    if (response.body === null) throw new BodyError("it has no body");
    writer.begin();
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
    const message = `the answer of ${options.url} cannot be used: ${cause.message}`;
    throw new CliError(message, { exitCode: EXIT.unreachable, cause });
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
  #logs = 0;

  constructor(sink: TextSink, operations: readonly string[]) {
    this.#sink = sink;
    this.#operations = operations.length === 0 ? undefined : new Set(operations);
  }

  /** The next lines are those of another log. */
  begin(): void {
    this.#logs += 1;
  }

  async write(lines: readonly string[]): Promise<void> {
    const kept = lines.filter((line) => this.#keeps(line));
    if (kept.length > 0) await this.#sink.write(`${kept.join("\n")}\n`);
  }

  #keeps(line: string): boolean {
    const read = logLineOf(line);
    if (read.kind === "unknown") throw new BodyError("it is no histogram log");
    if (read.kind === "header") return this.#logs === 1;
    if (this.#operations?.has(read.operation) === false) return false;
    this.series.add(read.tag);
    this.rows += 1;
    return true;
  }
}
