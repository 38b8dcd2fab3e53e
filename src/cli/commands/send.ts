import { randomUUID } from "node:crypto";
import { type Command, Option } from "commander";
import { OUTCOMES } from "../../outcome.ts";
import { MAX_DURATION_US } from "../../wire/timing-columns.ts";
import { detachedApi } from "../api/detached-api.ts";
import { examples } from "../args/examples.ts";
import { parseName } from "../args/parse-name.ts";
import { numberFrom } from "../args/parse-number.ts";
import { parseTime } from "../args/parse-time.ts";
import { CliError } from "../cli-error.ts";
import type { CliIo } from "../cli-io.ts";
import { EXIT } from "../exit-code.ts";
import { formatDuration, formatMs } from "../output/format.ts";
import { noteWait } from "../output/note-wait.ts";
import type { Printer } from "../output/printer.ts";
import type { ReportAnswer } from "../send/report-answer.ts";
import { ReportSender } from "../send/report-sender.ts";
import { type CommandEnd, runCommand } from "../send/run-command.ts";
import { sendStdin } from "../send/send-stdin.ts";
import type { CliSession, Perform, SessionBasis } from "../session.ts";
import { usageError } from "../usage-error.ts";

interface SendOptions {
  readonly operation: string;
  readonly durationMs?: number;
  readonly outcome?: string;
  readonly at?: number;
  readonly stdin?: true;
}

/** One timing as it is sent. */
interface Timing {
  readonly target: string;
  readonly operation: string;
  readonly durationMs: number;
  readonly outcome: string;
  readonly at?: number;
}

const MAX_DURATION_MS = MAX_DURATION_US / 1_000;

/** How often a timing is sent until it is acknowledged: for some seconds. */
const ATTEMPTS = 4;

/** How long the report of a command may take in all, milliseconds: its exit code waits for it. */
const COMMAND_REPORT_MS = 10_000;

/** What to do about reasons that do not say it themselves. */
const REASON_HINTS: ReadonlyMap<string, string> = new Map([
  ["too_old", "--at may be 5 minutes ago at most: what is older cannot be counted live."],
  ["in_the_future", "--at may be 30 s ahead at most: look at the clock of this machine."],
  ["too_many_targets", "Raise maxTargets in tachograph.config.ts, or send fewer targets."],
]);

/** `tachograph send TARGET` */
export function addSend(
  program: Command,
  perform: Perform,
  io: CliIo,
  args: readonly string[],
): void {
  program
    .command("send")
    .summary("a timing from a shell script, or of a command")
    .description(
      "Sends a timing; or runs a command and sends how long it took: ok or error by its exit code, " +
        "timeout if it was killed. It then exits with the command's exit code, whatever became of the " +
        "report. With --stdin it sends many: a JSON object a line, as POST /v1/timings takes them. " +
        "Needs a token of the scope ingest.",
    )
    .argument(
      "[target]",
      "what was called; with --stdin the target of lines that name none",
      parseName,
    )
    .argument("[command...]", "after --: what to run and measure")
    .addOption(
      new Option("--operation <name>", "what was done there").default("call").argParser(parseName),
    )
    .option("--duration-ms <ms>", "how long it took", numberFrom(0, MAX_DURATION_MS))
    .addOption(new Option("--outcome <outcome>", "how it ended (default: ok)").choices(OUTCOMES))
    .option("--at <time>", "when it ended (default: now)", (text) => parseTime(text, io.nowMs()))
    .option("--stdin", "read timings from stdin, one JSON object a line")
    .addHelpText(
      "after",
      examples([
        "tachograph send meta --duration-ms 183 --operation events",
        "tachograph send backup --operation nightly -- ./backup.sh --full",
        "tachograph send reports --duration-ms 5000 --outcome timeout",
        "jq -c '{target: .host, durationMs: .ms}' access.log | tachograph send --stdin",
      ]),
    )
    .action((target: string | undefined, command: string[], options: SendOptions) => {
      const asked = askedOf(target, command, options, args);
      return perform(
        (session) => send(session, asked),
        // A wrong token or address is no reason not to run what was to be run.
        asked.kind === "command"
          ? (error, basis) => runUnreported(error, basis, asked.command)
          : undefined,
      );
    });
}

/** What is asked for, of the three things that it does. */
type Asked =
  | { readonly kind: "stdin"; readonly target: string | undefined }
  | { readonly kind: "command"; readonly name: SeriesName; readonly command: readonly string[] }
  | { readonly kind: "timing"; readonly timing: Timing };

type SeriesName = Pick<Timing, "target" | "operation">;

/**
 * @param args the command line: what stands behind `--` is the command, and never the target.
 * @throws CliError for a wrong command line.
 */
