import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { RUN_ID } from "../../../../bench/lib/run-id.ts";
import { lockRun } from "../../../../bench/lib/run-lock.ts";

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tachograph-bench-"));
  file = join(directory, "lock");
});
afterEach(() => rmSync(directory, { recursive: true }));

it("makes this the one run, and tells a second one which it is", () => {
  expect(lockRun(file)).toBeUndefined();
  expect(readFileSync(file, "utf8")).toBe(RUN_ID);
  expect(lockRun(file)).toBe(RUN_ID);
});

it.each([`${spawnSync("true").pid}`, `${process.pid}-1`, "", "no id"])(
  "takes over what a run that is no more has left: %j",
  (left) => {
    writeFileSync(file, left);
    expect(lockRun(file)).toBeUndefined();
    expect(readFileSync(file, "utf8")).toBe(RUN_ID);
  },
);

it("leaves the lock of another run alone", async () => {
  const other = spawn("sleep", ["60"], { stdio: "ignore" });
  try {
    await once(other, "spawn");
    writeFileSync(file, String(other.pid));
    expect(lockRun(file)).toBe(String(other.pid));
    expect(readFileSync(file, "utf8")).toBe(String(other.pid));
  } finally {
    other.kill("SIGKILL");
  }
});

it("is free again when the process has ended", () => {
  const module = join(import.meta.dirname, "../../../../bench/lib/run-lock.ts");
  const script = `import(${JSON.stringify(module)}).then(({ lockRun }) => {
    process.stdout.write(String(lockRun(${JSON.stringify(file)})));
  })`;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
  expect(stdout, stderr).toBe("undefined");
  expect(existsSync(file)).toBe(false);
});
