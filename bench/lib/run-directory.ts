import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statfsSync,
} from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { onEnd, onExit, refuseIfEnded } from "./cleanup.ts";
import { isRunning, RUN_ID } from "./run-id.ts";
import { tell } from "./tell.ts";

/** What measurements leave behind, if they leave anything. */
export const BUILD_DIR = join(dirname(import.meta.dirname), ".build");

/** Where Linux has files in memory. */
const MEMORY_DIR = "/dev/shm";
/** What the largest measurement takes, with room to spare. */
const MIN_FREE_BYTES = 4 * 2 ** 30;

let root: string | undefined;

/**
 * Where all servers have their state. In memory if there is room: workerd waits in its one thread
 * until a commit is on this machine's disk, which no deployed object does, and the noise of a disk is
 * more than what is measured. Everybody who is compared has the same.
 */
export function stateRoot(): string {
  return (root ??= chooseRoot());
}

/** From now on, state is below this directory. */
export function keepStateIn(directory: string): void {
  root = directory;
}

/** Whether what is written survives a power failure, or is in memory. */
export function isInMemory(): boolean {
  return stateRoot().startsWith(`${MEMORY_DIR}/`);
}

/**
 * The first of memory and disk that can be used. Why it is the disk is told, as figures then are of
 * another kind; where the system has no files in memory, there is nothing to tell.
 */
export function chooseRoot(memoryDir = MEMORY_DIR, diskDir = BUILD_DIR): string {
  if (!existsSync(memoryDir)) return diskDir;
  const directory = join(memoryDir, `tachograph-bench-${userInfo().uid}`);
  const why = whyUnusable(memoryDir, directory);
  if (why === undefined) return directory;
  tell(`state is on disk, in ${diskDir}, where each commit takes longer: ${why}`);
  return diskDir;
}

function whyUnusable(memoryDir: string, directory: string): string | undefined {
  try {
    mkdirSync(directory, { recursive: true });
    // It may be somebody else's, or what it is on may be read-only: only to write tells.
    rmdirSync(mkdtempSync(join(directory, "trial-")));
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
  const { bavail, bsize } = statfsSync(memoryDir);
  if (bavail * bsize >= MIN_FREE_BYTES) return undefined;
  return `${memoryDir} has ${Math.floor((bavail * bsize) / 2 ** 20)} MiB free of ${MIN_FREE_BYTES / 2 ** 20} that it may take`;
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
  const parent = stateRoot();
  mkdirSync(parent, { recursive: true });
  const path = mkdtempSync(join(parent, `run-${RUN_ID}-${name}-`));
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
export function removeStaleRuns(directory = stateRoot()): number {
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
      tell(`left by a killed run, and not removed: ${String(cause)}`);
      return false;
    }
  }).length;
}

function removeTree(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: RETRIES });
}