function askedOf(
  target: string | undefined,
  command: readonly string[],
  options: SendOptions,
  args: readonly string[],
): Asked {
  const { stdin, durationMs, outcome, at, operation } = options;
  const dashes = args.indexOf("--");
  const behind = dashes < 0 ? [] : args.slice(dashes + 1);
  if (target !== undefined && behind.length > command.length) {
    throw usageError(`say what is called: tachograph send TARGET -- ${behind.join(" ")}`);
  }
  const given = [durationMs !== undefined, command.length > 0, stdin === true].filter(Boolean);
  if (given.length !== 1) {
    throw usageError("give one of --duration-ms, a command after --, and --stdin");
  }
  if (stdin === true) {
    const extra = outcome !== undefined || at !== undefined;
    if (extra) throw usageError("with --stdin each line says its own outcome and time");
    return { kind: "stdin", target };
  }
  if (target === undefined) throw usageError("say what was called: tachograph send TARGET …");
  const name = { target, operation };
  if (durationMs !== undefined) {
    const timing = { ...name, durationMs, outcome: outcome ?? "ok" };
    return { kind: "timing", timing: { ...timing, ...(at !== undefined && { at }) } };
  }
  if (outcome !== undefined || at !== undefined) {
    throw usageError("a command's own end says its outcome and time: leave out --outcome and --at");
  }
  if (command[0] === "") throw usageError("the command after -- has no name");
  return { kind: "command", name, command };
}

async function send(session: CliSession, asked: Asked): Promise<number> {
  if (asked.kind === "stdin") return sendStdin(session, asked.target);
  if (asked.kind === "command") return sendCommand(session, asked.name, asked.command);
  const { timing } = asked;
  const answer = await report(session, timing, session.io.signal);
  if (session.options.isJson) session.printer.json(answer);
  else {
    const { durationMs, target, operation } = timing;
    session.printer.detail(`sent ${formatMs(durationMs)} ms of ${target}/${operation}`);
  }
  return EXIT.ok;
}

/** Sends one timing. @throws CliError also if it was refused. */
async function report(
  session: CliSession,
  timing: Timing,
  signal: AbortSignal,
): Promise<ReportAnswer> {
  const api = detachedApi(session, signal);
  const retries = {
    attempts: ATTEMPTS,
    signal,
    onWait: noteWait(session.printer),
    wait: session.io.pause,
  };
  const sender = new ReportSender(api, `cli-${randomUUID()}`, retries);
  const outcome = await sender.send([timing]);
  if (outcome.kind === "failed") throw outcome.error;
  const [refused] = outcome.answer.rejected;
  if (refused === undefined) return outcome.answer;
  const hint = REASON_HINTS.get(refused.reason);
  throw new CliError(`the timing was refused: ${refused.reason}`, { exitCode: EXIT.refused, hint });
}

/** Runs a command that cannot be reported, and answers its exit code. */
async function runUnreported(
  error: CliError,
  { io, printer }: SessionBasis,
  command: readonly string[],
): Promise<number> {
  const end = await runCommand(command, isAtTerminal(io));
  if (end.kind === "not-started") sayNotStarted(printer, command, end.detail);
  else notAcknowledged(printer, error.message);
  return end.exitCode;
}

/** Whether a terminal sends its Ctrl-C to what runs here, whatever is redirected. */
function isAtTerminal({ stdin, stdout, stderr }: CliIo): boolean {
  return [stdin, stdout, stderr].some(({ isTTY }) => isTTY === true);
}

function sayNotStarted(printer: Printer, [name = ""]: readonly string[], detail: string): void {
  printer.error(`tachograph: ${name} cannot be run: ${detail}`);
}

function notAcknowledged(printer: Printer, why: string): void {
  printer.warn(`tachograph: the command's timing was not acknowledged: ${why}`);
}

/** Runs a command, sends how it went, and answers its exit code. */
async function sendCommand(
  session: CliSession,
  name: SeriesName,
  command: readonly string[],
): Promise<number> {
  const { printer } = session;
  const end = await runCommand(command, isAtTerminal(session.io));
  if (end.kind === "not-started") {
    sayNotStarted(printer, command, end.detail);
    return end.exitCode;
  }
  const { durationMs, exitCode } = end;
  if (durationMs > MAX_DURATION_MS) {
    const most = formatDuration(MAX_DURATION_MS);
    printer.warn(
      `tachograph: not reported: it took ${formatDuration(durationMs)}, and a timing may be ${most}`,
    );
    return exitCode;
  }
  const timing = { ...name, durationMs: roundedToUs(durationMs), outcome: outcomeOf(end) };
  const signal = AbortSignal.timeout(COMMAND_REPORT_MS);
  try {
    await report(session, timing, signal);
    printer.detail(`sent ${formatMs(durationMs)} ms of ${name.target}/${name.operation}`);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const why = signal.aborted ? `no answer within ${formatDuration(COMMAND_REPORT_MS)}` : said;
    notAcknowledged(printer, why);
  }
  return exitCode;
}

function outcomeOf({ kind, exitCode }: CommandEnd): "ok" | "error" | "timeout" {
  if (kind === "killed") return "timeout";
  return exitCode === 0 ? "ok" : "error";
}

/** Tachograph keeps whole microseconds. */
function roundedToUs(durationMs: number): number {
  return Math.round(durationMs * 1_000) / 1_000;
}
