import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { run } from "../../../../src/cli/run.ts";
import { sendLines } from "../../../../src/cli/send/send-lines.ts";
import { type Answering, ApiServer } from "../support/api-server.ts";
import { FakeIntake, type IntakeFate } from "../support/fake-intake.ts";
import { fakeIo } from "../support/fake-io.ts";
import { runCli } from "../support/run-cli.ts";

let server: ApiServer | undefined;
afterEach(() => server?.close());

async function play(answering: Answering): Promise<ApiServer> {
  server = await ApiServer.start(answering);
  return server;
}

/** A Tachograph that treats the first requests as said, and answers the others. */
async function playIntake(...fates: IntakeFate[]) {
  const intake = new FakeIntake();
  const api = await play((request, response) => {
    const answer = intake.post(request, fates.shift());
    if (answer === undefined) response.destroy();
    return answer;
  });
  return { api, intake };
}

interface Report {
  readonly reporter: string;
  readonly sequence: number;
  readonly timings: readonly Readonly<Record<string, unknown>>[];
}

function reports(api: ApiServer): Report[] {
  return api.received.map(({ body }) => JSON.parse(body) as Report);
}

/** A command of this Node that needs no shell. */
function node(script: string): string[] {
  return ["--", process.execPath, "-e", script];
}

describe("send --duration-ms", () => {
  it("sends one timing, as it is said", async () => {
    const { api } = await playIntake();
    const args = ["send", "meta", "--duration-ms", "183.25", "--operation", "events"];
    const more = ["--outcome", "timeout", "--at", "2026-11-21T12:00Z", "--json"];
    const { exitCode, stdout } = await runCli(api, [...args, ...more]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ accepted: 1, duplicate: false, rejected: [] });
    const at = Date.UTC(2026, 10, 21, 12);
    const timing = { target: "meta", operation: "events", durationMs: 183.25, outcome: "timeout" };
    expect(reports(api)).toMatchObject([{ sequence: 1, timings: [{ ...timing, at }] }]);
    expect(api.received[0]?.headers.authorization).toBe("Bearer t-1");
  });

  it("leaves the time to Tachograph, and is silent if all is well", async () => {
    const { api } = await playIntake();
    const result = await runCli(api, ["send", "meta", "--duration-ms", "0"]);
    expect(result).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    const timing = { target: "meta", operation: "call", durationMs: 0, outcome: "ok" };
    expect(reports(api)[0]?.timings).toEqual([timing]);
  });

  it("is counted once, however often it has to be sent", async () => {
    const { api, intake } = await playIntake("answer-lost", "busy");
    expect((await runCli(api, ["send", "meta", "--duration-ms", "1"])).exitCode).toBe(0);
    expect(intake.counted).toHaveLength(1);
    const [first, ...others] = reports(api);
    expect(others).toEqual([first, first]);
  });

  it("says why it was refused, and what to do", async () => {
    const rejected = [{ index: 0, reason: "too_old" }];
    const api = await play(() => ({
      status: 422,
      json: { accepted: 0, duplicate: false, rejected },
    }));
    const { exitCode, stderr } = await runCli(api, ["send", "meta", "--duration-ms", "1"]);
    expect(exitCode).toBe(65);
    expect(stderr).toContain("refused: too_old");
    expect(stderr).toContain("5 minutes ago at most");
  });
});

