import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { groupCommands, groupEnded, processCommand, signalGroup } from "./process-group.ts";
import { StartError } from "./start-error.ts";

/** Who runs on a state directory: kept in a file, so that the next start can clean up after it. */
interface RunRecord {
  readonly pid: number;
  readonly groups: readonly number[];
}

/** How long the children of a killed run may take to notice and end by themselves. */
const LEFTOVER_PATIENCE_MS = 1_000;

/**
 * Claims `runDir` for this process. A run that still lives is respected; what a killed run left
 * behind is ended first, because two runtimes on one state would corrupt it.
 *
 * @throws StartError when another run uses the directory.
 */
export async function claimRun(runDir: string): Promise<void> {
  makeRunDir(runDir);
  const previous = readRecord(runDir);
  if (previous !== undefined) {
    if (previous.pid !== process.pid && processCommand(previous.pid)?.includes("start.ts")) {
      throw new StartError(
        `process ${previous.pid} runs on this state already: end it, or choose another --state`,
      );
    }
    for (const group of previous.groups) await endLeftover(group);
  }
  writeRecord(runDir, { pid: process.pid, groups: [] });
}

function makeRunDir(runDir: string): void {
  try {
    mkdirSync(runDir, { recursive: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`the state cannot be kept here, choose another --state: ${why}`);
  }
}

/** Notes the process groups that this run has started. */
export function recordGroups(runDir: string, groups: readonly number[]): void {
  writeRecord(runDir, { pid: process.pid, groups });
}

/** Gives `runDir` back, after everything that this run started has ended. */
export function releaseRun(runDir: string): void {
  rmSync(recordPath(runDir), { force: true });
}

async function endLeftover(group: number): Promise<void> {
  if (await groupEnded(group, LEFTOVER_PATIENCE_MS)) return;
  const isOurs = groupCommands(group).some((command) => /\b(wrangler|workerd)\b/.test(command));
  if (!isOurs) return;
  signalGroup(group, "SIGKILL");
  if (!(await groupEnded(group, LEFTOVER_PATIENCE_MS))) {
    throw new StartError(`process group ${group} of an earlier run does not end: end it yourself`);
  }
}

function recordPath(runDir: string): string {
  return join(runDir, "run.json");
}

function writeRecord(runDir: string, record: RunRecord): void {
  const path = recordPath(runDir);
  writeFileSync(`${path}.new`, JSON.stringify(record));
  renameSync(`${path}.new`, path);
}

function readRecord(runDir: string): RunRecord | undefined {
  const path = recordPath(runDir);
  if (!existsSync(path)) return undefined;
  const record: unknown = parseOrUndefined(readFileSync(path, "utf8"));
  if (typeof record !== "object" || record === null) return undefined;
  const { pid, groups } = record as Partial<Record<keyof RunRecord, unknown>>;
  if (!isPid(pid) || !Array.isArray(groups)) return undefined;
  return { pid, groups: groups.filter(isPid) };
}

/** Above 1: to signal group 1 or 0 would reach far beyond what we started. */
function isPid(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 1;
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Written whole and renamed, so only a foreign hand can have broken it: as good as none.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
