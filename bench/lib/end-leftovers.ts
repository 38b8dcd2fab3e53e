import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isRunning, RUN_VARIABLE } from "./run-id.ts";

/**
 * Ends, with SIGKILL, whatever was started by runs that were killed themselves. It is known by its
 * environment, so that nobody who got a number again is taken for it. Linux only: elsewhere nothing
 * tells them.
 * @returns how many there were.
 */
export function endLeftovers(): number {
  if (!existsSync("/proc/self/environ")) return 0;
  const leftovers = readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      const run = runOf(pid);
      return run !== undefined && !isRunning(run);
    });
  return leftovers.filter((pid) => endNow(Number(pid))).length;
}

/** The run that started a process, as its environment says. */
function runOf(pid: string): string | undefined {
  let environment: string;
  try {
    environment = readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    // It has just ended, or belongs to somebody else: either way it is none of ours.
    return undefined;
  }
  const own = environment.split("\0").find((entry) => entry.startsWith(`${RUN_VARIABLE}=`));
  return own?.slice(RUN_VARIABLE.length + 1);
}

function endNow(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch (cause) {
    process.stderr.write(`process ${pid} of a killed run was not ended: ${String(cause)}\n`);
    return false;
  }
}