describe("send -- COMMAND", () => {
  it.each([
    ["process.exit(0)", 0, "ok"],
    ["process.exit(7)", 7, "error"],
    ["process.kill(process.pid, 'SIGKILL')", 137, "timeout"],
  ])("exits as %s does", async (script, exitCode, outcome) => {
    const { api } = await playIntake();
    const result = await runCli(api, ["send", "job", "--operation", "nightly", ...node(script)]);
    expect(result).toEqual({ exitCode, stdout: "", stderr: "" });
    const [timing] = reports(api)[0]?.timings ?? [];
    expect(timing).toMatchObject({ target: "job", operation: "nightly", outcome });
    expect(timing?.["durationMs"]).toBeGreaterThan(0);
  });

  it.each([{ TACHOGRAPH_TOKEN: "a b" }, { TACHOGRAPH_URL: "ftp://x" }])(
    "runs it though %j cannot be used, and says that it is not reported",
    async (env) => {
      const { api } = await playIntake();
      const result = await runCli(api, ["send", "job", ...node("process.exit(4)")], { env });
      expect(result).toMatchObject({ exitCode: 4, stdout: "" });
      expect(result.stderr).toContain("the command's timing was not acknowledged: TACHOGRAPH_");
      const missing = await runCli(api, ["send", "job", "--", "no-such-command-here"], { env });
      expect(missing.exitCode).toBe(127);
      expect(api.received).toEqual([]);
    },
  );

  it("measures it from its start to its end", async () => {
    const { api } = await playIntake();
    await runCli(api, ["send", "job", ...node("setTimeout(() => {}, 100)")]);
    expect(reports(api)[0]?.timings[0]?.["durationMs"]).toBeGreaterThanOrEqual(100);
  });

  it("exits with its exit code though the report is refused, and says so", async () => {
    const api = await play(() => ({ status: 403, json: { detail: "Needs ingest." } }));
    const result = await runCli(api, ["send", "job", ...node("process.exit(3)")]);
    expect(result).toMatchObject({ exitCode: 3, stdout: "" });
    expect(result.stderr).toContain("the command's timing was not acknowledged");
    expect(result.stderr).toContain("Needs ingest.");
  });

  it("passes on what ends it, and still reports", async () => {
    const { api } = await playIntake();
    const directory = mkdtempSync(join(tmpdir(), "tachograph-test-"));
    const ready = join(directory, "ready");
    const script =
      "process.on('SIGTERM', () => process.exit(9)); setTimeout(() => {}, 30000);" +
      `require('node:fs').writeFileSync(${JSON.stringify(ready)}, '')`;
    const ending = (async () => {
      while (!existsSync(ready)) await sleep(5);
      process.emit("SIGTERM", "SIGTERM");
    })();
    const ignore = (): void => undefined;
    // Nobody else may take the signal for the end of the tests.
    process.on("SIGTERM", ignore);
    try {
      expect((await runCli(api, ["send", "job", ...node(script)])).exitCode).toBe(9);
    } finally {
      process.off("SIGTERM", ignore);
      await ending;
      rmSync(directory, { recursive: true });
    }
    expect(reports(api)).toHaveLength(1);
  });

  it("reports nothing of what could not be run", async () => {
    const { api } = await playIntake();
    const missing = await runCli(api, ["send", "job", "--", "no-such-command-here", "--json"]);
    expect(missing.exitCode).toBe(127);
    expect(missing.stderr).toContain("no-such-command-here cannot be run");
    expect((await runCli(api, ["send", "job", "--", "/"])).exitCode).toBe(126);
    expect(api.received).toEqual([]);
  });
});

