import { randomInt } from "node:crypto";
import { type Command, Option } from "commander";
import { examples } from "../args/examples.ts";
import { parseDuration } from "../args/parse-duration.ts";
import { parseName } from "../args/parse-name.ts";
import { integerFrom, numberFrom } from "../args/parse-number.ts";
import { addTargets } from "../args/target-option.ts";
import { EXIT } from "../exit-code.ts";
import {
  DEFAULT_REQUESTS_PER_SECOND,
  type LoadAsked,
  loadPlan,
  MAX_RUN_MS,
  MAX_TOTAL,
} from "../load/load-plan.ts";
import { loadExitCode, loadFields } from "../load/load-summary.ts";
import { measuredLoad } from "../load/measured-load.ts";
import { formatCount, formatDuration, formatRate } from "../output/format.ts";
import { MAX_BATCH } from "../send/timing-batches.ts";
import type { CliSession, Perform } from "../session.ts";
import { Stop } from "../stop.ts";

interface LoadOptions extends LoadAsked {
  readonly targets?: readonly string[];
  readonly operation: string;
  readonly errorRate: number;
  readonly seed?: number;
}

/** Timings a second: far more than one sender needs, and less than what hurts by a slip of the hand. */
const MAX_RATE = 20_000;
const MAX_CONCURRENCY = 64;
const MAX_SEED = 4_294_967_295;

/** What is sent to if nobody says to what: the numbers of real targets stay as they are. */
const DEFAULT_TARGET = "load-test";

/** `tachograph load` */
export function addLoad(program: Command, perform: Perform): void {
  const bounds =
    `At most ${formatCount(MAX_RATE)} timings a second, ${formatDuration(MAX_RUN_MS)}, and ` +
    `${formatCount(MAX_TOTAL)} timings in all.`;
  const command = program
    .command("load")
    .summary("made-up timings at a rate, and what became of them")
    .description(
      "Sends made-up timings at a rate, and says what became of each. A server that cannot keep up " +
        `does not slow it down: what came late and what was given up is counted. ${bounds}\n\n` +
        "They count like any others of the token's tenant. Needs a token of the scope ingest; one of " +
        "read as well compares the result with the books.",
    )
    .addOption(
      new Option("--rate <per second>", "timings a second")
        .default(100)
        .argParser(numberFrom(0.1, MAX_RATE)),
    )
    .addOption(
      new Option("--duration <duration>", "how long")
        .default(30_000, "30s")
        .argParser(parseDuration),
    )
    .addOption(
      new Option("--operation <name>", "of this operation").default("call").argParser(parseName),
    )
    .option(
      "--batch <timings>",
      `timings of one request (default: for ${DEFAULT_REQUESTS_PER_SECOND} requests a second)`,
      integerFrom(1, MAX_BATCH),
    )
    .addOption(
      new Option("--concurrency <requests>", "most requests at the same time")
        .default(4)
        .argParser(integerFrom(1, MAX_CONCURRENCY)),
    )
    .addOption(
      new Option("--error-rate <fraction>", "which share are errors")
        .default(0.01)
        .argParser(numberFrom(0, 1)),
    )
    .option(
      "--seed <integer>",
      "the same timings each time (default: any)",
      integerFrom(0, MAX_SEED),
    )
    .addHelpText(
      "after",
      examples([
        "tachograph load",
        "tachograph load --rate 5000 --duration 2m --concurrency 16",
        "tachograph load --targets meta,google --error-rate 0.2 --seed 42 --json",
      ]),
    )
    .action((options: LoadOptions) => perform((session) => load(session, options)));
  addTargets(command, `of any of these (default: ${DEFAULT_TARGET})`);
}

async function load(session: CliSession, given: LoadOptions): Promise<number> {
  const { io, options, printer } = session;
  const plan = loadPlan(given);
  const { targets = [DEFAULT_TARGET], operation, errorRate, seed = randomInt(MAX_SEED) } = given;
  printer.note(
    `${formatCount(plan.total)} timings to ${options.url}: ${formatRate(plan.perSecond)} a second ` +
      `for ${formatDuration(given.duration)}, ${formatCount(plan.batch)} a request`,
  );
  const made = { targets, operation, errorRate, seed };
  const { summary, failure } = await measuredLoad(session, plan, made);
  if (options.isJson) printer.json(summary);
  else printer.fields(loadFields(summary));
  if (failure !== undefined) throw failure;
  const exitCode = loadExitCode(summary);
  const { reason } = io.signal;
  // Unless something was wrong, what was stopped ends as whatever is stopped does.
  return exitCode !== EXIT.critical && reason instanceof Stop ? reason.exitCode : exitCode;
}
