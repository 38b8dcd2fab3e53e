import { afterEach, describe, expect, it } from "vitest";
import { loadExitCode, type LoadSummary } from "../../../../src/cli/load/load-summary.ts";
import { run } from "../../../../src/cli/run.ts";
import { type Answer, ApiServer, type Received } from "../support/api-server.ts";
import { FakeIntake, type IntakeFate } from "../support/fake-intake.ts";
import { fakeIo } from "../support/fake-io.ts";
import { runCli } from "../support/run-cli.ts";

let server: ApiServer | undefined;
afterEach(() => server?.close());

interface Play {
  /** What becomes of the nth request. Default: it is answered. */
  readonly fate?: (request: number) => IntakeFate;
  /** What the books have of what was counted. Default: all. */
  readonly merged?: (counted: number) => number;
  /** Replaces an answer. */
  readonly instead?: (request: number, received: Received) => Answer | undefined;
  readonly canRead?: boolean;
}

async function play({ fate, merged = (counted) => counted, instead, canRead = true }: Play = {}) {
  const intake = new FakeIntake();
  let requests = 0;
  server = await ApiServer.start((received, response) => {
    if (received.path === "/v1/totals") {
      if (!canRead) return { status: 403, json: { detail: "Needs read." } };
      const count = intake.counted.length;
      return { json: { points: [{ count: 1_000 }, { count: merged(count) }] } };
    }
    requests += 1;
    const answer = instead?.(requests, received) ?? intake.post(received, fate?.(requests));
    if (answer === undefined) response.destroy();
    return answer;
  });
  return { api: server, intake };
}

const QUICK = ["load", "--rate", "1000", "--duration", "100ms", "--seed", "7", "--json"];

async function summaryOf(api: ApiServer, args: readonly string[] = QUICK) {
  const { exitCode, stdout } = await runCli(api, args);
  return { exitCode, summary: JSON.parse(stdout) as LoadSummary };
}

