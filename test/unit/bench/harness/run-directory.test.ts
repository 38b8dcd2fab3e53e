import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Scope } from "../../../../bench/lib/cleanup.ts";
import { endLeftovers } from "../../../../bench/lib/end-leftovers.ts";
import {
  chooseRoot,
  makeRunDirectory,
  removeStaleRuns,
} from "../../../../bench/lib/run-directory.ts";
import { isRunning, RUN_ID, RUN_VARIABLE } from "../../../../bench/lib/run-id.ts";

const PATIENCE_MS = 10_000;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tachograph-bench-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** The number of a process that has ended. */
function deadPid(): number {
  return spawnSync("true").pid;
}

it("removes the directories of runs that are no more, and only those", () => {
  const kept = [`run-${RUN_ID}-mine-a`, `run-${process.pid}-earlier-b`, "results", "run-notes"];
  const stale = [
    `run-${deadPid()}-7-redis-c`,
    `run-${deadPid()}-earlier-d`,
    // The number was given away again since.
    `run-${process.pid}-1-limits-e`,
  ];
  for (const name of [...kept, ...stale]) {
    mkdirSync(join(directory, name, "state"), { recursive: true });
    writeFileSync(join(directory, name, "state", "file"), "");
  }
  expect(removeStaleRuns(directory)).toBe(stale.length);
  expect(readdirSync(directory).toSorted()).toEqual(kept.toSorted());
  expect(removeStaleRuns(join(directory, "not", "there"))).toBe(0);
});

it("makes a directory that carries this run's id and is gone with the measurement", async () => {
  const scope = new Scope();
  const { path, remove } = scope.run(() => makeRunDirectory("some"));
  expect(path).toContain(`run-${RUN_ID}-some-`);
  writeFileSync(join(path, "file"), "");
  await scope.end();
  expect(existsSync(path)).toBe(false);
  remove();
});

it("has state on disk, and says why, where nothing can be written in memory", () => {
  const told: string[] = [];
  const stderr = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    told.push(String(text));
    return true;
  });
  const taken = join(directory, `tachograph-bench-${userInfo().uid}`);
  try {
    writeFileSync(taken, "somebody else's");
    expect(chooseRoot(directory, "/on/disk")).toBe("/on/disk");
    expect(told).toEqual([expect.stringMatching(/^state is on disk, in \/on\/disk.*EEXIST/u)]);
    // No such system: nothing is amiss.
    expect(chooseRoot(join(directory, "not", "there"), "/on/disk")).toBe("/on/disk");
    expect(told).toHaveLength(1);
  } finally {
    stderr.mockRestore();
  }
});

it("knows a run that goes on from one that ended, and from one that nobody asked how", async () => {
  expect(isRunning(RUN_ID)).toBe(true);
  expect(isRunning(`${process.pid}-1`)).toBe(false);
  expect(isRunning(String(deadPid()))).toBe(false);
  // The shell becomes a program that never asks about the child it got.
  const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"]);
  try {
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    expect(isRunning(String(pid))).toBe(true);
    process.kill(pid, "SIGKILL");
    const deadline = Date.now() + PATIENCE_MS;
    while (isRunning(String(pid)) && Date.now() < deadline) await sleep(5);
    expect(isRunning(String(pid))).toBe(false);
  } finally {
    parent.kill("SIGKILL");
  }
});

it("ends what killed runs have left, and nothing of those that go on", async () => {
  const spawnOf = (run: string) =>
    spawn("sleep", ["60"], { env: { ...process.env, [RUN_VARIABLE]: run }, stdio: "ignore" });
  const left = spawnOf(`${deadPid()}-7`);
  const ours = spawnOf(RUN_ID);
  const stranger = spawn("sleep", ["60"], { stdio: "ignore" });
  try {
    await Promise.all([left, ours, stranger].map((child) => once(child, "spawn")));
    const exited = once(left, "exit");
    expect(endLeftovers()).toBeGreaterThanOrEqual(1);
    expect(await exited).toEqual([null, "SIGKILL"]);
    for (const child of [ours, stranger]) expect(isRunning(String(child.pid))).toBe(true);
  } finally {
    for (const child of [left, ours, stranger]) child.kill("SIGKILL");
  }
});
