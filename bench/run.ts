import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ALERTS } from "./alerts/index.ts";
import { CORE, type BenchPart } from "./core/index.ts";
import type { BenchRow } from "./lib/bench-row.ts";
import { skippedRow } from "./lib/bench-row.ts";
import { endAll } from "./lib/cleanup.ts";
import { machineLines } from "./lib/machine.ts";
import { EXPORT } from "./export/index.ts";
import { LIMITS } from "./limits/index.ts";
import { PILLARS } from "./pillars/index.ts";
import { markdownTable } from "./lib/table.ts";
import { BUILD_DIR, whyNoWorkerd } from "./lib/workerd.ts";

interface Bench {
  readonly parts: readonly BenchPart[];
  /** Longer than any run of it may take, so that a hanging one ends. */
  readonly deadlineMs: { readonly full: number; readonly quick: number };
}

const BENCHES: Readonly<Record<string, Bench>> = {
  core: { parts: CORE, deadlineMs: { full: 300_000, quick: 90_000 } },
  limits: { parts: LIMITS, deadlineMs: { full: 900_000, quick: 240_000 } },
  alerts: { parts: ALERTS, deadlineMs: { full: 400_000, quick: 120_000 } },
  export: { parts: EXPORT, deadlineMs: { full: 120_000, quick: 60_000 } },
  pillars: { parts: PILLARS, deadlineMs: { full: 400_000, quick: 120_000 } },
};

const HELP = `npm run bench -- [NAME …] [--quick]

Measures and prints a table in Markdown. Names (all by default), or a part of one, as core/reports:
${Object.entries(BENCHES)
  .map(([name, { parts }]) => `  ${name}: ${parts.map((part) => part.name).join(", ")}`)
  .join("\n")}

  --quick   a look in a minute or two instead of a measurement`;

interface Options {
  readonly names: readonly string[];
  readonly quick: boolean;
}

function parseOptions(argv: readonly string[]): Options | string {
  if (argv.includes("--help")) return HELP;
  const flags = argv.filter((argument) => argument.startsWith("-"));
  if (flags.some((flag) => flag !== "--quick"))
    return `unknown option ${flags.join(" ")}\n\n${HELP}`;
  const names = argv.filter((argument) => !argument.startsWith("-"));
  const unknown = names.filter((name) => partsOf(name).length === 0);
  if (unknown.length > 0) return `no bench is called ${unknown.join(", ")}\n\n${HELP}`;
  return { names: names.length > 0 ? names : Object.keys(BENCHES), quick: flags.length > 0 };
}

function partsOf(name: string): readonly BenchPart[] {
  const [bench = "", part] = name.split("/");
  const parts = Object.hasOwn(BENCHES, bench) ? (BENCHES[bench]?.parts ?? []) : [];
  return part === undefined ? parts : parts.filter((known) => known.name === part);
}

function deadlineOf(name: string, quick: boolean): number {
  const { full = 0, quick: short = 0 } = BENCHES[name.split("/")[0] ?? ""]?.deadlineMs ?? {};
  return quick ? short : full;
}

async function measure(name: string, quick: boolean): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const startedAt = performance.now();
  const progress = (text: string): void => {
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0).padStart(3);
    process.stderr.write(`${seconds} s  ${text}\n`);
  };
  for (const part of partsOf(name)) {
    const why = part.needsWorkerd ? whyNoWorkerd() : undefined;
    if (why === undefined) rows.push(...(await part.measure({ quick, progress })));
    else rows.push(skippedRow(part.name, "–", why));
  }
  progress("done");
  return rows;
}

/** Prints the table, and keeps it with every repetition in `bench/.build/results`. */
function publish(name: string, rows: readonly BenchRow[], quick: boolean): void {
  const machine = machineLines();
  const title = `## bench ${name}${quick ? " --quick (a look, no measurement)" : ""}`;
  process.stdout.write(`${[title, "", markdownTable(rows), "", ...machine].join("\n")}\n`);
  const directory = join(BUILD_DIR, "results");
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${name.replaceAll("/", "-")}.json`);
  const result = { name, quick, at: new Date().toISOString(), machine, rows };
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
}

async function end(code: number): Promise<void> {
  await endAll();
  process.exit(code);
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (typeof options === "string") {
    process.stderr.write(`${options}\n`);
    return end(options === HELP ? 0 : 1);
  }
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => void end(130));
  }
  const { names, quick } = options;
  const deadlineMs = names.reduce((sum, name) => sum + deadlineOf(name, quick), 0);
  const deadline = setTimeout(() => {
    process.stderr.write(`not done after ${deadlineMs / 1_000} s: ended\n`);
    void end(1);
  }, deadlineMs);
  let isMissed = false;
  for (const name of names) {
    const rows = await measure(name, quick);
    publish(name, rows, quick);
    isMissed ||= rows.some(({ verdict }) => verdict === "MISS");
  }
  clearTimeout(deadline);
  // A look says too little to fail on.
  return end(isMissed && !quick ? 1 : 0);
}

try {
  await main();
} catch (cause) {
  process.stderr.write(
    `${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`,
  );
  await end(1);
}
