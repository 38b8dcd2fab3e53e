import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import {
  describe as list,
  killTree,
  type ProcessEntry,
  processTree,
  survivorsOf,
} from "./process-tree.ts";

/*
 * However a run of the bench ends, nothing of it is left, and what it has measured is told.
 */

const ROOT_DIR = join(import.meta.dirname, "../..");
const BUILD_DIR = join(ROOT_DIR, "bench/.build");
/** Bundles first, and then starts servers. */
const STARTED_MS = 60_000;
const ENDED_MS = 30_000;
const LOOK_MS = 200;
const SERVER = /\bworkerd\b.*\bserve\b/u;

/** A run under way, and everything that it has started. */
interface Running {
  readonly bench: ChildProcess;
  readonly pid: number;
  readonly tree: readonly ProcessEntry[];
  /** What it has written on stdout, once it has ended. */
  readonly output: Promise<string>;
}

let running: Running | undefined;

afterEach(async () => {
  if (running !== undefined) await killTree(running.pid);
  running = undefined;
});

/** Starts the bench with these parts, and waits until a server of it runs. */
async function startBench(...names: string[]): Promise<Running> {
  const { npm_lifecycle_event: _, NODE_ENV: __, VITEST: ___, ...env } = process.env;
  const bench = spawn(
    process.execPath,
    ["bench/run.ts", ...names, "--quick", "--force", "--state", BUILD_DIR],
    {
      cwd: ROOT_DIR,
      env,
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  const pid = bench.pid ?? 0;
  const chunks: Buffer[] = [];
  bench.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const output = once(bench, "close").then(() => Buffer.concat(chunks).toString());
  running = { bench, pid, tree: [], output };
  const deadline = Date.now() + STARTED_MS;
  for (;;) {
    const tree = processTree(pid);
    if (tree.some(({ command }) => SERVER.test(command))) {
      running = { bench, pid, tree, output };
      return running;
    }
    if (Date.now() > deadline) throw new Error(`no server was started:\n${list(tree)}`);
    await sleep(LOOK_MS);
  }
}

function directoriesOf(pid: number): string[] {
  return readdirSync(BUILD_DIR).filter((name) => name.startsWith(`run-${pid}-`));
}

/** Waits until nothing of it is left; what is left at the end of patience is in the failure. */
async function expectNothingLeft({ pid, tree }: Running): Promise<void> {
  const deadline = Date.now() + ENDED_MS;
  const left = (): string => [list(survivorsOf(tree)), ...directoriesOf(pid)].join("\n").trim();
  while (left() !== "" && Date.now() < deadline) await sleep(LOOK_MS);
  expect(left()).toBe("");
}

// Plain workerd, and Miniflare, which ends the process at a signal by itself.
it.each([
  {
    names: ["limits/decisions", "export"],
    signals: ["SIGINT"],
    code: 130,
    goal: "a decision from a lease",
  },
  {
    names: ["pillars/cache", "export"],
    signals: ["SIGTERM", "SIGTERM"],
    code: 143,
    goal: "a hit",
  },
] as const)("ends everything at $signals of $names, and tells what is missing", async (how) => {
  const bench = await startBench(...how.names);
  expect(directoriesOf(bench.pid)).not.toEqual([]);
  const exited = once(bench.bench, "exit");
  for (const signal of how.signals) process.kill(bench.pid, signal);
  const [code] = (await exited) as [number | null];
  const page = await bench.output;
  expect(code, page).toBe(how.code);
  // At the exit, and not some time after it.
  expect(directoriesOf(bench.pid)).toEqual([]);
  await expectNothingLeft(bench);
  expect(page).toMatch(/\b0 of (\d+) goals reached, \1 not measured\./u);
  for (const part of [`${how.names[0]}: ${how.goal}`, "export/pages: as OpenMetrics"]) {
    expect(page).toContain(`| ${part} | – | **–** | skipped | – | the run was ended before |`);
  }
});

it("ends at the next start what is left when its watchdog is killed, too", async () => {
  const bench = await startBench("limits/decisions");
  const watchdog = bench.tree.find(({ command }) => command.includes("watchdog-process"));
  if (watchdog === undefined) throw new Error(`no watchdog:\n${list(bench.tree)}`);
  process.kill(watchdog.pid, "SIGKILL");
  process.kill(bench.pid, "SIGKILL");
  await once(bench.bench, "exit");
  expect(survivorsOf(bench.tree).some(({ command }) => SERVER.test(command))).toBe(true);
  // Where its state is, the next one looks for what was left.
  const next = spawn(
    process.execPath,
    ["bench/run.ts", "export", "--quick", "--force", "--state", BUILD_DIR],
    { cwd: ROOT_DIR, stdio: "ignore" },
  );
  const ended = once(next, "exit");
  try {
    await expectNothingLeft(bench);
  } finally {
    next.kill("SIGINT");
    await ended;
  }
});
