import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Answer, type Answering, ApiServer } from "../support/api-server.ts";
import { alertBody, liveBody, seriesBody } from "../support/live-body.ts";
import { runCli } from "../support/run-cli.ts";

let server: ApiServer | undefined;

async function serve(answering: Answering): Promise<ApiServer> {
  server = await ApiServer.start(answering);
  return server;
}

/** Answers each path with its body. */
function bodies(byPath: Readonly<Record<string, unknown>>): Answering {
  return ({ path }): Answer =>
    path in byPath ? { json: byPath[path] } : { status: 404, json: { detail: `no ${path}` } };
}

afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe("status", () => {
  const statusOf = async (live: object, alerts: readonly object[] = []) =>
    serve(bodies({ "/v1/live": liveBody({ ...live }), "/v1/alerts": { alerts } }));

  it.each([
    [{ status: "HEALTHY" }, 0],
    [{ status: "WARNING" }, 1],
    [{ status: "CRITICAL" }, 2],
    [{ status: "UNKNOWN", score: null, coverage: { shards: 0, answered: 0, missing: [] } }, 0],
    [{ status: "UNKNOWN", score: null, coverage: { shards: 2, answered: 0, missing: ["a"] } }, 3],
  ])("exits for %j with %i, with --json, too", async (live, exitCode) => {
    const api = await statusOf(live);
    const shown = await runCli(api, ["status"]);
    expect(shown.exitCode).toBe(exitCode);
    expect(shown.stdout).toContain(live.status);
    const { exitCode: code, stdout } = await runCli(api, ["status", "--json"]);
    expect(code).toBe(exitCode);
    expect(JSON.parse(stdout)).toMatchObject({ status: live.status, exitCode });
  });

  it.each([401, 403, 404, 429, 500, 503])("exits with 3 for an answer of %i", async (status) => {
    const api = await serve(() => ({ status, json: { detail: "no" } }));
    const { exitCode, stdout, stderr } = await runCli(api, ["status", "--json"]);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ status: "UNREACHABLE", exitCode: 3 });
    expect(stderr).toContain(String(status));
  });

  it("fits on a screen: pillars, coverage, freshness, ledger and what fires", async () => {
    const coverage = { shards: 3, answered: 2, missing: ["default/meta#0"] };
    const alerts = [alertBody(), alertBody({ id: "a2", severity: "CRITICAL", rule: "\u001b[2J" })];
    const api = await statusOf({ status: "WARNING", coverage, staleMs: 20_000 }, alerts);
    const { stdout } = await runCli(api, ["status"]);
    for (const text of [
      "WARNING  score 8.5  default at ",
      "latency     GOOD",
      "1 target in 1m, worst meta: p50 100 ms, p95 200 ms",
      "errors      no data",
      "2 of 3 shards; missing: default/meta#0",
      "20 s: not of now",
      "1,200 merged, 0 pending, balanced",
      "2 firing",
      "812 ms >= 800 ms",
      "\\x1b[2J",
    ]) {
      expect(stdout).toContain(text);
    }
    expect(stdout).not.toContain("\u001b");
    expect(stdout.trimEnd().split("\n").length).toBeLessThan(24);
    expect(server?.asked).toContain("GET /v1/alerts?state=firing");
  });

  it("says what a newcomer does", async () => {
    const api = await statusOf({ status: "UNKNOWN", score: null });
    expect((await runCli(api, ["status"])).stdout).toContain("No data yet");
  });

  it.each([
    ["a terminal", { terminal: { columns: 100, rows: 30 } }, [], true],
    [
      "a terminal and NO_COLOR",
      { terminal: { columns: 100, rows: 30 }, env: { NO_COLOR: "1" } },
      [],
      false,
    ],
    [
      "a terminal and an empty NO_COLOR",
      { terminal: { columns: 100, rows: 30 }, env: { NO_COLOR: "" } },
      [],
      true,
    ],
    ["a dumb terminal", { terminal: { columns: 100, rows: 30 }, env: { TERM: "dumb" } }, [], false],
    ["a terminal and --no-color", { terminal: { columns: 100, rows: 30 } }, ["--no-color"], false],
    ["a pipe", {}, [], false],
    ["a pipe and FORCE_COLOR", { env: { FORCE_COLOR: "1" } }, [], true],
    ["a pipe, FORCE_COLOR and --no-color", { env: { FORCE_COLOR: "1" } }, ["--no-color"], false],
    [
      "a terminal and FORCE_COLOR=0",
      { terminal: { columns: 100, rows: 30 }, env: { FORCE_COLOR: "0" } },
      [],
      false,
    ],
  ])("has colours for %s, or not", async (_what, options, more, isColoured) => {
    const api = await statusOf({});
    const { stdout } = await runCli(api, ["status", ...more], options);
    expect(stdout.includes("\u001b[")).toBe(isColoured);
  });
});

