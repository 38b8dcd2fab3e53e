import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { onEnd, onExit, refuseIfEnded } from "./cleanup.ts";
import { isRunning, RUN_ID } from "./run-id.ts";

/** What measurements leave behind, if they leave anything. */
export const BUILD_DIR = join(dirname(import.meta.dirname), ".build");

/** Where Linux has files in memory. */
const MEMORY_DIR = "/dev/shm";
/** What the largest measurement takes, with room to spare. */
const MIN_FREE_BYTES = 4 * 2 ** 30;

let root = hasMemory() ? join(MEMORY_DIR, `tachograph-bench-${userInfo().uid}`) : BUILD_DIR;

/**
 * Where all servers have their state. In memory if there is room: workerd waits in its one thread
 * until a commit is on this machine's disk, which no deployed object does, and the noise of a disk is
 * more than what is measured. Everybody who is compared has the same.
 */
export function stateRoot(): string {
  return root;
}

/** From now on, state is below this directory. */
export function keepStateIn(directory: string): void {
  root = directory;
}

/** Whether what is written survives a power failure, or is in memory. */
export function isInMemory(): boolean {
  return root.startsWith(`${MEMORY_DIR}/`);
}

function hasMemory(): boolean {
  if (!existsSync(MEMORY_DIR)) return false;
  const { bavail, bsize } = statfsSync(MEMORY_DIR);
  return bavail * bsize >= MIN_FREE_BYTES;
}

/** Earlier versions wrote no more of a run than the number of its process. */
const RUN = /^run-(\d+(?:-\d+)?)-/u;
/** Whoever was just killed may still write for a moment. */
const RETRIES = 5;

/** An empty directory for the state of something that is started. */
export interface RunDirectory {
  readonly path: string;
  /** Removes it with all that is in it; to call it again does no harm. */
  readonly remove: () => void;
}

/**
 * Makes a directory that is gone when the measurement ends, at the latest. It carries the id of this
 * run, so that what a kill -9 leaves is known for what it is: see {@link removeStaleRuns}.
 * @throws Error if the measurement was ended.
 */
export function makeRunDirectory(name: string): RunDirectory {
  refuseIfEnded();
  mkdirSync(root, { recursive: true });
  const path = mkdtempSync(join(root, `run-${RUN_ID}-${name}-`));
  const removeNow = (): void => removeTree(path);
  const forget = onExit(removeNow);
  const remove = (): void => {
    removeNow();
    forget();
  };
  onEnd(remove);
  return { path, remove };
}

/**
 * Removes the directories of runs whose process is no more. One that cannot be removed is told of.
 * @returns how many were removed.
 */
export function removeStaleRuns(directory = root): number {
  mkdirSync(directory, { recursive: true });
  const stale = readdirSync(directory).filter((name) => {
    const run = RUN.exec(name)?.[1];
    return run !== undefined && !isRunning(run);
  });
  return stale.filter((name) => {
    try {
      removeTree(join(directory, name));
      return true;
    } catch (cause) {
      process.stderr.write(`left by a killed run, and not removed: ${String(cause)}\n`);
      return false;
    }
  }).length;
}

function removeTree(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: RETRIES });
}
