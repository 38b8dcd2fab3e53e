import { readdirSync, readFileSync } from "node:fs";

/** The newest workerd among a process's children, where a library started it. Linux only. */
export function workerdPidIn(parent: number): number {
  const children = readdirSync("/proc").flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) return [];
    const stat = readStat(pid);
    if (stat === undefined) return [];
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    const [, ppid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return name === "workerd" && Number(ppid) === parent ? [pid] : [];
  });
  const newest = Math.max(...children);
  if (!Number.isFinite(newest)) throw new Error(`process ${parent} has started no workerd`);
  return newest;
}

/** Undefined if the process has ended in the meantime. */
function readStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause) return undefined;
    throw cause;
  }
}
