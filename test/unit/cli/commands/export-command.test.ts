import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run } from "../../../../src/cli/run.ts";
import { EMPTY_AGGREGATE } from "../../../../src/histogram/aggregate.ts";
import {
  HISTOGRAM_LOG_LIMITS,
  readHistogramLog,
} from "../../../../src/histogram/histogram-log-reader.ts";
import { histogramLogHeader } from "../../../../src/histogram/histogram-log-writer.ts";
import { rowDetailsLine } from "../../../../src/histogram/row-details.ts";
import { type Answering, ApiServer, breakOff } from "../support/api-server.ts";
import { fakeIo } from "../support/fake-io.ts";
import { runCli } from "../support/run-cli.ts";

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 21, 12);
const POINT = {
  stepMs: 3_600_000,
  coveredMs: 3_600_000,
  count: 3,
  ok: 2,
  error: 1,
  timeout: 0,
  rateLimited: 0,
  hit: 0,
  miss: 0,
  errorRate: 0.25,
  minMs: 1,
  meanMs: 2.5,
  maxMs: 4,
  p50Ms: 2,
  p90Ms: 4,
  p95Ms: 4,
  p99Ms: 4,
  p999Ms: null,
};

let server: ApiServer | undefined;
let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tachograph-export-"));
});
afterEach(async () => {
  rmSync(directory, { recursive: true, force: true });
  await server?.close();
});

/** What is beside the files that are whole. */
function parts(): string[] {
  return readdirSync(directory).filter((name) => name.endsWith(".part"));
}

/** @param historyDays what it says of how long it keeps history; undefined for an older server. */
async function play(answering: Answering, historyDays?: number): Promise<ApiServer> {
  server = await ApiServer.start((request, response) =>
    request.path === "/v1/whoami" ? { json: { historyDays } } : answering(request, response),
  );
  return server;
}

/** A log of one row per day and operation, as the server answers a stretch. */
const playLogs: Answering = ({ query }) => {
  const [from, to] = [Number(query.get("from")), Number(query.get("to"))];
  if (to - from > 31 * DAY_MS) return { status: 400, json: { detail: "too long" } };
  const lines = [histogramLogHeader(from)];
  for (const target of [query.get("target") ?? "meta"]) {
    for (let at = Math.ceil(from / DAY_MS) * DAY_MS; at < to; at += DAY_MS) {
      lines.push(`Tag=${target}/events,${at / 1_000}.000,60.000,1.000,HIST\n`);
      lines.push(`Tag=${target}/call,${at / 1_000}.000,60.000,1.000,HIST\n`);
    }
  }
  return { text: lines.join("") };
};

