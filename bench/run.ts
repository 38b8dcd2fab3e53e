import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Command, CommanderError } from "commander";
import { FAMILIES } from "./families.ts";
import { endAll, onExit } from "./lib/cleanup.ts";
import { checkedOutCommit } from "./lib/commit.ts";
import { endLeftovers } from "./lib/end-leftovers.ts";
import { endOnSignals } from "./lib/end-on-signals.ts";
import { machineLines } from "./lib/machine.ts";
import { makeProgress } from "./lib/progress.ts";
import { reportOf, type RunResults } from "./lib/report.ts";
import { BUILD_DIR, keepStateIn, makeRunDirectory, removeStaleRuns } from "./lib/run-directory.ts";
import { BenchRun, type PlannedPart } from "./lib/run-parts.ts";
import { selectParts } from "./lib/select-parts.ts";
import { startWatchdog } from "./lib/watchdog.ts";
import { workerdVersion } from "./lib/workerd-version.ts";

const BENCH_DIR = import.meta.dirname;

interface Options {
  readonly names: readonly string[];
  readonly quick: boolean;
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
    .option("--quick", "a look in two minutes instead of a measurement", false)
    .option("--state <directory>", "where servers have their state (default: /dev/shm, memory)")
    .addHelpText("after", `\nFamilies and their parts:\n${names.join("\n")}`)
    .exitOverride()
    .parse([...argv], { from: "user" });
  return { names: program.args, ...program.opts<{ quick: boolean; state?: string }>() };
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
  writeFileSync(join(BENCH_DIR, "results.json"), json);
  writeFileSync(join(BENCH_DIR, "RESULTS.md"), report);
  process.stderr.write(`written: ${join(dirname(BENCH_DIR), "bench", "RESULTS.md")}\n`);
}

/** What killed runs have left: servers first, which would still write. */
function clearLeftovers(): void {
  const servers = endLeftovers();
  const directories = removeStaleRuns();
  if (servers + directories === 0) return;
  const what = `ended ${servers} processes and removed ${directories} directories`;
  process.stderr.write(`${what} that killed runs had left\n`);
}

async function main({ names, quick, state }: Options): Promise<number> {
  if (state !== undefined) keepStateIn(resolve(state));
  const parts: readonly PlannedPart[] = selectParts(FAMILIES, names);
  clearLeftovers();
  startWatchdog();
  // What others put there by themselves is removed with it.
  process.env["TMPDIR"] = makeRunDirectory("tmp").path;
  const expected = parts.map(({ part }) => part.expectedSeconds[quick ? "quick" : "full"]);
  const progress = makeProgress(expected.reduce((sum, seconds) => sum + seconds, 0));
  onExit(() => progress.close());
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
    return { quick, names, startedAt, seconds, commit, machine: machineLines(), results };
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
  const isBad = results.results.some(({ rows }) =>
    rows.some(({ verdict }) => verdict === "failed" || (verdict === "MISS" && !quick)),
  );
  return isBad ? 1 : 0;
}

/** One part of many must not take the others with it by something that nobody awaits. */
function tellFaultsOf(run: BenchRun): void {
  const take = (cause: unknown): void => {
    // At the end everything is taken away from whoever still uses it.
    if (run.fail(cause) || run.isEnded) return;
    process.stderr.write(`after a part was ended: ${String(cause)}\n`);
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
