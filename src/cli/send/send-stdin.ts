import { randomUUID } from "node:crypto";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";
import { formatCount } from "../output/format.ts";
import { noteWait } from "../output/note-wait.ts";
import type { CliSession } from "../session.ts";
import type { TimingLine } from "./ndjson-timings.ts";
import { answerFault } from "./report-answer.ts";
import { type ReportOutcome, ReportSender } from "./report-sender.ts";
import { ReportTally } from "./report-tally.ts";
import { sendLines } from "./send-lines.ts";
import { TextCounts } from "./text-counts.ts";

/** How often a batch is sent until it is acknowledged. */
const ATTEMPTS = 6;

/** Most lines that were not counted and are named one by one; further ones are counted. */
const MAX_NAMED = 100;

type Acknowledged = Extract<ReportOutcome, { readonly kind: "acknowledged" }>;

/** Sends the timings of stdin; says what was not counted, and exits with 65 if anything was not. */
export async function sendStdin(session: CliSession, target: string | undefined): Promise<number> {
  const { api, io } = session;
  const { signal } = io;
  const retries = {
    attempts: ATTEMPTS,
    signal,
    onWait: noteWait(session.printer),
    wait: session.io.pause,
  };
  const sender = new ReportSender(api, `cli-${randomUUID()}`, retries);
  const tally = new ReportTally();
  const refusals = new Refusals(session);
  let underWay: readonly TimingLine[] = [];
  const send = async (batch: readonly TimingLine[]): Promise<void> => {
    underWay = batch;
    const outcome = await sendBatch(sender, batch);
    underWay = [];
    const { answer, attempts } = outcome;
    const fault = answerFault(answer, batch.length, attempts);
    if (fault !== undefined) throw wrongAnswer(fault, batch);
    tally.add(batch.length, outcome);
    for (const { index, reason } of answer.rejected) refusals.add(batch[index]?.line ?? 0, reason);
  };
  const onRefused = (line: number, reason: string): void => refusals.add(line, reason);
  try {
    await sendLines(io.stdin, target, { send, onRefused, signal });
  } finally {
    summarize(session, tally, refusals);
    if (signal.aborted && underWay.length > 0) {
      session.printer.warn(`${linesOf(underWay)} were under way: they may be counted, or not`);
    }
  }
  return refusals.count === 0 ? EXIT.ok : EXIT.refused;
}

async function sendBatch(
  sender: ReportSender,
  batch: readonly TimingLine[],
): Promise<Acknowledged> {
  try {
    const outcome = await sender.send(batch.map(({ timing }) => timing));
    if (outcome.kind === "acknowledged") return outcome;
    throw outcome.error;
  } catch (error) {
    throw error instanceof CliError ? notThrough(error, batch) : error;
  }
}

/** Lines that were not counted. */
class Refusals {
  readonly #session: CliSession;
  readonly #named: { readonly line: number; readonly reason: string }[] = [];
  readonly #reasons = new TextCounts();
  count = 0;

  constructor(session: CliSession) {
    this.#session = session;
  }

  get named(): readonly { readonly line: number; readonly reason: string }[] {
    return this.#named;
  }

  get reasons(): Readonly<Record<string, number>> {
    return this.#reasons.toRecord();
  }

  add(line: number, reason: string): void {
    this.count += 1;
    this.#reasons.add(reason);
    if (this.count > MAX_NAMED) return;
    this.#named.push({ line, reason });
    const { options, printer } = this.#session;
    if (options.isJson) return;
    printer.warn(`line ${line}: ${reason}`);
    if (this.count === MAX_NAMED) printer.warn("further ones are counted only");
  }
}

function summarize({ options, printer }: CliSession, tally: ReportTally, refusals: Refusals): void {
  const { sent, accepted, duplicates } = tally.totals();
  const { count, named, reasons } = refusals;
  if (options.isJson) {
    printer.json({ sent, accepted, duplicates, rejected: reasons, rejectedLines: named });
    return;
  }
  const parts = [`${formatCount(accepted + duplicates)} timings counted`];
  if (duplicates > 0) parts.push(`${formatCount(duplicates)} of them by a request without answer`);
  const why = Object.entries(reasons).map(([reason, n]) => `${formatCount(n)} ${reason}`);
  if (count > 0) parts.push(`${formatCount(count)} not: ${why.join(", ")}`);
  printer.note(parts.join("; "));
}

function notThrough(error: CliError, batch: readonly TimingLine[]): CliError {
  return new CliError(
    `${linesOf(batch)} were not acknowledged, and no more was sent: ${error.message}`,
    {
      exitCode: error.exitCode,
      faults: error.faults,
      hint: "What came before is counted: send the rest again from there. Some of these may be counted.",
      cause: error,
    },
  );
}

function wrongAnswer(fault: string, batch: readonly TimingLine[]): CliError {
  const message = `the answer about ${linesOf(batch)} cannot be right: ${fault}`;
  return new CliError(message, { exitCode: EXIT.unreachable });
}

function linesOf(batch: readonly TimingLine[]): string {
  return `lines ${batch[0]?.line ?? 0} to ${batch.at(-1)?.line ?? 0}`;
}