describe("export hlog", () => {
  it("makes one valid log of months, with every row once and one header", async () => {
    const api = await play(playLogs);
    const path = join(directory, "meta.hlog");
    const args = ["export", "hlog", "--target", "meta", "--last", "90d", "--output", path];
    const { exitCode, stdout, stderr } = await runCli(api, args, { nowMs: () => NOW });
    expect([exitCode, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("180 rows of 2 series");
    expect(api.received.length).toBeGreaterThan(3);
    const text = readFileSync(path, "utf8");
    expect(text.match(/^#|^"/gm)).toHaveLength(3);
    expect(text.startsWith(histogramLogHeader(NOW - 90 * DAY_MS))).toBe(true);
    const log = readHistogramLog(text, HISTOGRAM_LOG_LIMITS);
    const rows = log.ok ? [...log.rows] : [];
    expect(rows.every(({ ok }) => ok)).toBe(true);
    const events = rows.flatMap((row) => (row.ok && row.tag === "meta/events" ? row.startMs : []));
    const days = Array.from({ length: 90 }, (_, i) => Math.ceil(NOW / DAY_MS - 90 + i) * DAY_MS);
    expect(events).toEqual(days);
    expect(parts()).toEqual([]);
  });

  it("keeps the operations that are asked for, of each target, on stdout", async () => {
    const api = await play(playLogs);
    const args = ["export", "hlog", "--target", "meta,google", "--operation", "call"];
    const { exitCode, stdout } = await runCli(api, [...args, "--last", "2d"], { nowMs: () => NOW });
    expect(exitCode).toBe(0);
    const tags = stdout.match(/^Tag=[^,]+/gm);
    expect(new Set(tags)).toEqual(new Set(["Tag=meta/call", "Tag=google/call"]));
    expect(tags).toHaveLength(4);
  });

  it("writes what a log says beside its rows, packed by the name of the file", async () => {
    const details = (at: number): string =>
      rowDetailsLine({ tag: "meta/call", startMs: at, lengthMs: 60_000 }, EMPTY_AGGREGATE);
    const api = await play(({ query }) => {
      const at = Number(query.get("from"));
      const row = (operation: string): string =>
        `Tag=meta/${operation},${at / 1_000}.000,60.000,1.000,HIST\n`;
      return {
        text: `${histogramLogHeader(at)}${details(at)}${row("call")}${row("events")}`,
      };
    });
    const path = join(directory, "all.hlog.gz");
    const args = ["export", "hlog", "--all", "--from", "2026-11-01", "--to", "2026-11-15"];
    const more = ["--operation", "call", "--step", "1h", "--output", path];
    expect((await runCli(api, [...args, ...more])).exitCode).toBe(0);
    const asked = api.received.map(({ query }) => [query.get("step"), query.get("details")]);
    expect(asked).toEqual([["1h", "1"]]);
    const at = Date.UTC(2026, 10, 1);
    expect(gunzipSync(readFileSync(path)).toString()).toBe(
      `${histogramLogHeader(at)}${details(at)}Tag=meta/call,${at / 1_000}.000,60.000,1.000,HIST\n`,
    );
    const plain = await runCli(api, [...args, "--plain"]);
    expect(plain.exitCode).toBe(0);
    expect(api.received.at(-1)?.query.get("details")).toBe(null);
  });

  it("asks again for the rest of an answer that breaks off, and has every row once", async () => {
    const tags = ["meta/call", "meta/events"];
    const rows = tags.flatMap((tag) =>
      [1, 2, 3].map((at) => `Tag=${tag},${at}.000,60.000,1.000,H\n`),
    );
    let brings = 0;
    const api = await play((_, response) => {
      // Each answer breaks off two rows later, in the middle of the next one.
      brings += 2;
      const text = `${histogramLogHeader(0)}${rows.slice(0, brings).join("")}`;
      if (brings >= rows.length) return { text };
      breakOff(response, `${text}Tag=meta`);
      return undefined;
    });
    const { exitCode, stdout } = await runCli(api, ["export", "hlog", "--all", "--last", "1h"]);
    expect([exitCode, stdout]).toEqual([0, `${histogramLogHeader(0)}${rows.join("")}`]);
    expect(api.received).toHaveLength(3);
  });

  it("knows steps and details of logs only", async () => {
    const api = await play(playLogs);
    for (const option of [["--step", "1h"], ["--plain"]]) {
      const result = await runCli(api, ["export", "csv", "--all", ...option]);
      expect([result.exitCode, result.stderr.includes("are of hlog")]).toEqual([64, true]);
    }
  });

  it.each<[string, Answering, string]>([
    [
      "breaks off",
      (_, response) => {
        breakOff(response, `${histogramLogHeader(0)}Tag=meta/call,1.000,60.000,1.000,HIST\n`);
        return undefined;
      },
      "Nothing answers at",
    ],
    [
      "ends within a row",
      () => ({ text: `${histogramLogHeader(0)}Tag=meta/call,1.000,60.000,1.0` }),
      "ended within a line",
    ],
    ["is something else", () => ({ text: "<html>\n" }), "no histogram log"],
  ])("leaves nothing behind if an answer %s", async (_, answering, what) => {
    const api = await play(answering);
    const path = join(directory, "all.hlog");
    const args = ["export", "hlog", "--all", "--last", "1h", "--output", path];
    const { exitCode, stderr } = await runCli(api, args);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(what);
    expect(readdirSync(directory)).toEqual([]);
  });

  it("leaves nothing behind on Ctrl-C", async () => {
    const fake = fakeIo();
    const path = join(directory, "all.hlog");
    let isPartThere = false;
    const api = await play((_, response) => {
      response.write(histogramLogHeader(0));
      setTimeout(() => {
        isPartThere = parts().length === 1;
        fake.stop(130);
      }, 20);
      return undefined;
    });
    const args = ["--url", api.url, "export", "hlog", "--all", "--output", path];
    expect(await run(args, fake.io)).toBe(130);
    expect(isPartThere).toBe(true);
    expect(readdirSync(directory)).toEqual([]);
    expect(fake.stderr()).toBe("");
  });
});

describe("export csv", () => {
  it("writes a row per series and hour of every series there is", async () => {
    const api = await play(({ path, query }) => {
      if (path === "/v1/live") {
        const series = [
          { target: "meta", operation: "events" },
          { target: "meta", operation: "*" },
        ];
        return { json: { series } };
      }
      if (path === "/v1/totals") {
        return { json: { points: [{ target: "meta" }, { target: "gone" }] } };
      }
      const isThere = query.get("operation") !== "events";
      return { json: { points: isThere ? [{ at: Number(query.get("from")), ...POINT }] : [] } };
    });
    const args = ["export", "csv", "--all", "--from", "2026-11-20T10:00Z", "--to", "2026-11-21"];
    const { exitCode, stdout, stderr } = await runCli(api, args);
    expect(exitCode).toBe(0);
    const row = "2026-11-20T10:00:00.000Z,3600000,3600000,3,2,1,0,0,0,0,0.25,1,2.5,4,2,4,4,4,";
    expect(stdout).toBe(
      "target,operation,at,stepMs,coveredMs,count,ok,error,timeout,rateLimited,hit,miss,errorRate," +
        "minMs,meanMs,maxMs,p50Ms,p90Ms,p95Ms,p99Ms,p999Ms\r\n" +
        `gone,*,${row}\r\nmeta,*,${row}\r\n`,
    );
    expect(stderr).toContain("2 rows of 2 series");
    const asked = api.received.filter(({ path }) => path === "/v1/history");
    expect(asked.map(({ query }) => query.get("step"))).toEqual(["1h", "1h", "1h"]);
  });

  it("asks for long ranges in parts that meet at midnight, and tries a part again", async () => {
    let calls = 0;
    const api = await play(({ query }) => {
      calls += 1;
      if (calls === 2) return { status: 503, json: { detail: "Busy." } };
      return { json: { points: [{ at: Number(query.get("from")), ...POINT }] } };
    });
    const args = ["export", "csv", "--target", "meta", "--last", "60d", "--json"];
    const { exitCode, stdout, stderr } = await runCli(api, args, { nowMs: () => NOW });
    expect(exitCode).toBe(0);
    const asked = api.received
      .filter(({ path }) => path === "/v1/history")
      .map(({ query }) => [query.get("from"), query.get("to")].map(Number));
    const middle = Math.floor(NOW / DAY_MS) * DAY_MS - 29 * DAY_MS;
    expect(asked).toEqual([
      [NOW - 60 * DAY_MS, middle],
      [middle, NOW],
      [middle, NOW],
    ]);
    expect(stdout.split("\r\n")).toHaveLength(4);
    const [retried = "", summary = ""] = stderr.trimEnd().split("\n");
    expect(retried).toContain("answered 503: Busy.; trying again in");
    expect(JSON.parse(summary)).toMatchObject({ format: "csv", rows: 2, series: 1, output: null });
  });

  it.each([
    ["csv", "/v1/history", 2],
    ["hlog", "/v1/export.hlog", 6],
  ])("as %s asks for no more than is kept, and says so", async (format, path, requests) => {
    const answering: Answering = (request, response) =>
      request.path === "/v1/history" ? { json: { points: [] } } : playLogs(request, response);
    const api = await play(answering, 40);
    const first = Math.floor(NOW / DAY_MS) * DAY_MS - 40 * DAY_MS;
    const args = ["export", format, "--target", "meta"];
    const long = await runCli(api, [...args, "--last", "20000d"], { nowMs: () => NOW });
    expect(long.exitCode).toBe(0);
    expect(long.stderr).toContain(
      "history is kept for 40 days: what is exported begins at 2026-10-12",
    );
    const asked = api.received.filter((request) => request.path === path);
    expect(asked).toHaveLength(requests);
    expect(asked[0]?.query.get("from")).toBe(String(first));
    // Nothing is left of this one but what has its header.
    const gone = [...args, "--from", "2020-01-01", "--to", "2020-06-01"];
    const { exitCode, stdout } = await runCli(api, gone, { nowMs: () => NOW });
    expect([exitCode, stdout.length > 0]).toEqual([0, true]);
    expect(api.received.filter((request) => request.path === path)).toHaveLength(requests + 1);
    // What is kept is asked for as it is.
    const { stderr } = await runCli(api, [...args, "--last", "40d"], { nowMs: () => NOW });
    expect(stderr).not.toContain("is kept for");
  });

  it("looks for targets by whole days, a month at a time, and tries again", async () => {
    let isBusy = true;
    const api = await play(({ path, query }) => {
      if (path === "/v1/live") return { json: { series: [] } };
      if (path === "/v1/history") return { json: { points: [] } };
      isBusy = !isBusy;
      if (!isBusy) return { status: 503, json: { detail: "Busy." } };
      return { json: { points: [{ target: `t${query.get("from")}` }] } };
    });
    const args = ["export", "csv", "--all", "--last", "60d"];
    const { exitCode, stderr } = await runCli(api, args, { nowMs: () => NOW });
    expect([exitCode, stderr.includes("there were no timings in that time")]).toEqual([0, true]);
    const today = Math.floor(NOW / DAY_MS) * DAY_MS;
    const [first, middle, end] = [today - 60 * DAY_MS, today - 29 * DAY_MS, today + DAY_MS];
    const asked = api.received.filter(({ path }) => path === "/v1/totals");
    expect(asked.map(({ query }) => [query.get("from"), query.get("to")].map(Number))).toEqual([
      [first, middle],
      [first, middle],
      [middle, end],
      [middle, end],
    ]);
    const series = new Set(
      api.received.flatMap(({ path, query }) =>
        path === "/v1/history" ? [query.get("target")] : [],
      ),
    );
    expect(series).toEqual(new Set([`t${first}`, `t${middle}`]));
  });
});

describe("the file of an export", () => {
  const answering: Answering = () => ({ json: { points: [] } });
  const args = (path: string): string[] => ["export", "csv", "--target", "meta", "--output", path];

  it("is not overwritten, unless that is asked for", async () => {
    const api = await play(answering);
    const path = join(directory, "meta.csv");
    writeFileSync(path, "mine");
    const refused = await runCli(api, args(path));
    expect(refused.exitCode).toBe(73);
    expect(refused.stderr).toContain("--force replaces it");
    expect(readFileSync(path, "utf8")).toBe("mine");
    expect(api.received).toEqual([]);
    const forced = await runCli(api, [...args(path), "--force", "--json"]);
    expect(JSON.parse(forced.stdout)).toMatchObject({ output: path, rows: 0 });
    expect(readFileSync(path, "utf8")).toMatch(/^target,operation,at,/);
  });

  it("is not overwritten either if somebody made it meanwhile", async () => {
    const path = join(directory, "meta.csv");
    const api = await play((request, response) => {
      writeFileSync(path, "mine");
      return answering(request, response);
    });
    expect((await runCli(api, args(path))).exitCode).toBe(73);
    expect(readFileSync(path, "utf8")).toBe("mine");
    expect(parts()).toEqual([]);
  });

  it("is whole though two are forced to be there at the same time", async () => {
    const path = join(directory, "meta.csv");
    const held: ServerResponse[] = [];
    const point = (at: number): object => ({ points: [{ at, ...POINT }] });
    const api = await play(({ query }, response) => {
      if (query.get("target") === "second") return { json: point(2_000) };
      held.push(response);
      return undefined;
    });
    const to = ["--output", path, "--force", "--json"];
    const first = runCli(api, ["export", "csv", "--target", "first", ...to]);
    while (held.length === 0) await sleep(5);
    const second = await runCli(api, ["export", "csv", "--target", "second", ...to]);
    expect(second.exitCode).toBe(0);
    expect(readFileSync(path, "utf8")).toMatch(/^second,/m);
    held[0]?.end(JSON.stringify(point(1_000)));
    expect((await first).exitCode).toBe(0);
    const rows = readFileSync(path, "utf8").trimEnd().split("\r\n");
    expect(rows.map((row) => row.split(",", 1)[0])).toEqual(["target", "first"]);
    expect(parts()).toEqual([]);
  });

  it("stays where a link points, and no device is replaced", async () => {
    const api = await play(answering);
    const [path, link] = [join(directory, "meta.csv"), join(directory, "link.csv")];
    writeFileSync(path, "old");
    symlinkSync(path, link);
    expect((await runCli(api, [...args(link), "--force"])).exitCode).toBe(0);
    expect(readFileSync(path, "utf8")).toMatch(/^target,/);
    const device = await runCli(api, [...args("/dev/null"), "--force"]);
    expect(device.exitCode).toBe(73);
    expect(device.stderr).toContain("is no file that could be replaced");
  });

  it("cannot be where there is no directory", async () => {
    const api = await play(answering);
    const { exitCode, stderr } = await runCli(api, args(join(directory, "no", "x.csv")));
    expect(exitCode).toBe(73);
    expect(stderr).toContain("cannot be written");
  });
});

it("asks of what, if nothing says so", async () => {
  const api = await play(() => ({ json: {} }));
  const { exitCode, stderr } = await runCli(api, ["export", "csv"]);
  expect(exitCode).toBe(64);
  expect(stderr).toContain("--target NAME, or --all");
});