describe("an answer that lacks what is shown", () => {
  const pillars = liveBody()["pillars"];
  const latency = { grade: "GOOD", color: "blue", score: 8 };
  const { "1h": _, ...windows } = seriesBody("meta")["windows"] as Record<string, unknown>;
  it.each([
    [["status"], { pillars: { ...Object(pillars), latency } }, "pillars.latency.window"],
    [["top", "--window", "1h"], { series: [{ ...seriesBody("meta"), windows }] }, "windows.1h"],
    [["top"], { series: [seriesBody("meta", { maxMs: undefined })] }, "maxMs"],
    [["top"], { limits: [{ target: "meta" }] }, "limits.0.capacity"],
  ])("is of no Tachograph for %j", async (args, over, what) => {
    const alerts = { alerts: [] };
    const api = await serve(bodies({ "/v1/live": liveBody(over), "/v1/alerts": alerts }));
    const { exitCode, stderr } = await runCli(api, args);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("is no Tachograph, or another version");
    expect(stderr).toContain(what);
  });
});

describe("top without a terminal", () => {
  it("prints one table, sorted as asked, and ends", async () => {
    const series = [
      seriesBody("meta", { p95Ms: 300 }),
      seriesBody("google", { p95Ms: 900 }),
      seriesBody("quiet", { count: 0, p95Ms: null }),
      seriesBody("google", {}, "search"),
    ];
    const api = await serve(bodies({ "/v1/live": liveBody({ series }) }));
    const names = (text: string) =>
      text
        .trimEnd()
        .split("\n")
        .map((line) => line.split(" ")[0]);
    const sorted = await runCli(api, ["top", "--sort", "p95"]);
    expect(names(sorted.stdout)).toEqual(["target", "google", "meta", "quiet"]);
    const all = await runCli(api, ["top", "--operations", "--targets", "google"]);
    expect(names(all.stdout)).toEqual(["target", "google", "google/search"]);
    const none = await runCli(api, ["top", "--targets", "nope"]);
    expect(none.stderr).toContain("no data of nope: check the names");
  });
});