describe("load", () => {
  it("sends what it says, and finds it in the books", async () => {
    const { api, intake } = await play();
    const { exitCode, summary } = await summaryOf(api);
    expect(exitCode).toBe(0);
    expect(summary.sent + summary.givenUp).toBe(100);
    expect(summary).toMatchObject({
      accepted: intake.counted.length,
      duplicates: 0,
      rejected: {},
      failed: 0,
      faults: {},
      seed: 7,
      notDue: 0,
      ledger: { kind: "complete" },
    });
    expect(summary.latency.p50Ms).toBeGreaterThan(0);
    for (const timing of intake.counted) {
      expect(timing).toMatchObject({ target: "load-test", operation: "call" });
    }
  });

  it("tells what is missing though others send, and says what it cannot tell", async () => {
    const { api } = await play({ merged: (counted) => counted + 7 });
    const { exitCode, summary } = await summaryOf(api, [...QUICK, "--targets", "mine,yours"]);
    // The first look found 7 more already: nothing was added by others since.
    expect([exitCode, summary.ledger]).toEqual([0, { kind: "complete" }]);
    const asked = api.received.filter(({ path }) => path === "/v1/totals");
    expect(new Set(asked.map(({ query }) => query.get("targets")))).toEqual(
      new Set(["mine,yours"]),
    );
    for (const { query } of asked) {
      expect(Number(query.get("from"))).toBeLessThan(Date.now() - 43_200_000);
      expect(Number(query.get("to"))).toBeGreaterThan(Date.now() + 43_200_000);
    }
    await api.close();
    const noisy = await play({ merged: (counted) => (counted === 0 ? 0 : counted + 7) });
    const unclear = await summaryOf(noisy.api);
    expect(unclear.summary.ledger).toEqual({ kind: "unclear", others: 7 });
  });

  it("counts nothing twice though answers are lost, with a reporter for each lane", async () => {
    const { api, intake } = await play({
      fate: (request) =>
        request % 4 === 2 ? "answer-lost" : request % 7 === 3 ? "busy" : "answered",
    });
    // More requests than can be answered before the next is due.
    const many = [...QUICK, "--rate", "10000", "--duration", "50ms", "--batch", "5"];
    const { exitCode, summary } = await summaryOf(api, many);
    expect(exitCode).toBe(0);
    expect(summary.retries).toBeGreaterThan(0);
    expect(summary.duplicates).toBeGreaterThan(0);
    expect(summary.accepted + summary.duplicates).toBe(intake.counted.length);
    expect(summary).toMatchObject({ failed: 0, faults: {} });
    const sequences = new Map<string, number>();
    for (const { body, path } of api.received) {
      if (path !== "/v1/timings") continue;
      const { reporter, sequence } = JSON.parse(body) as { reporter: string; sequence: number };
      const before = sequences.get(reporter) ?? 0;
      // One after another: a new number only after the one before was acknowledged.
      expect([before, before + 1]).toContain(sequence);
      sequences.set(reporter, sequence);
    }
    expect(sequences.size).toBeGreaterThan(1);
  });

  it("exits with 2 if something was acknowledged wrongly", async () => {
    const wrong = { accepted: 9, duplicate: false, rejected: [] };
    const { api } = await play({
      instead: (request) => (request === 2 ? { json: wrong } : undefined),
      canRead: false,
    });
    const { exitCode, summary } = await summaryOf(api, [...QUICK, "--batch", "10"]);
    expect(exitCode).toBe(2);
    expect(summary.faults).toEqual({ "9 timings are accounted for of 10": 1 });
  });

  it("takes it as it is if the token may not read the books", async () => {
    const { api } = await play({ canRead: false });
    const { exitCode, stdout } = await runCli(api, QUICK.slice(0, -1));
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/ledger +not compared: the token may not read \/v1\/totals/);
  });

  it("says so and stops if the token may not send", async () => {
    const { api } = await play({
      instead: () => ({ status: 403, json: { detail: "Needs ingest." } }),
    });
    // However late the first answer comes, there is more to send.
    const { exitCode, stdout, stderr } = await runCli(api, [...QUICK, "--duration", "10m"]);
    expect(exitCode).toBe(77);
    expect(stderr).toContain("Needs ingest.");
    const { sent, failed, notDue } = JSON.parse(stdout) as LoadSummary;
    expect(failed).toBe(sent);
    expect(notDue).toBeGreaterThan(0);
  });

  it("ends with its summary on Ctrl-C", async () => {
    const fake = fakeIo();
    const { api, intake } = await play({
      instead: (request) => {
        if (request === 5) fake.stop(130);
        return undefined;
      },
    });
    const args = ["--url", api.url, "load", "--rate", "50", "--duration", "10m", "--json"];
    expect(await run(args, fake.io)).toBe(130);
    const summary = JSON.parse(fake.stdout()) as LoadSummary;
    expect(summary.accepted).toBe(intake.counted.length);
    expect(summary.sent + summary.givenUp + summary.notDue).toBe(30_000);
    expect(summary.ledger).toEqual({ kind: "unchecked", why: "it was stopped" });
  });

  it("ends with an empty one if it is stopped before it began", async () => {
    const { api, intake } = await play();
    const fake = fakeIo();
    fake.stop(143);
    expect(await run(["--url", api.url, "load", "--json"], fake.io)).toBe(143);
    expect(JSON.parse(fake.stdout())).toMatchObject({ sent: 0, notDue: 3_000 });
    expect(intake.counted).toEqual([]);
  });

  it("draws a bar on a terminal, on stderr, and takes it away again", async () => {
    const { api } = await play();
    const terminal = { columns: 120, rows: 30 };
    const { stdout, stderr } = await runCli(api, QUICK, { terminal });
    expect(stderr).toContain("load [");
    expect(stderr).toContain("\u001b[?25h");
    expect(stdout.trim()).toMatch(/^\{.*\}$/);
  });

  it.each([
    [["--rate", "20001"], "0.1 to 20000"],
    [["--rate", "0"], "0.1 to 20000"],
    [["--duration", "61m"], "--duration may be 60 min"],
    [["--rate", "20000", "--duration", "1h"], "may be 5,000,000"],
    [["--batch", "1001"], "1 to 1000"],
    [["--concurrency", "65"], "1 to 64"],
    [["--error-rate", "1.1"], "0 to 1"],
    [["--targets", "meta,,x"], "must be names"],
  ])("refuses %j", async (args, what) => {
    const { api } = await play();
    const { exitCode, stderr } = await runCli(api, ["load", ...args]);
    expect(exitCode).toBe(64);
    expect(stderr).toContain(what);
    expect(api.received).toEqual([]);
  });
});

describe("what load ends with", () => {
  const latency = { p50Ms: 1, p95Ms: 1, p99Ms: 1, maxMs: 1 };
  const summary: LoadSummary = {
    requests: 1,
    sent: 10,
    accepted: 10,
    duplicates: 0,
    rejected: {},
    failed: 0,
    retries: 0,
    failures: {},
    faults: {},
    seed: 1,
    elapsedMs: 1,
    askedPerSecond: 1,
    achievedPerSecond: 1,
    late: 0,
    givenUp: 0,
    notDue: 0,
    latency,
    latencySinceDue: latency,
    ledger: { kind: "complete" },
  };

  it.each<[string, Partial<LoadSummary>, number]>([
    ["all is well", {}, 0],
    ["only a repeat found it counted", { accepted: 0, duplicates: 10 }, 0],
    ["the books lack some", { ledger: { kind: "short", missing: 1 } }, 2],
    ["an answer was wrong", { faults: { wrong: 1 } }, 2],
    ["nothing was acknowledged", { accepted: 0, failed: 10 }, 3],
    ["nothing was sent in time", { accepted: 0, sent: 0, givenUp: 10 }, 3],
    ["all was refused", { accepted: 0, rejected: { too_many_targets: 10 } }, 65],
  ])("if %s", (_, change, exitCode) => {
    expect(loadExitCode({ ...summary, ...change })).toBe(exitCode);
  });
});
