import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compareText } from "../../../../src/compare-text.ts";
import { histogramLogHeader } from "../../../../src/histogram/histogram-log-writer.ts";
import { DAY_MS } from "../../../../src/merge/slot-time.ts";
import { type Answer, type Answering, ApiServer, type Received } from "../support/api-server.ts";
import { runCli } from "../support/run-cli.ts";

const START = Date.UTC(2026, 10, 1);
const NOW = Date.UTC(2026, 10, 21, 12);
const TAKEN = { count: 1, coarse: 0, duplicates: 0, duplicate: false, replaced: false };

let server: ApiServer | undefined;
let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tachograph-test-"));
});
afterEach(async () => {
  rmSync(directory, { recursive: true, force: true });
  await server?.close();
});

/** Plays the API for a token that may import. */
async function play(answering: (request: Received) => Answer | undefined): Promise<ApiServer> {
  const answers: Answering = (request) =>
    request.path === "/v1/whoami"
      ? { json: { tenant: "default", scopes: ["admin", "read"] } }
      : answering(request);
  server = await ApiServer.start(answers);
  return server;
}

function importsOf({ received }: ApiServer): Received[] {
  return received.filter(({ path }) => path === "/v1/history/import");
}

/** A row for each of some days, of a series. */
function log(tag: string, days: number): string {
  const rows = Array.from(
    { length: days },
    (_, day) => `Tag=${tag},${(START + day * DAY_MS) / 1_000}.000,60.000,1.000,HIST${day}\n`,
  );
  return histogramLogHeader(START) + rows.join("");
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

const at = { nowMs: () => NOW };

describe("import", () => {
  it("sends each day of each series, of files, directories and stdin, packed or not", async () => {
    const api = await play(() => ({ json: TAKEN }));
    mkdirSync(join(directory, "logs", "deeper.hlog"), { recursive: true });
    file("logs/a.hlog", log("meta/call", 2));
    file("logs/b.hlog.gz", gzipSync(log("google/x", 1)));
    file("logs/notes.txt", "not a log");
    const single = file("single", log("meta/call", 3));
    const args = ["import", join(directory, "logs"), single, "-"];
    const { exitCode, stdout, stderr } = await runCli(api, args, {
      ...at,
      stdin: log("reddit", 1),
    });
    expect([exitCode, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("7 rows: 5 days of 3 series, 2026-11-01 to 2026-11-03");
    expect(stderr).toContain("5 days imported, 5 timings; 2 rows were there twice");
    const sent = importsOf(api).map(({ query }) =>
      ["day", "target", "operation", "unit", "piece"].map((name) => query.get(name)).join(" "),
    );
    expect(sent.toSorted(compareText)).toEqual([
      "2026-11-01 google x us 0",
      "2026-11-01 meta call us 0",
      "2026-11-01 reddit call us 0",
      "2026-11-02 meta call us 0",
      "2026-11-03 meta call us 0",
    ]);
    const runs = new Set(importsOf(api).map(({ query }) => query.get("run")));
    const ids = new Set(importsOf(api).map(({ query }) => query.get("import")));
    expect([runs.size, ids.size]).toEqual([1, 5]);
    expect(importsOf(api).every(({ headers }) => headers["content-encoding"] === "gzip")).toBe(
      true,
    );
  });

  it("names a day by its content, or as it is told", async () => {
    const api = await play(() => ({ json: TAKEN }));
    const path = file("a.hlog", log("meta/call", 1));
    const reordered = file(
      "b.hlog",
      `${log("meta/call", 1).split("\n").toReversed().join("\n")}\n`,
    );
    for (const args of [[path], [reordered], [path, "--id", "nightly", "--merge"]]) {
      expect((await runCli(api, ["import", ...args], at)).exitCode).toBe(0);
    }
    const [first, second, third] = importsOf(api).map(({ query }) => query);
    expect(first?.get("import")).toMatch(/^[0-9a-f]{32}$/);
    expect(second?.get("import")).toBe(first?.get("import"));
    expect([third?.get("import"), third?.get("merge")]).toEqual(["nightly", "1"]);
  });

  it("says how much was there already, and as JSON if asked", async () => {
    let calls = 0;
    const api = await play(() => {
      calls += 1;
      return { json: { ...TAKEN, duplicate: calls < 3, replaced: calls === 3 } };
    });
    const path = file("a.hlog", log("meta/call", 4));
    const { exitCode, stdout } = await runCli(api, ["import", path, "--json"], at);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      rows: 4,
      filtered: 0,
      tooNew: 0,
      badLines: 0,
      bad: [],
      series: 1,
      days: 4,
      from: "2026-11-01",
      to: "2026-11-04",
      dryRun: false,
      imported: 2,
      replaced: 1,
      already: 2,
      untaken: 0,
      timings: 2,
      duplicates: 0,
      coarse: 0,
      refused: [],
    });
  });

  it("goes on after a day that is refused, names lines by file, and exits with 65", async () => {
    const api = await play(({ query }) => {
      if (query.get("day") === "2026-11-01") {
        return { status: 409, json: { status: 409, detail: "There are 5 timings." } };
      }
      if (query.get("day") === "2026-11-02") {
        const errors = [{ pointer: "/lines/3", reason: "its histogram cannot be read" }];
        return { status: 422, json: { status: 422, detail: "1 lines are not good.", errors } };
      }
      return { json: TAKEN };
    });
    const path = file("a.hlog", log("meta/call", 3));
    const { exitCode, stderr } = await runCli(api, ["import", path], at);
    expect(exitCode).toBe(65);
    expect(stderr).toContain("meta/call on 2026-11-01 was not taken: There are 5 timings.");
    // The second row: behind three lines of header.
    expect(stderr).toContain(`${path}:5: its histogram cannot be read`);
    expect(stderr).toContain("1 days imported, 1 timings; 2 were not taken");
  });

  it("tries again what may be over in a moment, and says how to go on if it is not", async () => {
    let calls = 0;
    const api = await play(() => {
      calls += 1;
      if (calls === 1) {
        return { status: 429, headers: { "retry-after": "1" }, json: { detail: "Slowly." } };
      }
      if (calls < 4) return { json: TAKEN };
      return { status: 503, headers: { "retry-after": "60" }, json: { detail: "Down." } };
    });
    const path = file("a.hlog", log("meta/call", 8));
    const { exitCode, stderr } = await runCli(api, ["import", path], at);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("answered 429: Slowly.; trying again in");
    expect(stderr).toContain("answered 503: Down.");
    expect(stderr).toMatch(/[23] of 8 days are done. The same command goes on from there/);
  });

  it("sends nothing of logs with lines that cannot be read, unless these are left out", async () => {
    const api = await play(() => ({ json: TAKEN }));
    const path = file("a.hlog", `${log("meta/call", 1)}garbage\n`);
    const refused = await runCli(api, ["import", path], at);
    expect(refused.exitCode).toBe(65);
    expect(refused.stderr).toContain(`${path}:5: not [Tag=`);
    expect(refused.stderr).toContain("nothing was sent");
    expect(importsOf(api)).toEqual([]);
    const skipped = await runCli(api, ["import", path, "--skip-bad"], at);
    expect(skipped.exitCode).toBe(65);
    expect(skipped.stderr).toContain("1 lines cannot be read and were left out");
    expect(importsOf(api)).toHaveLength(1);
  });

  it("leaves out what has not ended long ago, and what is not asked for", async () => {
    const api = await play(() => ({ json: TAKEN }));
    const minutes = [11, 10, 1].map((ago) => (NOW - ago * 60_000) / 1_000);
    const rows = minutes.map((start) => `Tag=meta/call,${start}.000,60.000,1.000,HIST\n`);
    const path = file("a.hlog", rows.join("") + log("google/x", 2));
    const { exitCode, stderr } = await runCli(api, ["import", path, "--target", "meta"], {
      nowMs: () => NOW + 30_000,
    });
    expect(exitCode).toBe(0);
    expect(stderr).toContain("1 rows: 1 days of 1 series");
    expect(stderr).toContain("2 rows were left out");
    expect(importsOf(api)).toHaveLength(1);
  });

  it("asks nobody with --dry-run", async () => {
    const api = await play(() => ({ json: TAKEN }));
    const args = ["import", file("a.hlog", log("meta/call", 5)), "--dry-run"];
    const { exitCode, stderr } = await runCli(api, args, at);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("5 rows: 5 days of 1 series");
    expect(stderr).toContain("nothing was sent");
    expect(api.received).toEqual([]);
  });

  it("looks at the token before it reads anything", async () => {
    server = await ApiServer.start(() => ({ json: { tenant: "default", scopes: ["read"] } }));
    const { exitCode, stderr } = await runCli(server, ["import", join(directory, "none")], at);
    expect(exitCode).toBe(77);
    expect(stderr).toContain("needs admin");
  });

  it.each<[string, () => string[], number, string]>([
    ["a file that is not there", () => ["none.hlog"], 65, "none.hlog cannot be read: ENOENT"],
    ["a directory without logs", () => [directory], 65, "has no files called *.hlog"],
    ["stdin twice", () => ["-", "-"], 64, "stdin can be read once"],
    [
      "a file that was cut off",
      () => [file("a.gz", gzipSync(log("meta/call", 50)).subarray(0, -9))],
      65,
      "a.gz cannot be read: unexpected end of file",
    ],
    ["no file", () => [], 64, "missing required argument"],
    ["another unit", () => ["x", "--unit", "s"], 64, "ns, us, ms"],
    ["a tag that is none", () => ["x", "--as", "A B"], 64, "TARGET/OPERATION/OUTCOME"],
  ])("refuses %s", async (_, args, code, what) => {
    const api = await play(() => ({ json: TAKEN }));
    const { exitCode, stderr } = await runCli(api, ["import", ...args()], at);
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining(what)]);
    expect(importsOf(api)).toEqual([]);
  });
});
