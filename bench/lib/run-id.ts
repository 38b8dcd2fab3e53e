import { existsSync, readFileSync } from "node:fs";

/** What everything that a run starts has in its environment: the run's id. */
export const RUN_VARIABLE = "TACHOGRAPH_BENCH_RUN";

/** States of a process that has ended: nobody has asked how yet. */
const ENDED = new Set(["Z", "X"]);

/** This process, told apart from others that had its number, or will have it. */
export const RUN_ID = `${process.pid}-${startOf(process.pid) ?? 0}`;

/** Whether the run with this id, or with this process number if it is none, still goes on. */
export function isRunning(id: string): boolean {
  const [pid = "", start] = id.split("-");
  if (!existsSync("/proc/self/stat")) return hasProcess(Number(pid));
  const found = startOf(Number(pid));
  return found !== undefined && (start === undefined || start === String(found));
}

/** When a process started, in ticks since the machine did; undefined if it has ended. Linux only. */
function startOf(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    // No such process, or no such system: there is nothing else to learn here.
    return undefined;
  }
  // After the name in parentheses: the state is field 3, the start field 22.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ENDED.has(fields[0] ?? "X") ? undefined : Number(fields[19]);
}

function hasProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    // Somebody else's process is one, too.
    return cause instanceof Error && "code" in cause && cause.code === "EPERM";
  }
}
