import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** One living process, as `ps` shows it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly command: string;
}

const END_TIMEOUT_MS = 10_000;

/** `root` and everything that it or its descendants started, those in groups of their own too. */
export function processTree(root: number): ProcessEntry[] {
  const all = livingProcesses();
  const tree = all.filter(({ pid }) => pid === root);
  // The list grows while it is walked: whoever is appended is asked for its own children.
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid));
  return tree;
}

/** Ends the whole tree with SIGKILL, the root first, and waits until no process of it is left. */
export async function killTree(root: number): Promise<void> {
  const tree = processTree(root);
  const groups = new Set(tree.map(({ group }) => group));
  for (const { pid } of tree) killNow(pid);
  const deadline = Date.now() + END_TIMEOUT_MS;
  // Something may have been started meanwhile: it is in one of the groups.
  for (let left = inGroups(groups); left.length > 0; left = inGroups(groups)) {
    if (Date.now() > deadline) throw new Error(`these do not end:\n${describe(left)}`);
    for (const { pid } of left) killNow(pid);
    await sleep(10);
  }
}

/** Those of `tree` that still live. A process id counts only with its command. */
export function survivorsOf(tree: readonly ProcessEntry[]): ProcessEntry[] {
  const living = livingProcesses();
  return tree.filter(({ pid, command }) =>
    living.some((entry) => entry.pid === pid && entry.command === command),
  );
}

/** Processes, a line each. */
export function describe(entries: readonly ProcessEntry[]): string {
  return entries.map(({ pid, command }) => `  ${pid} ${command}`).join("\n");
}

function inGroups(groups: ReadonlySet<number>): ProcessEntry[] {
  return livingProcesses().filter(({ group }) => groups.has(group));
}

function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It has ended in between, which is what was wanted.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Zombies have ended: whoever is to reap them may take its time. */
function livingProcesses(): ProcessEntry[] {
  const columns = "pid=,ppid=,pgid=,stat=,args=";
  const table = execFileSync("ps", ["-A", "-ww", "-o", columns], {
    encoding: "utf8",
    maxBuffer: 16 * 1_048_576,
  });
  return table.split("\n").flatMap((line) => {
    const [, pid, parent, group, stat, command = ""] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || stat === undefined || stat.startsWith("Z")) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), command }];
  });
}
