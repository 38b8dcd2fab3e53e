import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command, CommanderError } from "commander";
import { FAMILIES } from "./families.ts";
import { endAll, onExit } from "./lib/cleanup.ts";
import { checkedOutCommit } from "./lib/commit.ts";
import { endLeftovers } from "./lib/end-leftovers.ts";
import { endOnSignals } from "./lib/end-on-signals.ts";
import { incompleteParts, isFailure } from "./lib/goals.ts";
import { isBusy, machineLines, machineLoad } from "./lib/machine.ts";
import { makeProgress } from "./lib/progress.ts";
import { reportOf, type RunResults } from "./lib/report.ts";
import { BUILD_DIR, keepStateIn, makeRunDirectory, removeStaleRuns } from "./lib/run-directory.ts";
import { lockRun } from "./lib/run-lock.ts";
import { BenchRun, type PlannedPart } from "./lib/run-parts.ts";
import { selectParts } from "./lib/select-parts.ts";
import { tell, tellThrough } from "./lib/tell.ts";
import { startWatchdog } from "./lib/watchdog.ts";
import { workerdVersion } from "./lib/workerd-version.ts";

const BENCH_DIR = import.meta.dirname;

interface Options {
  readonly names: readonly string[];
  readonly quick: boolean;
  /** Measures even if another run does, too. */
  readonly force: boolean;
  /** Where servers have their state; undefined for memory. */
  readonly state?: string;
}

/** @throws CommanderError for what it does not know, and after `--help`. */
function readOptions(argv: readonly string[]): Options {
  const names = FAMILIES.map(({ name, about, parts, isComparison }) => {
    const list = parts.map((part) => part.name).join(", ");
    return `  ${name.padEnd(10)} ${isComparison ? "" : "(by name only) "}${about}\n             ${list}`;
  });
  const program = new Command("npm run bench --")
    .description("Measures Tachograph against what people would use instead, and prints tables.")
    .argument(
      "[names...]",
      "families, or parts of one as limits/decisions; all comparisons if none",
    )
    .option("--quick", "a look in less than three minutes instead of a measurement", false)
    .option("--force", "measure even while another run does: both get wrong figures", false)
    .option("--state <directory>", "where servers have their state (default: /dev/shm, memory)")
    .addHelpText("after", `\nFamilies and their parts:\n${names.join("\n")}`)
    .exitOverride()
    .parse([...argv], { from: "user" });
  return { names: program.args, ...program.opts<Omit<Options, "names">>() };
}

/** Prints the tables and keeps them with every repetition; a run of everything becomes the page. */
function publish(run: RunResults, isWhole: boolean): void {
  const report = reportOf(run, FAMILIES);
  process.stdout.write(report);
  const json = `${JSON.stringify(run, null, 1)}\n`;
  const directory = join(BUILD_DIR, "results");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "latest.json"), json);
  writeFileSync(join(directory, "latest.md"), report);
  if (!isWhole || run.quick) return;
  const incomplete = incompleteParts(run.results);
  if (incomplete.length > 0) {
    const what = incomplete.join(", ");
    tell(`bench/RESULTS.md stays as it was: not all was measured of ${what}`);
    tell(`what was measured is in ${join(directory, "latest.md")} and latest.json`);
    return;
  }
  writeFileSync(join(BENCH_DIR, "results.json"), json);
  writeFileSync(join(BENCH_DIR, "RESULTS.md"), report);
  tell(`written: ${join(BENCH_DIR, "RESULTS.md")}`);
}

/** What killed runs have left: servers first, which would still write. */
function clearLeftovers(): void {
  const servers = endLeftovers();
  const directories = removeStaleRuns();
  if (servers + directories === 0) return;
  const what = `ended ${servers} processes and removed ${directories} directories`;
  tell(`${what} that killed runs had left`);
}

/** Others on the same processors spoil every figure: another run is refused, and load is told of. */
function claimMachine(isForced: boolean): number {
  const other = lockRun();
  if (other !== undefined) {
    const who = `another run of the bench is under way (process ${other.split("-", 1).join("")})`;
    if (!isForced) {
      throw new Error(`${who}: wait until it ends, or add --force and get wrong figures in both`);
    }
    tell(`${who}: the figures of both will be wrong`);
  }
  const load = machineLoad();
  if (isBusy(load)) tell(`the machine is busy (load ${load.toFixed(1)}): figures will be noise`);
  return load;
}

async function main({ names, quick, force, state }: Options): Promise<number> {
  if (state !== undefined) keepStateIn(resolve(state));
  const parts: readonly PlannedPart[] = selectParts(FAMILIES, names);
  const loadBefore = claimMachine(force);
  clearLeftovers();
  startWatchdog();
  // What others put there by themselves is removed with it.
  process.env["TMPDIR"] = makeRunDirectory("tmp").path;
  const expected = parts.map(({ part }) => part.expectedSeconds[quick ? "quick" : "full"]);
  const progress = makeProgress(expected.reduce((sum, seconds) => sum + seconds, 0));
  onExit(() => progress.close());
  tellThrough((text) => progress.tell(text));
  const commit = checkedOutCommit();
  const startedAt = Date.now();
  const workerd = workerdVersion();
  const whyNoWorkerd = "missing" in workerd ? workerd.missing : undefined;
  const run = new BenchRun({ parts, quick, progress, whyNoWorkerd });
  const finish = (): RunResults => {
    run.end();
    progress.close();
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    const results = run.results();
    const machine = machineLines(loadBefore);
    return { quick, names, startedAt, seconds, commit, machine, results };
  };
  endOnSignals(() => {
    if (!run.isEnded) publish(finish(), false);
  }, endAll);
  tellFaultsOf(run);
  await run.all();
  // A signal came first, and has told what there is.
  if (run.isEnded) return new Promise<never>(() => undefined);
  const results = finish();
  publish(results, names.length === 0);
  await endAll();
  return isFailure(results) ? 1 : 0;
}

/** One part of many must not take the others with it by something that nobody awaits. */
function tellFaultsOf(run: BenchRun): void {
  const take = (cause: unknown): void => {
    // At the end everything is taken away from whoever still uses it.
    if (run.fail(cause) || run.isEnded) return;
    tell(`after a part was ended: ${String(cause)}`);
  };
  process.on("unhandledRejection", take);
  process.on("uncaughtException", take);
}

try {
  process.exitCode = await main(readOptions(process.argv.slice(2)));
} catch (cause) {
  if (cause instanceof CommanderError) process.exitCode = cause.exitCode;
  else {
    process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
    process.exitCode = 1;
  }
} finally {
  await endAll();
  // Whoever was late for its deadline may still hold the process.
  process.exit();
}
