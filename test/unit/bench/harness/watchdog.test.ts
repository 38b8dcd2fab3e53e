import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isRunning } from "../../../../bench/lib/run-id.ts";

const LIB_DIR = join(import.meta.dirname, "../../../../bench/lib");
const PATIENCE_MS = 30_000;
const LOOK_MS = 20;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tachograph-watchdog-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** What a run has started: a process that ends by nothing but SIGKILL, and a directory. */
interface Started {
  readonly pid: number;
  readonly path: string;
}

/** Starts a run that tells what it has started, and then waits for its end. */
async function startRun(): Promise<Started & { readonly run: ReturnType<typeof spawn> }> {
  const program = join(directory, "run.ts");
  writeFileSync(
    program,
    `import { spawn } from "node:child_process";
import { once } from "node:events";
import { makeRunDirectory } from "${LIB_DIR}/run-directory.ts";
import { startWatchdog } from "${LIB_DIR}/watchdog.ts";
startWatchdog();
const { path } = makeRunDirectory("watched");
const child = spawn("sh", ["-c", "trap '' TERM HUP INT; while :; do sleep 1; done"], { stdio: "ignore" });
await once(child, "spawn");
console.log(JSON.stringify({ pid: child.pid, path }));
setInterval(() => undefined, 1_000);
`,
  );
  const run = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(run.stdout, "data")) as [Buffer];
  return { ...(JSON.parse(line.toString()) as Started), run };
}

it("ends what a run that is killed has started, and removes its state", async () => {
  const { run, pid, path } = await startRun();
  expect(existsSync(path)).toBe(true);
  expect(isRunning(String(pid))).toBe(true);
  run.kill("SIGKILL");
  const deadline = Date.now() + PATIENCE_MS;
  while ((isRunning(String(pid)) || existsSync(path)) && Date.now() < deadline)
    await sleep(LOOK_MS);
  expect({ lives: isRunning(String(pid)), isThere: existsSync(path) }).toEqual({
    lives: false,
    isThere: false,
  });
});
