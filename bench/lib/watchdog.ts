import { spawn } from "node:child_process";
import { join } from "node:path";
import { stateRoot } from "./run-directory.ts";
import { RUN_ID, RUN_VARIABLE } from "./run-id.ts";

const PROGRAM = join(import.meta.dirname, "watchdog-process.ts");

/**
 * Starts a process that outlives this one for a moment: after a kill -9, which nothing in here
 * notices, it ends the servers and removes their state. From now on all that is started can be
 * known for what it is.
 */
export function startWatchdog(): void {
  // It must not be taken for what it is to end, nor end when Ctrl-C ends everybody in front.
  const { [RUN_VARIABLE]: _, ...env } = process.env;
  const child = spawn(process.execPath, [PROGRAM, RUN_ID, stateRoot()], {
    detached: true,
    env,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.once("error", (cause) => {
    process.stderr.write(`what a kill -9 leaves is only ended by the next run: ${cause.message}\n`);
  });
  process.env[RUN_VARIABLE] = RUN_ID;
}
