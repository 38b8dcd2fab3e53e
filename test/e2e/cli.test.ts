import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from "vitest";
import { isPortFree } from "../../scripts/lib/free-port.ts";
import { Api, TOKENS } from "./api.ts";
import { System } from "./system.ts";
import { systemPort } from "./system-port.ts";

/* The terminal program as a process, against the system that `npm start` runs. */

const ROOT_DIR = join(import.meta.dirname, "../..");
const PROGRAM = join(ROOT_DIR, "bin/tachograph.mjs");

interface Result {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let system: System;

/** What a run compiled is there for the next one: each would else take twice as long to begin. */
function environment(): Record<string, string | undefined> {
  const { NO_COLOR: _, FORCE_COLOR: __, ...own } = process.env;
  const NODE_COMPILE_CACHE = join(system.stateDir, "compiled");
  return { ...own, NODE_COMPILE_CACHE, TACHOGRAPH_URL: system.url };
}

/** Runs a line of a shell in which `tachograph` is the program and knows where the system is. */
async function shell(line: string, env: Readonly<Record<string, string>> = {}): Promise<Result> {
  const setup = `set -o pipefail; tachograph() { "${process.execPath}" "${PROGRAM}" "$@"; }`;
  const child = spawn("bash", ["-c", `${setup}; ${line}`], {
    cwd: ROOT_DIR,
    env: { ...environment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  await once(child, "close");
  return { exitCode: child.exitCode, stdout, stderr };
}

describe("tachograph", () => {
  beforeAll(async () => {
    system = await System.start();
  });
  afterAll(() => system?.dispose());

  it("says of a system without data that it has none, and exits with 0", async () => {
    onTestFailed(() => console.error(system.tail()));
    const { exitCode, stdout, stderr } = await shell("tachograph status");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("UNKNOWN");
    expect(stdout).toContain("No data yet");
    expect(stdout).not.toContain("\u001b");
  });

  it("shows in each command what was sent", async () => {
    onTestFailed(() => console.error(system.tail()));
    const api = new Api(system.url, TOKENS.admin);
    await api.postTimings({
      timings: Array.from({ length: 40 }, () => ({ target: "meta", durationMs: 20 })),
    });
    await api.merged(40);
    const [status, json, top, topJson, tail, whoami, alerts, report] = await Promise.all([
      shell("tachograph status"),
      shell("tachograph status --json"),
      shell("tachograph top"),
      shell("tachograph top --json | head -1"),
      shell("tachograph tail --json --limit 1 | head -1"),
      shell("tachograph whoami --json", { TACHOGRAPH_TOKEN: TOKENS.read }),
      shell("tachograph alerts --json"),
      shell("tachograph report --daily"),
    ]);
    expect(status).toMatchObject({ exitCode: 0, stderr: "" });
    expect(status.stdout).toContain("HEALTHY");
    expect(JSON.parse(json.stdout)).toMatchObject({ status: "HEALTHY", exitCode: 0 });
    expect(top.stdout).toMatch(/^meta +0\.67 +40 +20\.0/m);
    expect(topJson).toMatchObject({ exitCode: 0, stderr: "" });
    expect(JSON.parse(topJson.stdout)).toMatchObject({ series: [{ target: "meta", count: 40 }] });
    expect(JSON.parse(tail.stdout)).toMatchObject({ type: "snapshot", tenant: "default" });
    expect(JSON.parse(whoami.stdout)).toMatchObject({ tenant: "default", scopes: ["read"] });
    expect(JSON.parse(alerts.stdout)).toEqual({ alerts: [] });
    expect(report).toMatchObject({ exitCode: 0, stderr: "" });
    expect(report.stdout).toMatch(/^# /);
  });

  it("has colours where they are asked for, and not where they are refused", async () => {
    const [forced, refused] = await Promise.all([
      shell("tachograph status", { FORCE_COLOR: "1" }),
      shell("tachograph status --no-color", { FORCE_COLOR: "1" }),
    ]);
    expect(forced.stdout).toContain("\u001b[");
    expect(refused.stdout).not.toContain("\u001b");
  });

  it("ends quietly when nobody reads any more", async () => {
    const { exitCode, stdout, stderr } = await shell("tachograph tail --json | head -1");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout.split("\n")).toHaveLength(2);
  });

  it("does not take for done what was lost on a full disk", async () => {
    const lines = ["status", "export csv --target meta", "--help"];
    const results = await Promise.all(lines.map((line) => shell(`tachograph ${line} > /dev/full`)));
    for (const { exitCode, stderr } of results) {
      expect(exitCode).toBe(73);
      expect(stderr).toMatch(/^tachograph: stdout cannot be written: .*ENOSPC.*\n$/);
    }
  });

  it("goes on, and ends as it does, when nobody reads what it says beside the result", async () => {
    const file = join(system.stateDir, "unheard.csv");
    const spawned = ["export csv --target meta --output", "send meta --stdin"].map((line, index) =>
      spawn(process.execPath, [PROGRAM, ...line.split(" "), ...(index === 0 ? [file] : [])], {
        env: environment(),
        stdio: ["pipe", "ignore", "pipe"],
      }),
    );
    const closed = spawned.map(async (child) => {
      child.stderr.destroy();
      child.stdin.end("nope\n");
      await once(child, "exit");
      return child.exitCode;
    });
    expect(await Promise.all(closed)).toEqual([0, 65]);
    expect(existsSync(file)).toBe(true);
  });

  it("ends with 130 on Ctrl-C", async () => {
    const child = spawn(process.execPath, [PROGRAM, "tail"], {
      env: environment(),
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGINT");
    child.stdout.resume();
    await once(child, "close");
    expect(child.exitCode).toBe(130);
  });

  it("does not take a wrong token or a dead address for a healthy system", async () => {
    const port = await systemPort();
    expect(await isPortFree(port)).toBe(true);
    const [wrong, other, dead] = await Promise.all([
      shell("tachograph status", { TACHOGRAPH_TOKEN: "wrong" }),
      shell("tachograph alerts --json", { TACHOGRAPH_TOKEN: "wrong" }),
      shell(`tachograph status --json --url http://127.0.0.1:${port}`),
    ]);
    expect(wrong.exitCode).toBe(3);
    expect(wrong.stderr).toContain("This token is not known");
    expect(other).toMatchObject({ exitCode: 77, stdout: "" });
    expect(dead.exitCode).toBe(3);
    expect(JSON.parse(dead.stdout)).toMatchObject({ status: "UNREACHABLE" });
    expect(dead.stderr).toContain("npm start");
  });

  it("sets limits, shows them and takes them back", async () => {
    onTestFailed(() => console.error(system.tail()));
    const change = "tachograph limits set meta --capacity 321 --refill 1.5";
    const set = await shell(change);
    expect(set).toMatchObject({ exitCode: 0, stderr: "" });
    expect(set.stdout).toMatch(/before +200 [^]*after +321 +1\.5 [^\n]*override/);
    const [shown, unknown, reader] = await Promise.all([
      shell("tachograph limits get meta --json"),
      shell("tachograph limits get nobody"),
      shell(change, { TACHOGRAPH_TOKEN: TOKENS.read }),
    ]);
    expect(JSON.parse(shown.stdout)).toMatchObject({ capacity: 321, refillPerMinute: 1.5 });
    const [unset, open] = await Promise.all([
      shell("tachograph limits unset meta --json"),
      shell("tachograph limits open meta"),
    ]);
    expect(JSON.parse(unset.stdout)).toMatchObject({
      after: { capacity: 200, isOverridden: false },
    });
    expect([open, unknown, reader].map(({ exitCode }) => exitCode)).toEqual([0, 65, 77]);
  });

  it("counts once whatever send and load bring, and exports all of it", async () => {
    onTestFailed(() => console.error(system.tail()));
    const api = new Api(system.url, TOKENS.admin);
    const ingest = { TACHOGRAPH_TOKEN: TOKENS.ingest };
    const lines = "for i in {1..1200}; do echo '{\"durationMs\":7.5}'; done";
    const load = "tachograph load --targets cli-load --rate 200 --duration 1s --seed 7";
    const [one, many, failed, loaded] = await Promise.all([
      shell("tachograph send cli-target --duration-ms 183.25 --operation one", ingest),
      shell(`${lines} | tachograph send cli-target --stdin --json`, ingest),
      shell("tachograph send cli-target -- sh -c 'exit 5'"),
      shell(`${load} --timeout 60s --json`),
    ]);
    expect(one).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(JSON.parse(many.stdout)).toMatchObject({ sent: 1_200, rejected: {} });
    expect(failed.exitCode).toBe(5);
    const { sent, givenUp, accepted, duplicates, ...summary } = JSON.parse(loaded.stdout);
    expect(sent + givenUp).toBe(200);
    expect(summary).toMatchObject({ rejected: {}, failed: 0, faults: {} });
    // Whatever is sent to other targets meanwhile.
    expect(summary.ledger).toEqual({ kind: "complete" });
    expect(loaded.exitCode).toBe(0);

    const total = 1_202 + accepted + duplicates;
    await api.settled();
    const file = join(system.stateDir, "cli.csv");
    const targets = "--target cli-target,cli-load";
    const [csv, log] = await Promise.all([
      shell(`tachograph export csv --all ${targets} --output ${file}`),
      shell(`tachograph export hlog ${targets} --last 40d`),
    ]);
    expect(csv, csv.stderr).toMatchObject({ exitCode: 0, stdout: "" });
    const rows = readFileSync(file, "utf8").trimEnd().split("\r\n");
    const [names = [], ...cells] = rows.map((row) => row.split(","));
    const counted = (operation: string): number =>
      cells
        .filter((row) => row[names.indexOf("operation")] === operation)
        .reduce((sum, row) => sum + Number(row[names.indexOf("count")]), 0);
    expect([counted("*"), counted("one")]).toEqual([total, 1]);

    // The log, sent back under another name, brings every value again.
    expect(log.stdout.match(/^#\[Histogram log format/gm)).toHaveLength(1);
    const body = log.stdout.replaceAll("Tag=cli-", "Tag=copy-of-cli-");
    const answer = await api.get("/v1/histograms?unit=us&rebase=now", { body });
    expect(answer).toMatchObject({ accepted: total, rejected: [] });
  });

  it("sums a load up on Ctrl-C, and leaves no part of an export", async () => {
    onTestFailed(() => console.error(system.tail()));
    const whole = join(system.stateDir, "stopped.hlog");
    // One SIGINT each: a second one would end them at once.
    const stop = 'kill -INT "$!"; wait "$!"';
    const program = `"${process.execPath}" "${PROGRAM}"`;
    const said = join(system.stateDir, "load.stderr");
    const [load, output] = await Promise.all([
      shell(
        `${program} load --duration 10m --json 2> "${said}" & ` +
          `until [ -s "${said}" ]; do sleep 0.01; done; sleep 1; ${stop}`,
      ),
      shell(
        `${program} export hlog --all --last 700d --output "${whole}" & ` +
          `until compgen -G "${whole}*" > /dev/null; do sleep 0.01; done; ${stop}`,
      ),
    ]);
    expect(load.exitCode).toBe(130);
    // What a busy machine did not answer in time is told, too.
    const { sent, accepted, duplicates, failed, faults } = JSON.parse(load.stdout);
    expect([accepted + duplicates + failed, faults]).toEqual([sent, {}]);
    // It may have been done before it was told.
    expect([0, 130]).toContain(output.exitCode);
    expect(existsSync(whole)).toBe(output.exitCode === 0);
    expect(readdirSync(system.stateDir).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("tries a rule on what is stored, changed as one likes", async () => {
    const tried = "tachograph backtest platform-latency --last 2h --set";
    const [shown, json, wrong] = await Promise.all([
      shell(`${tried} thresholdMs=1`, { TACHOGRAPH_TOKEN: TOKENS.read }),
      shell(`${tried} thresholdMs=1 --json`),
      shell(`${tried} thresholdMss=1`),
    ]);
    expect(shown.exitCode, shown.stderr).toBe(0);
    expect(shown.stdout).toMatch(/^platform-latency would have fired /);
    expect(JSON.parse(json.stdout)).toMatchObject({ evaluations: 120, rule: { thresholdMs: 1 } });
    expect(wrong.exitCode).toBe(65);
    expect(wrong.stderr).toContain("did you mean thresholdMs?");
  });
});
