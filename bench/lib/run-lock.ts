import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { onExit } from "./cleanup.ts";
import { isRunning, RUN_ID } from "./run-id.ts";

/** One for all checkouts: runs share the processors, wherever they are started from. */
const LOCK_FILE = join(tmpdir(), `tachograph-bench-${userInfo().uid}.lock`);

/**
 * Makes this the one run on the machine, until it ends. What a killed run has left is taken over.
 * @returns the id of the run that is under way, or undefined if there was none.
 */
export function lockRun(file = LOCK_FILE): string | undefined {
  const other = heldBy(file);
  if (other !== undefined) return other;
  rmSync(file, { force: true });
  try {
    writeFileSync(file, RUN_ID, { flag: "wx" });
  } catch (cause) {
    if (!isCode(cause, "EEXIST")) throw cause;
    // Somebody else was quicker, just now.
    return heldBy(file) ?? "unknown";
  }
  onExit(() => {
    if (read(file) === RUN_ID) rmSync(file, { force: true });
  });
  return undefined;
}

function heldBy(file: string): string | undefined {
  const id = read(file);
  return id === undefined || !isRunning(id) ? undefined : id;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    if (isCode(cause, "ENOENT")) return undefined;
    throw cause;
  }
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && "code" in cause && cause.code === code;
}
