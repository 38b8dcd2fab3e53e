import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ApiServer } from "../support/api-server.ts";
import { runCli } from "../support/run-cli.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;
const RULE = { name: "slow", metric: "latency", thresholdMs: 500, targets: null, forMs: 0 };
const AT = NOW - HOUR_MS;

let server: ApiServer;
let directory = "";

/** Plays the history of an hour in which the rule fired for half of it. */
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "tachograph-backtest-"));
  server = await ApiServer.start(({ path, body }) => {
    if (path === "/v1/rules") return { json: { rules: [RULE, { name: "errors" }] } };
    const { rule, from, to } = JSON.parse(body) as { rule: object; from: number; to: number };
    const series = [{ target: "meta", operation: "*" }];
    const transitions = [
      { at: AT, ...series[0], state: "firing", value: 812.25 },
      { at: AT + HOUR_MS / 2, ...series[0], state: "resolved", value: null },
      { at: AT + HOUR_MS / 2, ...series[0], state: "inactive", value: 790 },
    ];
    return {
      json: { rule, from, to, series, transitions, firings: 1, omitted: 5, evaluations: 120 },
    };
  });
});
afterEach(async () => {
  rmSync(directory, { recursive: true, force: true });
  await server.close();
});

function posted(): unknown {
  return JSON.parse(server.received.findLast(({ method }) => method === "POST")?.body ?? "null");
}

it("runs a configured rule as it is changed, over the range that is asked for", async () => {
  const args = [
    "backtest",
    "slow",
    "--set",
    "thresholdMs=800",
    "--set",
    "forMs=2m",
    "--last",
    "2h",
  ];
  const { exitCode, stdout, stderr } = await runCli(server, args, { nowMs: () => NOW });
  expect(exitCode).toBe(0);
  expect(posted()).toEqual({
    rule: { ...RULE, thresholdMs: 800, forMs: 120_000 },
    from: NOW - 2 * HOUR_MS,
    to: NOW,
  });
  const [headline = "", , line = "", axis = ""] = stdout.split("\n");
  expect(headline).toBe("slow would have fired once, on 1 series in 120 minutes");
  expect(line).toBe(`${".".repeat(50)}${"#".repeat(25)}${".".repeat(25)}`);
  expect(axis).toMatch(/^2026-11-21T10:00:00Z +2026-11-21T12:00:00Z$/);
  expect(stdout).toMatch(/2026-11-21T11:00:00Z +meta +\* +firing +812 ms\n/);
  expect(stdout).toMatch(/2026-11-21T11:30:00Z +meta +\* +resolved +–\n/);
  expect(stdout).toMatch(/2026-11-21T11:30:00Z +meta +\* +inactive +790 ms\n/);
  expect(stderr).toContain("5 changes after the first 3 are not shown");
});

it("runs a rule of a file, and prints the answer as JSON", async () => {
  const path = join(directory, "rule.json");
  writeFileSync(path, JSON.stringify({ ...RULE, name: "mine" }));
  const args = ["backtest", "--file", path, "--from", "2026-11-21", "--json"];
  const { stdout } = await runCli(server, args, { nowMs: () => NOW });
  expect(JSON.parse(stdout)).toMatchObject({ rule: { name: "mine" }, firings: 1, omitted: 5 });
  expect(posted()).toMatchObject({ from: Date.UTC(2026, 10, 21), to: NOW });
  expect(server.asked).toEqual(["POST /v1/rules/backtest"]);
});

it("draws blocks on a terminal, as wide as it is", async () => {
  const options = {
    nowMs: () => NOW,
    terminal: { columns: 40, rows: 20 },
    env: { LC_ALL: "C.UTF-8", NO_COLOR: "1" },
  };
  const { stdout } = await runCli(server, ["backtest", "slow", "--last", "2h"], options);
  expect(stdout.split("\n")[2]).toBe(`${"·".repeat(20)}${"█".repeat(10)}${"·".repeat(10)}`);
});

it("names the rules there are if it is none of them", async () => {
  const { exitCode, stderr } = await runCli(server, ["backtest", "sloww"]);
  expect(exitCode).toBe(64);
  expect(stderr).toContain("did you mean slow?");
  expect(stderr).toContain("There are: slow, errors.");
});

it.each([
  [["backtest"], "give either the name"],
  [["backtest", "slow", "--file", "x"], "give either the name"],
  [["backtest", "slow", "--set", "thresholdMs"], "--set takes NAME=VALUE"],
  [["backtest", "slow", "--from", "2026-11-21", "--last", "1h"], "--from and --last"],
])("says what is wrong with %j", async (args, what) => {
  const { exitCode, stderr } = await runCli(server, args, { nowMs: () => NOW });
  expect(exitCode).toBe(64);
  expect(stderr).toContain(what);
});

it.each([
  [undefined, "cannot be read"],
  ["{", "is not JSON"],
  ["[1]", "must hold one rule"],
  ["x".repeat(70_000), "is larger than 65536 bytes"],
])("says what is wrong with a file of %.5s", async (text, what) => {
  const path = join(directory, "rule.json");
  if (text !== undefined) writeFileSync(path, text);
  const { exitCode, stderr } = await runCli(server, ["backtest", "--file", path]);
  expect(exitCode).toBe(65);
  expect(stderr).toContain(what);
});

it("begins a little later if the last while is no longer kept when it is asked for", async () => {
  let isAsked = false;
  await server.close();
  server = await ApiServer.start(({ path, body }) => {
    if (path === "/v1/rules") return { json: { rules: [RULE] } };
    const { rule, from, to } = JSON.parse(body) as { rule: object; from: number; to: number };
    const oldest = NOW - 7 * 24 * HOUR_MS + 150;
    if (from < oldest) {
      const errors = [{ pointer: "/from", reason: `must be at or after ${oldest}` }];
      return { status: 400, json: { detail: "No.", errors } };
    }
    isAsked = true;
    const nothing = { series: [], transitions: [], firings: 0, omitted: 0, evaluations: 0 };
    return { json: { rule, from, to, ...nothing } };
  });
  const last = ["backtest", "slow", "--last"];
  const week = await runCli(server, [...last, "7d"], { nowMs: () => NOW });
  expect([week.exitCode, isAsked]).toEqual([0, true]);
  const month = await runCli(server, [...last, "30d"], { nowMs: () => NOW });
  expect(month.exitCode).toBe(65);
  expect(month.stderr).toContain("/from must be at or after");
});