describe("send --stdin", () => {
  const line = (i: number): string => JSON.stringify({ target: "meta", durationMs: i });

  it("sends every line once, in order, in requests of a thousand at most", async () => {
    const { api, intake } = await playIntake("answered", "answer-lost", "busy");
    const stdin = Array.from({ length: 2_500 }, (_, i) => `${line(i)}\n`).join("");
    const { exitCode, stdout } = await runCli(api, ["send", "--stdin", "--json"], { stdin });
    expect(exitCode).toBe(0);
    expect(intake.counted.map(({ durationMs }) => durationMs)).toEqual(
      Array.from({ length: 2_500 }, (_, i) => i),
    );
    expect(JSON.parse(stdout)).toEqual({
      sent: 2_500,
      accepted: 1_500,
      duplicates: 1_000,
      rejected: {},
      rejectedLines: [],
    });
    const sent = reports(api);
    expect(sent.map(({ sequence }) => sequence)).toEqual([1, 2, 2, 2, 3]);
    expect(new Set(sent.map(({ reporter }) => reporter)).size).toBe(1);
    expect(Math.max(...sent.map(({ timings }) => timings.length))).toBe(1_000);
  });

  it("names the lines that were not counted, and why", async () => {
    const { api, intake } = await playIntake();
    const stdin = `${line(1)}\nnope\n\n{"durationMs":-1}\n${line(2)}`;
    const { exitCode, stderr } = await runCli(api, ["send", "google", "--stdin"], { stdin });
    expect(exitCode).toBe(65);
    expect(stderr).toContain("line 2: not_json\n");
    expect(stderr).toContain("line 4: bad_duration\n");
    expect(stderr).toContain("2 timings counted; 2 not: 1 not_json, 1 bad_duration");
    expect(intake.counted).toHaveLength(2);
    expect(reports(api)[0]?.timings[1]).toEqual({ target: "google", durationMs: -1 });
  });

  it("names a hundred of them, and counts the rest", async () => {
    const { api } = await playIntake();
    const result = await runCli(api, ["send", "--stdin"], { stdin: "nope\n".repeat(300) });
    expect(result.stderr.match(/^line \d+: not_json$/gm)).toHaveLength(100);
    expect(result.stderr).toContain("300 not: 300 not_json");
    expect(api.received).toEqual([]);
  });

  describe("in made-up time", () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    });
    afterEach(() => void vi.useRealTimers());

    /** Sends what is written to the one, and counts the timings of each request in the other. */
    function following() {
      const stdin = new PassThrough();
      const batches: number[] = [];
      const { signal } = new AbortController();
      const send = async (batch: readonly unknown[]): Promise<void> => {
        batches.push(batch.length);
      };
      const onRefused = (at: number, reason: string): never => expect.fail(`${at}: ${reason}`);
      const running = sendLines(stdin, undefined, { send, onRefused, signal });
      return { stdin, batches, running };
    }

    it("does not keep what comes slowly", async () => {
      const { stdin, batches, running } = following();
      stdin.write(`${line(1)}\n${line(2).slice(0, 5)}`);
      await vi.advanceTimersByTimeAsync(999);
      expect(batches).toEqual([]);
      await vi.advanceTimersByTimeAsync(2);
      expect(batches).toEqual([1]);
      stdin.end(line(2).slice(5));
      await running;
      expect(batches).toEqual([1, 1]);
    });

    it("sends what trickles in before there is an end or a pause", async () => {
      const { stdin, batches, running } = following();
      for (let i = 0; i < 12; i++) {
        stdin.write(`${line(i)}\n`);
        await vi.advanceTimersByTimeAsync(250);
      }
      // A timing waits for a second, whatever comes meanwhile.
      expect(batches.length).toBeGreaterThanOrEqual(2);
      expect(Math.max(...batches)).toBeLessThanOrEqual(5);
      stdin.end();
      await running;
      expect(batches.reduce((sum, size) => sum + size)).toBe(12);
    });
  });

  it("takes no notice of what some programs begin a file with", async () => {
    const { api } = await playIntake();
    const { exitCode } = await runCli(api, ["send", "--stdin"], { stdin: `\uFEFF${line(1)}\n` });
    expect([exitCode, reports(api)[0]?.timings]).toEqual([0, [JSON.parse(line(1))]]);
  });

  it("says which lines were under way on Ctrl-C", async () => {
    const fake = fakeIo();
    const api = await play(() => {
      fake.stop(130);
      return undefined;
    });
    fake.press(`${line(1)}\n${line(2)}\n`);
    fake.endInput();
    expect(await run(["--url", api.url, "send", "--stdin"], fake.io)).toBe(130);
    expect(fake.stderr()).toContain("lines 1 to 2 were under way: they may be counted, or not");
  });

  it("ends on Ctrl-C while it waits for more", async () => {
    const { api } = await playIntake();
    const fake = fakeIo();
    const running = run(["--url", api.url, "send", "--stdin"], fake.io);
    setTimeout(() => fake.stop(130), 50);
    expect(await running).toBe(130);
    expect(fake.stderr()).toContain("0 timings counted");
  });

  it("says from which line on nothing was counted", async () => {
    const intake = new FakeIntake();
    const api = await play((request) =>
      intake.counted.length === 0
        ? intake.post(request)
        : { status: 401, json: { detail: "This token has expired." } },
    );
    const stdin = Array.from({ length: 1_500 }, (_, i) => `${line(i)}\n`).join("");
    const { exitCode, stderr } = await runCli(api, ["send", "--stdin"], { stdin });
    expect(exitCode).toBe(77);
    expect(stderr).toContain("1,000 timings counted");
    expect(stderr).toContain("lines 1001 to 1500 were not acknowledged");
    expect(stderr).toContain("This token has expired.");
  });
});

it.each([
  [["send", "meta"]],
  [["send", "meta", "--duration-ms", "5", "--", "true"]],
  [["send", "meta", "--duration-ms", "600001"]],
  [["send", "meta", "--duration-ms", "-1"]],
  [["send", "meta", "--duration-ms", "1", "--outcome", "fine"]],
  [["send", "meta", "--outcome", "ok", "--", "true"]],
  [["send", "--stdin", "--at", "now"]],
  [["send", "--duration-ms", "5"]],
  [["send", "Meta", "--duration-ms", "5"]],
])("sends nothing for the wrong command line %j", async (args) => {
  const { api } = await playIntake();
  const { exitCode, stderr } = await runCli(api, args, { stdin: "" });
  expect(exitCode).toBe(64);
  expect(stderr).not.toBe("");
  expect(api.received).toEqual([]);
});
