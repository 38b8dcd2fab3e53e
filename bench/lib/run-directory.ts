import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { onEnd, onExit } from "./cleanup.ts";

/** What measurements leave behind, if they leave anything. */
export const BUILD_DIR = join(dirname(import.meta.dirname), ".build");

const RUN = /^run-(\d+)-/u;

/** An empty directory for the state of something that is started. */
export interface RunDirectory {
  readonly path: string;
  /** Removes it with all that is in it; to call it again does no harm. */
  readonly remove: () => void;
}

/**
 * Makes a directory that is gone when the bench ends, at the latest. It carries the number of this
 * process, so that what a kill -9 leaves is known for what it is: see {@link removeStaleRuns}.
 */
export function makeRunDirectory(name: string): RunDirectory {
  mkdirSync(BUILD_DIR, { recursive: true });
  const path = mkdtempSync(join(BUILD_DIR, `run-${process.pid}-${name}-`));
  const removeNow = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  const forget = onExit(removeNow);
  const remove = (): void => {
    removeNow();
    forget();
  };
  onEnd(remove);
  return { path, remove };
}

/** Removes the directories of runs whose process is no more. @returns how many there were. */
export function removeStaleRuns(directory = BUILD_DIR): number {
  mkdirSync(directory, { recursive: true });
  const stale = readdirSync(directory).filter((name) => {
    const pid = RUN.exec(name)?.[1];
    return pid !== undefined && !isAlive(Number(pid));
  });
  for (const name of stale) rmSync(join(directory, name), { recursive: true, force: true });
  return stale.length;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    // Somebody else's process: not one of ours that has ended.
    return cause instanceof Error && "code" in cause && cause.code === "EPERM";
  }
}
