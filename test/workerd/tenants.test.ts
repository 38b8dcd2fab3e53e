import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { ReportRequest, TachographBinding } from "../../src/wire/report.ts";
import { streamFilter } from "../../src/stream/stream-filter.ts";
import { columnsOf } from "../support/columns.ts";
import {
  type ApiLive,
  call,
  coordinatorOf,
  getJson,
  history,
  live,
  moveClock,
  stopClock,
  take,
} from "./api.ts";

beforeAll(() => {
  stopClock();
});
afterAll(() => vi.useRealTimers());

/** What the `*` series of a target shows over the last minute: how many timings, and the longest. */
function minuteOf(body: ApiLive, target = "meta") {
  const series = body.series.find((one) => one.target === target && one.operation === "*");
  const window = series?.windows["1m"];
  return { count: window?.count, maxMs: window?.maxMs };
}

async function liveBody(tenant: string): Promise<ApiLive> {
  return JSON.parse(await coordinatorOf(tenant).live(streamFilter({}))) as ApiLive;
}

function report(tracker: TachographBinding, sequence: number, durationsUs: readonly number[]) {
  const at = Date.now();
  const timings = durationsUs.map((durationUs) => ({
    operation: "events",
    at,
    durationUs,
    outcome: 0,
  }));
  const columns = columnsOf(timings, at);
  return tracker.report({
    reporter: "edge-1",
    reports: [{ target: "meta", sequence, columns, givenUp: 0 }],
  });
}

test("two tenants with the same names share nothing: by token", async () => {
  const at = Date.now();
  const numbered = { reporter: "edge-1", sequence: 1 };
  const slow = [{ target: "meta", operation: "events", durationMs: 500, at }];
  const quick = [1, 2, 3].map((durationMs) => ({ ...slow[0], target: "meta", durationMs, at }));
  await take("acme", quick, numbered);
  // The same reporter and sequence in another tenant is another report.
  expect(await take("globex", slow, numbered)).toMatchObject({ accepted: 1, duplicate: false });
  expect(await take("acme", quick, numbered)).toMatchObject({ accepted: 0, duplicate: true });

  const [acme, globex] = [await live("acme"), await live("globex")];
  expect(acme.tenant).toBe("acme");
  expect(globex.tenant).toBe("globex");
  expect(minuteOf(acme)).toEqual({ count: 3, maxMs: 3 });
  expect(minuteOf(globex)).toEqual({ count: 1, maxMs: 500 });
  expect(acme.ledger).toMatchObject({ accepted: 3, duplicates: 3 });
  expect(globex.ledger).toMatchObject({ accepted: 1, duplicates: 0 });
  expect(acme.epoch).not.toBe(globex.epoch);

  const query = { target: "meta", from: at - 600_000, to: at + 600_000, step: "all" };
  expect((await history("acme", query))[0]?.count).toBe(3);
  expect((await history("globex", query))[0]?.count).toBe(1);
});

test("two tenants share nothing in D1 and in exports either", async () => {
  const at = Date.now() - 200_000;
  await take("acme", [{ target: "d1-one", durationMs: 7, at }]);
  await take("globex", [{ target: "d1-two", durationMs: 9, at }]);
  moveClock(2_000);
  await live("acme");
  await live("globex");
  const range = `from=${at - 600_000}&to=${at + 600_000}`;
  const exported = async (tenant: string): Promise<string> =>
    (await call(`/v1/export.hlog?${range}`, `${tenant}-read`)).text();
  expect(await exported("acme")).toContain("Tag=d1-one/call");
  expect(await exported("acme")).not.toContain("d1-two");
  expect(await exported("globex")).toContain("Tag=d1-two/call");
  expect(await exported("globex")).not.toContain("d1-one");
  const health = await getJson<{ tenant: string }>("/health/deep", "globex-read");
  expect(health.tenant).toBe("globex");
  expect(JSON.stringify(health)).not.toContain("acme");
});

test("two tenants with the same names share nothing: by binding", async () => {
  const accepted = [{ ok: true, target: "meta", accepted: 2, duplicate: false, rejected: {} }];
  const first = await report(env.TRACKER_ACME, 1, [10_000, 20_000]);
  expect(first).toMatchObject({ ok: true, results: accepted });
  const other = await report(env.TRACKER_GLOBEX, 1, [700_000]);
  expect(other).toMatchObject({ ok: true, results: [{ accepted: 1, duplicate: false }] });
  const again = await report(env.TRACKER_ACME, 1, [10_000, 20_000]);
  expect(again).toMatchObject({ ok: true, results: [{ accepted: 0, duplicate: true }] });
  const [acme, globex] = [await liveBody("bound-acme"), await liveBody("bound-globex")];
  expect(minuteOf(acme).count).toBe(2);
  expect(minuteOf(globex)).toEqual({ count: 1, maxMs: 700 });
  expect(acme.ledger).toMatchObject({ accepted: 2, duplicates: 2, isBalanced: true });
  expect(globex.ledger).toMatchObject({ accepted: 1, duplicates: 0, isBalanced: true });
});

test("a binding that does not say whose it is gets a clear answer, and nothing is counted", async () => {
  expect(await report(env.TRACKER_NOBODY, 1, [10_000])).toEqual({
    ok: false,
    reason: "invalid",
    detail: 'the service binding needs props = { tenant = "NAME" } in wrangler.toml',
  });
});

test("a binding may be called with anything: what makes no sense is invalid", async () => {
  const columns = columnsOf([], Date.now());
  const sent = { target: "meta", sequence: 9, columns, givenUp: 0 };
  const ask = (request: unknown) => env.TRACKER_ACME.report(request as ReportRequest);
  for (const request of [null, undefined, 7, { reporter: "edge-1", reports: [sent, null] }]) {
    expect(await ask(request)).toMatchObject({ ok: false, reason: "invalid" });
  }
  const { ledger } = await liveBody("bound-acme");
  for (const givenUp of [-1, 0.5, 1_000_000_001, Number.MAX_SAFE_INTEGER]) {
    const reports = [{ ...sent, givenUp }];
    const results = [{ ok: false, target: "meta", reason: "invalid" }];
    expect(await ask({ reporter: "edge-1", reports })).toMatchObject({ ok: true, results });
  }
  const most = [{ ...sent, givenUp: 1_000_000_000 }];
  const results = [{ ok: true, accepted: 0, duplicate: false }];
  expect(await ask({ reporter: "edge-1", reports: most })).toMatchObject({ ok: true, results });
  moveClock(2_000);
  expect((await liveBody("bound-acme")).ledger).toEqual({ ...ledger, givenUp: 1_000_000_000 });
});

test("a token sees its own tenant only, and only what its scope allows", async () => {
  expect((await call("/v1/live", "acme-ingest")).status).toBe(403);
  expect((await call("/v1/live", "acme-admin")).status).toBe(200);
  expect((await call("/v1/live", "nobody-read")).status).toBe(401);
  const posted = await call("/v1/timings", "acme-read", { method: "POST", body: "{}" });
  expect(posted.status).toBe(403);
});
