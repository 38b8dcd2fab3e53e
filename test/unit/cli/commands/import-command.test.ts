import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MERGE_ADVICE } from "../../../../src/api/merge-advice.ts";
import { compareText } from "../../../../src/compare-text.ts";
import { EMPTY_AGGREGATE } from "../../../../src/histogram/aggregate.ts";
import { bucketCounts } from "../../../../src/histogram/bucket-counts.ts";
import { encodeHdrV2Base64 } from "../../../../src/histogram/hdr-v2.ts";
import { histogramLogHeader } from "../../../../src/histogram/histogram-log-writer.ts";
import { DAY_MS } from "../../../../src/merge/slot-time.ts";
import { largePayload, smallPayload } from "../../../support/hdr-payloads.ts";
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
    (_, day) =>
      `Tag=${tag},${(START + day * DAY_MS) / 1_000}.000,60.000,1.000,${smallPayload(day + 1)}\n`,
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
      tooOld: 0,
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
        return { status: 409, json: { status: 409, detail: `5 there. ${MERGE_ADVICE}` } };
      }
      if (query.get("day") === "2026-11-02") {
        const errors = [{ pointer: "/lines/3", reason: "its histogram cannot be read" }];
        return { status: 422, json: { status: 422, detail: "1 line is not good.", errors } };
      }
      return { json: TAKEN };
    });
    const path = file("a.hlog", log("meta/call", 3));
    const { exitCode, stderr } = await runCli(api, ["import", path], at);
    expect(exitCode).toBe(65);
    expect(stderr).toContain(
      "meta/call on 2026-11-01 was not taken: 5 there. If these are others, --merge",
    );
    expect(stderr).not.toContain("merge=1");
    // The second row: behind three lines of header.
    expect(stderr).toContain(`${path}:5: its histogram cannot be read`);
    expect(stderr).toContain("1 day imported, 1 timing; 2 days were not taken");
  });

  /** Two hours of minutes, of which one request has one. */
  const large = (more = ""): string => {
    const payload = largePayload();
    const rows = Array.from(
      { length: 120 },
      (_, row) => `Tag=meta/call,${START / 1_000 + row * 60}.000,60.000,1.000,${payload}\n`,
    );
    return histogramLogHeader(START) + rows.join("") + more;
  };

  it("looks at all of a day before it sends some of it", async () => {
    const api = await play(() => ({ json: TAKEN }));
    const { exitCode, stderr } = await runCli(api, ["import", file("a.hlog", large())], at);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("1 day imported")]);
    const sent = importsOf(api).map(({ query }) =>
      ["piece", "pieces", "check"].map((name) => query.get(name)),
    );
    expect(sent).toEqual([
      ["1", "2", "1"],
      ["0", "2", null],
      ["1", "2", null],
    ]);
  });

  it("sends nothing of a day of which a later piece is refused", async () => {
    const errors = [{ pointer: "/lines/4", reason: "its histogram cannot be read" }];
    const json = { status: 422, detail: "1 line is not good.", errors };
    const api = await play(({ query }) =>
      query.get("piece") === "1" ? { status: 422, json } : { json: TAKEN },
    );
    const path = file("a.hlog", large());
    const { exitCode, stderr } = await runCli(api, ["import", path], at);
    expect(exitCode).toBe(65);
    expect(stderr).toContain("meta/call on 2026-11-01 was not taken: 1 line is not good.");
    expect(stderr).toMatch(/a\.hlog:65: its histogram/);
    expect(importsOf(api)).toHaveLength(1);
  });

  it("says so if a day was taken in part after all", async () => {
    const json = { status: 409, detail: "There are 5 timings." };
    const api = await play(({ query }) =>
      query.get("piece") === "1" && !query.has("check")
        ? { status: 409, json }
        : { json: { ...TAKEN, coarse: 4 } },
    );
    const args = ["import", file("a.hlog", large()), "--json"];
    const { exitCode, stdout } = await runCli(api, args, at);
    expect(exitCode).toBe(65);
    expect(JSON.parse(stdout)).toMatchObject({
      imported: 0,
      untaken: 1,
      coarse: 0,
      refused: [
        {
          series: "meta/call",
          reason: expect.stringMatching(/^its first request is in history, .* 5 timings/),
        },
      ],
    });
  });

  it("does not send what would count twice in two pieces", async () => {
    const api = await play(() => ({ json: TAKEN }));
    const whole = `Tag=meta/call,${START / 1_000}.000,86400.000,1.000,`;
    const path = file("a.hlog", large(`${whole}${smallPayload(1)}\n`));
    const { exitCode, stderr } = await runCli(api, ["import", path], at);
    expect(exitCode).toBe(65);
    expect(stderr).toContain(
      "What begins at 2026-11-01T00:00:00.000Z is there as a whole of 86400 s and in shorter rows",
    );
    expect(importsOf(api)).toEqual([]);
    // A row without values is none.
    const empty = encodeHdrV2Base64(bucketCounts(EMPTY_AGGREGATE.counts));
    const other = file("b.hlog", large(`${whole}${empty}\n`));
    expect((await runCli(api, ["import", other], at)).exitCode).toBe(0);
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
    const damaged = `Tag=meta/call,${START / 1_000}.000,60.000,1.000,HISTF\n`;
    const path = file("a.hlog", `${log("meta/call", 1)}garbage\n${damaged}`);
    for (const more of [[], ["--dry-run"]]) {
      const refused = await runCli(api, ["import", path, ...more], at);
      expect(refused.exitCode).toBe(65);
      expect(refused.stderr).toContain(`${path}:5: not [Tag=`);
      expect(refused.stderr).toContain(`${path}:6: its histogram cannot be read`);
      expect(refused.stderr).toContain("2 lines cannot be read");
      expect(refused.stderr).toContain("nothing was sent");
    }
    expect(importsOf(api)).toEqual([]);
    const skipped = await runCli(api, ["import", path, "--skip-bad"], at);
    expect(skipped.exitCode).toBe(65);
    expect(skipped.stderr).toContain("2 lines cannot be read and were left out");
    expect(skipped.stderr).toContain("1 day imported, 1 timing\n");
    expect(importsOf(api)).toHaveLength(1);
  });

  it("leaves out what has not ended long ago, and what is not asked for", async () => {
    const api = await play(() => ({ json: TAKEN }));
    const minutes = [11, 10, 1].map((ago) => (NOW - ago * 60_000) / 1_000);
    const rows = minutes.map(
      (start) => `Tag=meta/call,${start}.000,60.000,1.000,${smallPayload(1)}\n`,
    );
    const path = file("a.hlog", rows.join("") + log("google/x", 2));
    const { exitCode, stderr } = await runCli(api, ["import", path, "--target", "meta"], {
      nowMs: () => NOW + 30_000,
    });
    expect(exitCode).toBe(0);
    expect(stderr).toContain("1 row: 1 day of 1 series");
    expect(stderr).toContain("2 rows were left out");
    expect(importsOf(api)).toHaveLength(1);
  });

  it("sends nothing with --dry-run, and needs neither a server nor a token for it", async () => {
    server = await ApiServer.start(() => ({ status: 401, json: { detail: "Who?" } }));
    const args = ["import", file("a.hlog", log("meta/call", 5)), "--dry-run"];
    const { exitCode, stderr } = await runCli(server, args, at);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("which days are too old for history is not known: ");
    expect(stderr).toContain("5 rows: 5 days of 1 series");
    expect(stderr).toContain("nothing was sent");
    expect(server.asked).toEqual(["GET /v1/whoami"]);
  });

  it("leaves out what is older than history is kept, and nothing is wrong then", async () => {
    // The third day is kept for another minute: not any more, perhaps, when its turn comes.
    const nowMs = START + 12 * DAY_MS - 60_000;
    const whoami = { tenant: "default", scopes: ["admin"], historyDays: 10 };
    server = await ApiServer.start(({ path }) => ({
      json: path === "/v1/whoami" ? whoami : TAKEN,
    }));
    const path = file("a.hlog", log("meta/call", 5));
    const told =
      "3 rows were left out: of 2026-11-01 to 2026-11-03, older than the 10 days that history is kept";
    for (const more of [["--dry-run"], []]) {
      const { exitCode, stderr } = await runCli(server, ["import", path, ...more], {
        nowMs: () => nowMs,
      });
      expect([exitCode, stderr]).toEqual([0, expect.stringContaining(told)]);
      expect(stderr).toContain("2 rows: 2 days of 1 series, 2026-11-04 to 2026-11-05");
    }
    const days = importsOf(server).map(({ query }) => query.get("day") ?? "");
    expect(days.toSorted(compareText)).toEqual(["2026-11-04", "2026-11-05"]);
    const { stdout } = await runCli(server, ["import", path, "--json", "--dry-run"], {
      nowMs: () => nowMs + 60 * DAY_MS,
    });
    expect(JSON.parse(stdout)).toMatchObject({
      rows: 0,
      tooOld: 5,
      tooOldDays: { from: "2026-11-01", to: "2026-11-05" },
    });
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
