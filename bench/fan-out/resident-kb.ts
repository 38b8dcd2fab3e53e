import { readFileSync } from "node:fs";

/** Memory of a process that is not swapped out, in kB of 1,024 bytes. Linux only. */
export function residentKb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kb === undefined) throw new Error(`process ${pid} has no VmRSS: it has ended`);
  return Number(kb);
}