describe("alerts", () => {
  it("prints those of now, and exits with 0 whatever there is", async () => {
    const api = await serve(bodies({ "/v1/alerts": { alerts: [alertBody()] } }));
    const { exitCode, stdout } = await runCli(api, ["alerts"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      "firing  HIGH      slow  meta    2026-11-21T11:05:00Z  812 ms >= 800 ms",
    );
    expect(stdout).toContain("slow: meta is slow\n  look at meta\n  id a1\n");
    const json = await runCli(api, ["alerts", "--json"]);
    expect(JSON.parse(json.stdout)).toEqual({ alerts: [alertBody()] });
  });

  it.each([40, 80])("fits a terminal of %i columns, with the whole id", async (columns) => {
    const id = "4f1c9a52-9f0e-4a6a-8f1b-2d5c2e0a9d11";
    const alert = alertBody({ id, rule: "a-rule-with-a-long-name", target: "t".repeat(40) });
    const api = await serve(bodies({ "/v1/alerts": { alerts: [alert] } }));
    const terminal = { columns, rows: 24 };
    const { stdout } = await runCli(api, ["alerts", "--no-color"], { terminal });
    const [table = "", about = ""] = stdout.split("\n\n");
    for (const line of table.split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
    expect(table).toContain("firing");
    expect(about).toContain(`  id ${id}`);
  });

  it.each([
    [{ value: 703, state: "resolved" }, "now 703 ms, fires at >= 800 ms"],
    [{ value: null }, "no value, fires at >= 800 ms"],
    [{ value: 1, comparison: "<", threshold: 5, unit: "Count" }, "1 < 5"],
  ])("says of %j what is true", async (over, found) => {
    const api = await serve(bodies({ "/v1/alerts": { alerts: [alertBody(over)] } }));
    expect((await runCli(api, ["alerts"])).stdout).toContain(`  ${found}\n`);
  });

  it("asks for the history of a range, and says when there is more", async () => {
    const answer = { alerts: [alertBody({ state: "resolved" })], truncated: true, unreadable: 2 };
    const api = await serve(bodies({ "/v1/alerts/history": answer }));
    const args = ["alerts", "--history", "--from", "2026-11-20", "--to", "2026-11-21"];
    const { exitCode, stderr } = await runCli(api, args);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("only the newest 1");
    expect(stderr).toContain("2 stored alerts cannot be read");
    const [from, to] = [Date.UTC(2026, 10, 20), Date.UTC(2026, 10, 21)];
    expect(api.asked).toEqual([`GET /v1/alerts/history?from=${from}&to=${to}`]);
  });

  it("acknowledges one", async () => {
    const api = await serve(() => ({ json: alertBody({ acknowledgedBy: "ana" }) }));
    const { exitCode, stdout } = await runCli(api, ["alerts", "--ack", "a/1", "--by", "ana"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("acknowledged by ana: meta is slow");
    expect(api.asked).toEqual(["POST /v1/alerts/a%2F1/acknowledge"]);
    expect(api.received[0]?.body).toBe('{"by":"ana"}');
  });

  it("silences, lists and ends silences", async () => {
    const now = Date.UTC(2026, 10, 21, 12);
    const silence = {
      id: "s1",
      match: { target: "meta" },
      from: now,
      to: now + 7_200_000,
      by: "ana",
      why: "x",
    };
    let ended = 200;
    const api = await serve(({ method, path }) => {
      if (path === "/v1/whoami") return { json: {} };
      if (method === "DELETE") return { status: ended };
      if (method === "POST") return { status: 201, json: { ...silence, warning: "no such rule" } };
      return path === "/v1/silences"
        ? { json: { silences: [silence] } }
        : { status: 404, json: {} };
    });
    const args = ["--target", "meta", "--for", "2h", "--by", "ana", "--why", "x"];
    const made = await runCli(api, ["alerts", "silence", ...args], { nowMs: () => now });
    expect(made).toMatchObject({ exitCode: 0 });
    expect(made.stdout).toBe("silenced until 2026-11-21T14:00:00Z: s1\n");
    expect(made.stderr).toContain("no such rule");
    // It begins when it is there.
    const { id: _, from: __, ...sent } = silence;
    expect(JSON.parse(api.received[1]?.body ?? "")).toEqual(sent);
    expect((await runCli(api, ["alerts", "silence", "--list"])).stdout).toContain("meta    any");
    expect((await runCli(api, ["alerts", "silence", "--end", "s1"])).exitCode).toBe(3);
    ended = 204;
    const end = await runCli(api, ["alerts", "silence", "--end", "s1", "--by", "ana"]);
    expect(end.stdout).toBe("ended: s1\n");
    expect(api.asked.at(-1)).toBe("DELETE /v1/silences/s1?by=ana");
  });

  it("silences for as long as is asked by the server's clock", async () => {
    const now = Date.UTC(2026, 10, 21, 12);
    const headers = { date: new Date(now - 7_200_000).toUTCString() };
    const api = await serve(({ path, body }) => {
      const { to = 0 } = path === "/v1/silences" ? (JSON.parse(body) as { to?: number }) : {};
      const silence = { id: "s1", match: {}, from: now - 7_200_000, to, by: "ana", why: "x" };
      return { headers, json: silence };
    });
    const args = ["--target", "meta", "--for", "1h", "--by", "ana", "--why", "x"];
    const made = await runCli(api, ["alerts", "silence", ...args], { nowMs: () => now });
    expect(made.stdout).toContain("silenced until 2026-11-21T11:00:00Z");
    expect(made.stderr.match(/is 2 h ahead of the server's/g)).toHaveLength(1);
  });

  it("says how long it is if nothing tells the server's clock", async () => {
    const now = Date.UTC(2026, 10, 21, 12);
    const api = await serve(({ path, body }) => {
      const { to = 0 } = path === "/v1/silences" ? (JSON.parse(body) as { to?: number }) : {};
      return { json: { id: "s1", match: {}, from: now - 7_200_000, to, by: "ana", why: "x" } };
    });
    const args = ["--target", "meta", "--for", "1h", "--by", "ana", "--why", "x"];
    const made = await runCli(api, ["alerts", "silence", ...args], { nowMs: () => now });
    expect(made.stderr).toContain("it is silenced for 3 h");
  });
});

describe("report", () => {
  it.each([
    [["--daily"], "GET /v1/reports/daily", "text/markdown"],
    [["--daily", "2026-11-20", "--html"], "GET /v1/reports/daily?date=2026-11-20", "text/html"],
    [["--weekly", "--language", "pt-BR"], "GET /v1/reports/weekly?language=pt-BR", "text/markdown"],
    [["--weekly", "2026-W47"], "GET /v1/reports/weekly?week=2026-W47", "text/markdown"],
  ])("asks for %j", async (args, asked, type) => {
    const headers = { "content-type": `${type}; charset=utf-8` };
    const api = await serve(() => ({ headers, text: "# Report\n\u001b[2Jbad\n" }));
    const piped = await runCli(api, ["report", ...args]);
    expect(piped).toMatchObject({ exitCode: 0, stdout: "# Report\n\u001b[2Jbad\n" });
    const terminal = { columns: 80, rows: 24 };
    const shown = await runCli(api, ["report", ...args], { terminal });
    expect(shown.stdout).toBe("# Report\n\\x1b[2Jbad\n");
    expect(api.asked).toEqual([asked, asked]);
    expect(api.received[0]?.headers.accept).toBe(type);
  });

  it("takes no other page for a report", async () => {
    const headers = { "content-type": "text/html" };
    const api = await serve(() => ({ headers, text: "<h1>Welcome</h1>" }));
    const { exitCode, stdout, stderr } = await runCli(api, ["report", "--daily"]);
    expect([exitCode, stdout]).toEqual([3, ""]);
    expect(stderr).toContain("/v1/reports/daily is text/html, and not text/markdown");
  });

  it("waits no longer than it is told to", async () => {
    const api = await serve(() => undefined);
    const { stderr } = await runCli(api, ["report", "--daily", "--timeout", "50ms"]);
    expect(stderr).toContain("within 0.05 s");
  });

  it("writes a file, and says when it cannot", async () => {
    const directory = mkdtempSync(join(tmpdir(), "tachograph-cli-"));
    try {
      const api = await serve(() => ({ json: { id: "daily:2026-11-20" } }));
      const output = join(directory, "report.json");
      const args = ["report", "--daily", "--json", "--output"];
      expect(await runCli(api, [...args, output])).toMatchObject({ exitCode: 0, stdout: "" });
      expect(JSON.parse(readFileSync(output, "utf8"))).toEqual({ id: "daily:2026-11-20" });
      expect((await runCli(api, [...args, output])).exitCode).toBe(73);
      expect((await runCli(api, [...args, output, "--force"])).exitCode).toBe(0);
      expect((await runCli(api, [...args, join(output, "x")])).exitCode).toBe(73);
      expect(readdirSync(directory)).toEqual(["report.json"]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
