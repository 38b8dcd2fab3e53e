import { afterEach, expect, it } from "vitest";
import { type Answering, ApiServer } from "../support/api-server.ts";
import { limitBody } from "../support/live-body.ts";
import { runCli } from "../support/run-cli.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const META = limitBody("meta", { refillPerMinute: 1.666, granted: 12_345 });
const CLOSED = {
  ...META,
  target: "google",
  blockedUntil: NOW + 30_000,
  blockedReason: "429 \u001b[31mred",
};

let server: ApiServer | undefined;
afterEach(() => server?.close());

async function play(answering: Answering): Promise<ApiServer> {
  server = await ApiServer.start(answering);
  return server;
}

it("shows every bucket, and why one is closed, without what would colour the terminal", async () => {
  const api = await play(() => ({ json: { limits: [CLOSED, META], missing: [] } }));
  const { exitCode, stdout } = await runCli(api, ["limits"], { nowMs: () => NOW });
  expect(exitCode).toBe(0);
  expect(stdout.split("\n").map((line) => line.replaceAll(/ +/g, " "))).toEqual([
    "TARGET CAPACITY PER MIN AVAILABLE LEASED WAITING GRANTED DENIED SET BY STATE",
    "google 200 1.666 ###....... 50 7 0 12,345 3 config " +
      "closed until 2026-11-21T12:00:30Z (30 s): 429 \\x1b[31mred",
    "meta 200 1.666 ###....... 50 7 0 12,345 3 config open",
    "",
  ]);
});

it("takes a terminal that says it has no columns for one that does not say", async () => {
  const api = await play(() => ({ json: { limits: [META], missing: [] } }));
  const { stdout } = await runCli(api, ["limits"], { terminal: { columns: 0, rows: 0 } });
  expect(stdout).toContain("12,345");
});

it("tells whether a bucket is closed by the server's clock", async () => {
  const headers = { date: new Date(NOW).toUTCString() };
  const api = await play(() => ({ headers, json: { limits: [CLOSED], missing: [] } }));
  const ahead = await runCli(api, ["limits", "list"], { nowMs: () => NOW + 7_200_000 });
  expect(ahead.stdout).toContain("closed until 2026-11-21T12:00:30Z");
  expect(ahead.stderr).toContain("the clock of this machine is 2 h ahead of the server's");
  const exact = await runCli(api, ["limits"], { nowMs: () => NOW + 900 });
  expect(exact.stderr).toBe("");
});

it("draws blocks on a terminal that has them", async () => {
  const api = await play(() => ({ json: META }));
  const terminal = { columns: 160, rows: 40 };
  const env = { LANG: "en_US.UTF-8", NO_COLOR: "1" };
  expect((await runCli(api, ["limits", "get", "meta"], { terminal, env })).stdout).toContain(
    "███░░░░░░░ 50",
  );
  const ascii = await runCli(api, ["limits", "meta"], { terminal, env: { LANG: "C" } });
  expect(ascii.stdout).toContain("###....... 50");
  expect(api.asked).toEqual(["GET /v1/limits/meta", "GET /v1/limits/meta"]);
});

it("prints the answer itself as JSON", async () => {
  const body = { limits: [META], missing: [] };
  const api = await play(() => ({ json: body }));
  expect(JSON.parse((await runCli(api, ["limits", "--json"])).stdout)).toEqual(body);
});

it("says of whom nothing is known, and ends as unreachable if that is everybody", async () => {
  const api = await play(() => ({ json: { limits: [], missing: ["meta", "google"] } }));
  const { exitCode, stderr } = await runCli(api, ["limits"]);
  expect(exitCode).toBe(3);
  expect(stderr).toContain("no answer about meta, google");
});

it("says how to set a limit if there is none", async () => {
  const api = await play(() => ({ json: { limits: [], missing: [] } }));
  const { exitCode, stdout } = await runCli(api, ["limits"]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("tachograph limits set TARGET --capacity 200 --refill 10");
});

it("sets a limit where there was none, and shows before and after", async () => {
  const api = await play(({ method }) =>
    method === "GET"
      ? { status: 404, json: { detail: "meta has no limit." } }
      : { json: { ...META, isOverridden: true } },
  );
  const args = ["limits", "set", "meta", "--capacity", "200", "--refill", "1.666"];
  const { exitCode, stdout } = await runCli(api, args);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^meta\n.*CAPACITY.*\nbefore +no limit\nafter +200 .*override/);
  expect(JSON.parse(api.received[1]?.body ?? "")).toEqual({
    capacity: 200,
    refillPerMinute: 1.666,
  });
  expect(api.received[1]).toMatchObject({ method: "PUT", path: "/v1/limits/meta" });
});

it("unsets one after which there is none", async () => {
  const api = await play(({ method }) => (method === "GET" ? { json: META } : { status: 204 }));
  const { exitCode, stdout } = await runCli(api, ["limits", "unset", "meta", "--json"]);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ target: "meta", before: META, after: null });
  expect(api.asked).toEqual(["GET /v1/limits/meta", "DELETE /v1/limits/meta"]);
});

it("opens a closed bucket", async () => {
  const api = await play(({ method }) => ({ json: method === "GET" ? CLOSED : META }));
  const { stdout } = await runCli(api, ["limits", "open", "google"], { nowMs: () => NOW });
  expect(stdout).toMatch(/before .*closed until[^]*after .*open\n/);
  expect(api.asked[1]).toBe("DELETE /v1/limits/google/feedback");
});

it("fails as a whole if the change is refused", async () => {
  const api = await play(({ method }) =>
    method === "GET" ? { json: META } : { status: 403, json: { detail: "Needs admin." } },
  );
  const { exitCode, stdout, stderr } = await runCli(api, ["limits", "unset", "meta"]);
  expect([exitCode, stdout]).toEqual([77, ""]);
  expect(stderr).toContain("Needs admin.");
});

it.each([
  [["limits", "set", "meta", "--capacity", "1.5", "--refill", "1"], "--capacity"],
  [["limits", "set", "meta", "--capacity", "1", "--refill", "0.0001"], "--refill"],
  [["limits", "set", "meta", "--capacity", "1"], "--refill"],
  [["limits", "set", "META", "--capacity", "1", "--refill", "1"], "must be a name"],
  [["limits", "get", "../rules"], "must be a name"],
])("asks nothing for the wrong command line %j", async (args, what) => {
  const api = await play(() => ({ json: {} }));
  const { exitCode, stderr } = await runCli(api, args);
  expect(exitCode).toBe(64);
  expect(stderr).toContain(what);
  expect(api.received).toEqual([]);
});
