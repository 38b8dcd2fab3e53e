import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command, CommanderError } from "commander";
import { FAMILIES } from "./families.ts";
import { endAll } from "./lib/cleanup.ts";
import { checkedOutCommit } from "./lib/commit.ts";
import { machineLines } from "./lib/machine.ts";
import { makeProgress } from "./lib/progress.ts";
import { reportOf, type RunResults } from "./lib/report.ts";
import { BUILD_DIR, removeStaleRuns } from "./lib/run-directory.ts";
import { BenchRun, type PlannedPart } from "./lib/run-parts.ts";
import { selectParts } from "./lib/select-parts.ts";
import { whyNoWorkerd } from "./lib/workerd.ts";

const BENCH_DIR = import.meta.dirname;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

interface Options {
  readonly names: readonly string[];
  readonly quick: boolean;
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
    .addHelpText("after", `\nFamilies and their parts:\n${names.join("\n")}`)
    .exitOverride()
    .parse([...argv], { from: "user" });
  return { names: program.args, ...program.opts<{ quick: boolean }>() };
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

async function main({ names, quick }: Options): Promise<number> {
  const parts: readonly PlannedPart[] = selectParts(FAMILIES, names);
  const stale = removeStaleRuns();
  if (stale > 0) process.stderr.write(`removed what ${stale} killed runs had left\n`);
  const expected = parts.map(({ part }) => part.expectedSeconds[quick ? "quick" : "full"]);
  const progress = makeProgress(expected.reduce((sum, seconds) => sum + seconds, 0));
  const commit = checkedOutCommit();
  const startedAt = Date.now();
  const run = new BenchRun({ parts, quick, progress, whyNoWorkerd: whyNoWorkerd() });
  let isDone = false;
  const finish = (): RunResults => {
    isDone = true;
    progress.close();
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    return { quick, startedAt, seconds, commit, machine: machineLines(), results: run.results() };
  };
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      // At once: Miniflare ends the process at a signal, too, and does not wait for anybody.
      if (!isDone) publish(finish(), false);
      void endAll().finally(() => process.exit(code));
    });
  }
  await run.all();
  const results = finish();
  publish(results, names.length === 0);
  await endAll();
  const isBad = results.results.some(({ rows }) =>
    rows.some(({ verdict }) => verdict === "failed" || (verdict === "MISS" && !quick)),
  );
  return isBad ? 1 : 0;
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
