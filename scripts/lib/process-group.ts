import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Sends `signal` to every process of the group; false when there is none left. */
export function signalGroup(groupId: number, signal: "SIGTERM" | "SIGKILL" | 0): boolean {
  try {
    process.kill(-groupId, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

/** Waits until the group has no process left, at most `timeoutMs`; whether it came to that. */
export async function groupEnded(groupId: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (hasLivingProcess(groupId)) {
    if (Date.now() >= deadline) return false;
    await sleep(25);
  }
  return true;
}

/**
 * The command lines of the group's processes. A recorded id can belong to strangers by now, and
 * nothing else tells them apart.
 */
export function groupCommands(groupId: number): string[] {
  return existsSync("/proc/self/stat") ? commandsOfProc(groupId) : commandsOfPs(groupId);
}

/** The command line of one process, or undefined when it does not exist. */
export function processCommand(pid: number): string | undefined {
  if (existsSync("/proc/self/stat")) {
    const command = readIfThere(`/proc/${pid}/cmdline`);
    return command === undefined ? undefined : command.replaceAll("\0", " ").trim();
  }
  return ps()
    .find((row) => row.pid === pid)
    ?.command.trim();
}

/** A group of zombies alone counts as ended: whoever is to reap them may take its time. */
function hasLivingProcess(groupId: number): boolean {
  if (!signalGroup(groupId, 0)) return false;
  return groupCommands(groupId).some((command) => command !== "");
}

function commandsOfProc(groupId: number): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const stat = readIfThere(`/proc/${pid}/stat`);
    // The name in parentheses may hold spaces; after it come state, parent and group.
    const group = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[2];
    if (Number(group) !== groupId) return [];
    return [processCommand(Number(pid)) ?? ""];
  });
}

function commandsOfPs(groupId: number): string[] {
  return ps()
    .filter((row) => row.group === groupId && !row.command.includes("<defunct>"))
    .map((row) => row.command);
}

function ps(): { pid: number; group: number; command: string }[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,pgid=,args="], { encoding: "utf8" });
  return table.split("\n").flatMap((line) => {
    const [, pid, group, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return command === undefined ? [] : [{ pid: Number(pid), group: Number(group), command }];
  });
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    // Processes end while we look at them.
    if (
      error instanceof Error &&
      "code" in error &&
      ["ENOENT", "ESRCH"].includes(String(error.code))
    )
      return undefined;
    throw error;
  }
}
