import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { MERGE_ADVICE } from "../../api/merge-advice.ts";
import { overlapText } from "../../merge/stretch-overlap.ts";
import { withRetries } from "../api/with-retries.ts";
import { CliError } from "../cli-error.ts";
import { formatCount, formatCountOf } from "../output/format.ts";
import { noteWait } from "../output/note-wait.ts";
import type { CliSession } from "../session.ts";
import { dayContent, type DayPiece } from "./day-pieces.ts";
import type { DayKey, DaySpool } from "./day-spool.ts";
import { IMPORT_ANSWER, type ImportAnswer, REFUSALS } from "./import-answer.ts";
import { dayText, type ImportTally } from "./import-tally.ts";
import { readRecord } from "./line-record.ts";
import { piecesOverlap } from "./pieces-overlap.ts";

/** How often a request is sent until it is answered: for half a minute and more. */
const ATTEMPTS = 8;

/** Days that are sent at the same time: most of a request is waiting. */
const LANES = 3;

/** How long one answer may take at least, milliseconds: a day may be 1,440 histograms. */
const MIN_TIMEOUT_MS = 60_000;

const LINE_POINTER = /^\/lines\/(\d+)$/;

const pack = promisify(gzip);

/** Why a day is not taken. */
type Refusal = Extract<ImportAnswer, { readonly status: number }>;

/** How days are imported. */
interface ImportOptions {
  /** The name of the import; undefined for one that follows from the content of each day. */
  readonly importId: string | undefined;
  /** Whether days are added to that have timings of others. */
  readonly mayMerge: boolean;
  readonly unit: string;
  /** The names of the files that the lines are from. */
  readonly files: readonly string[];
}

/**
 * Sends all days, some at a time.
 * @param tally is told what becomes of each.
 * @param onDay called when a day is done.
 * @throws CliError as soon as a request fails; those of other days that are under way end before.
 */
export async function importDays(
  session: CliSession,
  spool: DaySpool,
  options: ImportOptions,
  tally: ImportTally,
  onDay: () => void,
): Promise<void> {
  const run = `cli-${randomUUID()}`;
  const days = spool.days().values();
  let hasFailed = false;
  const lane = async (): Promise<void> => {
    for (const key of days) {
      if (hasFailed) return;
      try {
        await importDay(session, spool, { ...options, run }, tally, key);
      } catch (cause) {
        hasFailed = true;
        throw cause;
      }
      onDay();
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: LANES }, lane));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function importDay(
  session: CliSession,
  spool: DaySpool,
  options: ImportOptions & { readonly run: string },
  tally: ImportTally,
  key: DayKey,
): Promise<void> {
  const records = (await spool.read(key)).map((record) => readRecord(record, options.files));
  const { digest, pieces, repeated } = dayContent(records);
  const query = {
    target: key.target,
    operation: key.operation,
    day: dayText(key.dayAt),
    unit: options.unit,
    import: options.importId ?? digest,
    run: options.run,
    pieces: pieces.length,
    ...(options.mayMerge && { merge: 1 }),
  };
  const untaken = (refusal: Pick<Refusal, "detail" | "errors">, piece?: DayPiece): void =>
    nameUntaken(session, tally, key, refusal, piece);
  // Of a day all is taken or nothing, so that all is looked at before the first of it is written;
  // the first is looked at where it is.
  const overlap = pieces.length > 1 ? piecesOverlap(pieces) : undefined;
  if (overlap !== undefined) return untaken({ detail: overlapText(overlap) });
  for (const [index, piece] of pieces.entries()) {
    if (index === 0) continue;
    const answer = await send(session, { ...query, piece: index, check: 1 }, piece);
    if ("status" in answer) return untaken(answer, piece);
  }
  const day = { count: 0, coarse: 0, duplicates: repeated, isNew: false, isReplaced: false };
  for (const [index, piece] of pieces.entries()) {
    const answer = await send(session, { ...query, piece: index }, piece);
    if ("status" in answer) return untaken(index === 0 ? answer : torn(answer, index), piece);
    day.coarse += answer.coarse;
    day.count += answer.count;
    day.duplicates += answer.duplicates;
    day.isNew ||= !answer.duplicate;
    day.isReplaced ||= answer.replaced;
  }
  tally.coarse += day.coarse;
  tally.duplicates += day.duplicates;
  if (!day.isNew) {
    tally.already += 1;
    return;
  }
  tally.imported += 1;
  tally.timings += day.count;
  if (day.isReplaced) tally.replaced += 1;
}

/** What was good when it was looked at was not any more when it was sent. */
function torn({ detail, ...refusal }: Refusal, taken: number): Refusal {
  const what = taken === 1 ? "its first request is" : `its first ${taken} requests are`;
  return { ...refusal, detail: `${what} in history, and the next was refused: ${detail}` };
}

async function send(
  { api, io, options, printer }: CliSession,
  query: Readonly<Record<string, string | number>>,
  { body }: DayPiece,
): Promise<ImportAnswer> {
  const packed = new Uint8Array(await pack(body));
  const { signal, pause: wait } = io;
  return withRetries({ attempts: ATTEMPTS, signal, onWait: noteWait(printer), wait }, () =>
    api.read("/v1/history/import", IMPORT_ANSWER, {
      method: "POST",
      query,
      body: packed,
      headers: { "Content-Type": "text/plain", "Content-Encoding": "gzip" },
      alsoOk: REFUSALS,
      timeoutMs: Math.max(options.timeoutMs, MIN_TIMEOUT_MS),
    }),
  );
}

/** Says which day was not taken, and by which lines of which file. */
function nameUntaken(
  { options, printer }: CliSession,
  tally: ImportTally,
  key: DayKey,
  { detail, errors = [] }: Pick<Refusal, "detail" | "errors">,
  piece?: DayPiece,
): void {
  const lines = errors.map(({ pointer, reason }) => {
    const [, line] = LINE_POINTER.exec(pointer) ?? [];
    const source = line === undefined ? undefined : piece?.sourceOf(Number(line));
    return `${source ?? pointer}: ${reason}`;
  });
  const reason = detail.replace(MERGE_ADVICE, "If these are others, --merge adds both up.");
  const named = tally.addUntaken(key, reason, lines);
  if (options.isJson) return;
  if (named === undefined) {
    if (tally.untaken === tally.named.length + 1) printer.warn("further ones are counted only");
    return;
  }
  printer.warn(`${named.series} on ${named.day} was not taken: ${reason}`);
  for (const line of lines) printer.warn(`  ${line}`);
}

/** How far an import came. @param days of series, in all. */
export function doneText(tally: ImportTally, days: number): string {
  const all = formatCountOf(days, "day is", "days are");
  return `${formatCount(tally.done)} of ${all} done`;
}

/** What a failure is beside what it says: how to go on. */
export function broken(error: CliError, tally: ImportTally, days: number): CliError {
  return new CliError(error.message, {
    exitCode: error.exitCode,
    faults: error.faults,
    hint:
      `${doneText(tally, days)}. The same command goes on from there: ` +
      "what is there already is not counted again." +
      (error.hint === undefined ? "" : ` ${error.hint}`),
    cause: error,
  });
}
