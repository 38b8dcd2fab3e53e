import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from "vitest";
import { call } from "./api.ts";
import { System, withDeadline } from "./system.ts";

/* What `npm run demo:outage` shows to somebody who has just started it all. */

const ROOT_DIR = join(import.meta.dirname, "../..");
const DEMO_TIMEOUT_MS = 90_000;

let system: System;

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the script as npm does, and reads all that it prints. */
function demo(args: readonly string[], onOutput?: (output: string) => void) {
  const child = spawn(process.execPath, ["scripts/demo-outage.ts", ...args], {
    cwd: ROOT_DIR,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      onOutput?.(output);
    });
  }
  const ran = new Promise<Ran>((resolve) => {
    child.once("close", (code) => resolve({ code, output }));
  });
  const ended = withDeadline(ran, DEMO_TIMEOUT_MS, () => output).finally(() =>
    child.kill("SIGKILL"),
  );
  return { child, ended };
}

async function isDown(platform: string): Promise<unknown> {
  const { text } = await call(`${await system.trackingWorker()}/control/${platform}`);
  return (JSON.parse(text) as { settings: { outage: boolean } }).settings.outage;
}

describe("npm run demo:outage", () => {
  beforeAll(async () => {
    system = await System.start({ examples: true });
  });
  afterAll(() => system?.dispose());

  it("breaks a platform and shows its alert and the end of it", async () => {
    onTestFailed(() => console.error(system.tail()));
    const { code, output } = await demo(["--state", system.stateDir]).ended;
    expect(code, output).toBe(0);
    const told = [
      "HIGH · consecutive-errors · pinterest",
      "Resolved · consecutive-errors · pinterest",
    ];
    const [firedAt = -1, resolvedAt = -1] = told.map((title) => output.indexOf(title));
    expect(firedAt, output).toBeGreaterThan(-1);
    expect(resolvedAt, output).toBeGreaterThan(firedAt);
    expect(output).toContain("What to do: ");
    expect(await isDown("pinterest")).toBe(false);
    // Whoever runs `npm start` sees the same, each message once.
    const lines = system.tail().split("\n");
    const rule = / consecutive-errors on pinterest: 5 errors in a row/;
    const shown = lines.filter((line) => line.startsWith("alert ") && rule.test(line));
    expect(shown.map((line) => line.split(/ +/)[2])).toEqual(["firing", "resolved"]);
  });

  it("mends the platform when it is interrupted, and when no message comes", async () => {
    onTestFailed(() => console.error(system.tail()));
    const interrupted = demo(["--state", system.stateDir, "--platform", "reddit"], (output) => {
      if (output.includes("reddit is down")) interrupted.child.kill("SIGINT");
    });
    const { code, output } = await interrupted.ended;
    expect(code, output).toBe(130);
    expect(output).toContain("reddit works again");
    expect(await isDown("reddit")).toBe(false);

    // Its calls are never made: the platform hangs for longer than is waited.
    const url = `${await system.trackingWorker()}/control/google`;
    const body = JSON.stringify({ medianMs: 30_000, p99Ms: 30_000 });
    expect((await call(url, { method: "PATCH", body })).status).toBe(200);
    const late = await demo(["--state", system.stateDir, "--platform", "google", "--for", "1"])
      .ended;
    expect(late.code, late.output).toBe(1);
    expect(late.output).toContain("was not told within 1 s");
    expect(await isDown("google")).toBe(false);
  });

  it("says what to do when nothing runs", async () => {
    const { code, output } = await demo(["--state", join(system.stateDir, "elsewhere")]).ended;
    expect(code).toBe(1);
    expect(output).toContain("npm start");
  });
});
