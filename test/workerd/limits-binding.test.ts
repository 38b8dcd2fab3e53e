import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { LimitView, PermitAnswer, PermitRequest } from "../../src/wire/permits.ts";
import type { ReportRequest, TachographBinding } from "../../src/wire/report.ts";
import { columnsOf } from "../support/columns.ts";
import { moveClock, shardOf, stopClock } from "./api.ts";
import { newLeaseId, permitRequest, viewOf } from "./limit-calls.ts";

const ACME = "bound-acme";
const GLOBEX = "bound-globex";

beforeAll(() => stopClock());
afterAll(() => vi.useRealTimers());

async function permit(
  tracker: TachographBinding,
  more: Partial<PermitRequest> = {},
): Promise<PermitAnswer> {
  // A plain copy: what comes out of an RPC carries a disposer.
  return { ...(await tracker.permit(permitRequest(more))) };
}

function bucketOf(tenant: string, target = "meta"): Promise<LimitView> {
  return viewOf(shardOf(tenant, target));
}

let sequence = 0;

/** A report of one timing of meta, with what rides along. */
function report(tracker: TachographBinding, more: Partial<ReportRequest> = {}) {
  sequence += 1;
  const at = Date.now();
  const columns = columnsOf([{ operation: "events", at, durationUs: 5_000, outcome: 0 }], at);
  const reports = [{ target: "meta", sequence, columns, givenUp: 0 }];
  return tracker.report({ reporter: "edge", reports, ...more });
}

test("a permit is granted, used, settled and given back over the service binding", async () => {
  const leaseId = newLeaseId();
  expect(await permit(env.TRACKER_ACME, { leaseId, need: 5 })).toEqual({
    kind: "granted",
    target: "meta",
    permits: 5,
    lifeMs: 10_000,
  });
  expect(await bucketOf(ACME)).toMatchObject({ available: 195, outstanding: 5, granted: 5 });
  const settlements = [{ leaseId, spent: 2, returned: 3 }];
  const settled = { kind: "settled", target: "meta", closedMs: 0 };
  expect(await permit(env.TRACKER_ACME, { settlements })).toEqual(settled);
  expect(await bucketOf(ACME)).toMatchObject({ available: 198, outstanding: 0, returned: 3 });
  const needless = await permit(env.TRACKER_ACME, { target: "d1", need: 1 });
  expect(needless).toEqual({ kind: "unlimited", target: "d1" });
});

test("more than the bucket can ever hold is denied with the reason, and costs nothing", async () => {
  const before = await bucketOf(ACME);
  expect(await permit(env.TRACKER_ACME, { need: 201 })).toMatchObject({
    kind: "denied",
    reason: "never",
    detail: expect.stringContaining("the bucket of meta holds 200. Ask for fewer."),
    place: null,
  });
  expect(await bucketOf(ACME)).toEqual(before);
});

test("two tenants never share a bucket, not even with the same names", async () => {
  const shared = { holder: "twin", leaseId: "twin.1" };
  const { available } = await bucketOf(ACME);
  expect(await permit(env.TRACKER_ACME, { ...shared, need: available })).toMatchObject({
    kind: "granted",
  });
  expect(await permit(env.TRACKER_ACME, { need: 1 })).toMatchObject({ kind: "denied" });
  expect(await bucketOf(GLOBEX)).toMatchObject({ available: 200, granted: 0, denied: 0 });
  // The same lease id is another lease.
  const granted = await permit(env.TRACKER_GLOBEX, { ...shared, need: 7 });
  expect(granted).toMatchObject({ kind: "granted", permits: 7 });
  const settlements = [{ leaseId: "twin.1", spent: 0, returned: 7 }];
  // Nobody settles the lease of another holder.
  await permit(env.TRACKER_GLOBEX, { settlements });
  expect(await bucketOf(GLOBEX)).toMatchObject({ available: 193, outstanding: 7 });
  await permit(env.TRACKER_GLOBEX, { holder: "twin", settlements });
  expect(await bucketOf(GLOBEX)).toMatchObject({ available: 200, outstanding: 0 });
  expect(await bucketOf(ACME)).toMatchObject({ available: 0, outstanding: available });
  // Nor is one closed by what the other's platform said.
  const signals = [{ status: 429, isLimited: true, retryAfterMs: 60_000 }];
  await permit(env.TRACKER_ACME, { signals });
  expect(await bucketOf(ACME)).toMatchObject({ blockedUntil: Date.now() + 60_000 });
  expect(await bucketOf(GLOBEX)).toMatchObject({ blockedUntil: null, available: 200 });
});

test("requests ride along with a report and are answered in their order", async () => {
  const leaseId = newLeaseId();
  const permits = [
    permitRequest({ target: "google", need: 3, want: 10 }),
    permitRequest({ target: "d1", need: 1 }),
    permitRequest({ target: "tiktok", need: 11 }),
    { ...permitRequest({ target: "reddit" }), need: -1 },
    permitRequest({ target: "pinterest", leaseId, need: 1 }),
  ];
  const answer = await report(env.TRACKER_GLOBEX, { permits });
  expect(answer).toMatchObject({
    ok: true,
    results: [{ ok: true, target: "meta", accepted: 1, duplicate: false }],
    permits: [
      { kind: "granted", target: "google", permits: 13 },
      { kind: "unlimited", target: "d1" },
      { kind: "denied", target: "tiktok", reason: "never" },
      { kind: "failed", target: "reddit", reason: "invalid" },
      { kind: "granted", target: "pinterest", permits: 1 },
    ],
  });
  // The next one settles, and needs no timings for it.
  const settlements = [{ leaseId, spent: 1, returned: 0 }];
  const settle = [permitRequest({ target: "pinterest", settlements })];
  const next = await report(env.TRACKER_GLOBEX, { reports: [], permits: settle });
  expect(next).toMatchObject({ ok: true, results: [], permits: [{ kind: "settled" }] });
  expect(await bucketOf(GLOBEX, "pinterest")).toMatchObject({ outstanding: 0, granted: 1 });
  expect(await report(env.TRACKER_GLOBEX)).not.toHaveProperty("permits");
});

test("what a holder decided by itself is counted with the report, exactly once", async () => {
  const before = await bucketOf(GLOBEX);
  const tally = { denied: 3, allowedUnreached: 2, deniedUnreached: 1 };
  const columns = columnsOf([], Date.now());
  const reports = [{ target: "meta", sequence: 1_000, columns, givenUp: 0, tally }];
  for (const duplicate of [false, true, true]) {
    const answer = await report(env.TRACKER_GLOBEX, { reports });
    expect(answer).toMatchObject({ ok: true, results: [{ ok: true, accepted: 0, duplicate }] });
  }
  expect(await bucketOf(GLOBEX)).toMatchObject({
    denied: before.denied + 3,
    allowedUnreached: before.allowedUnreached + 2,
    deniedUnreached: before.deniedUnreached + 1,
  });
});

test("a binding that does not say whose it is gets no permit", async () => {
  const detail = 'the service binding needs props = { tenant = "NAME" } in wrangler.toml';
  expect(await permit(env.TRACKER_NOBODY, { need: 1 })).toEqual({
    kind: "failed",
    target: "meta",
    reason: "invalid",
    detail,
  });
  const answer = await report(env.TRACKER_NOBODY, { permits: [permitRequest({ need: 1 })] });
  expect(answer).toEqual({ ok: false, reason: "invalid", detail });
});

const BAD_COUNTS = [-1, 0.5, Number.NaN, Infinity, 10_000_001, "1", null];
const SIGNAL = { status: 429, isLimited: true };

/** Every field, with values that it must not have, and a part of what the answer says. */
const BAD: readonly (readonly [field: string, says: string, values: readonly unknown[]])[] = [
  ["target", "target must be", [undefined, null, 7, "", "Meta!", "a/b", "m".repeat(65)]],
  ["holder", "holder must be", [undefined, null, 7, "", "edge 1", "h".repeat(65)]],
  ["leaseId", "leaseId must be", [undefined, null, 7, "", "l".repeat(97), "Edge.1", "é.1", ".1"]],
  ["need", "need must be", [undefined, ...BAD_COUNTS]],
  ["want", "want must be", [undefined, ...BAD_COUNTS]],
  [
    "settlements",
    "settlements must be",
    [
      undefined,
      null,
      {},
      [null],
      [{}],
      [{ leaseId: "", spent: 0, returned: 0 }],
      ...BAD_COUNTS.map((spent) => [{ leaseId: "a", spent, returned: 0 }]),
      ...BAD_COUNTS.map((returned) => [{ leaseId: "a", spent: 0, returned }]),
      Array.from({ length: 65 }, () => ({ leaseId: "a", spent: 0, returned: 0 })),
    ],
  ],
  [
    "signals",
    "signals must be",
    [
      undefined,
      null,
      [null],
      [{}],
      [{ ...SIGNAL, status: 99 }],
      [{ ...SIGNAL, status: 600 }],
      [{ ...SIGNAL, isLimited: "yes" }],
      [{ ...SIGNAL, retryAfterMs: -1 }],
      [{ ...SIGNAL, retryAfterMs: Number.NaN }],
      [{ ...SIGNAL, retryAfterMs: 1.1e12 }],
      [{ ...SIGNAL, usedPercent: 1_000_001 }],
      [{ ...SIGNAL, code: -1.1e12 }],
      [{ ...SIGNAL, usedPercent: -1 }],
      [{ ...SIGNAL, usedPercent: "90" }],
      [{ ...SIGNAL, code: "4" }],
      Array.from({ length: 65 }, () => SIGNAL),
    ],
  ],
  ["line", "line.sharedBy must be", [null, 1, {}, { sharedBy: 0 }, { sharedBy: 1.5 }]],
  ["places", "places must be", [null, "1-1", [7], ["x".repeat(41)], Array(1_001).fill("1-1")]],
];

test.each(BAD)("%s that makes no sense is invalid, and changes nothing", async (...about) => {
  const [field, says, values] = about;
  const before = await bucketOf(GLOBEX);
  for (const value of values) {
    const request = { ...permitRequest({ need: 1, want: 1 }), [field]: value };
    const answer = await env.TRACKER_GLOBEX.permit(request);
    expect(answer, `${field} = ${JSON.stringify(value)}`).toMatchObject({
      kind: "failed",
      reason: "invalid",
      detail: expect.stringContaining(says),
    });
    expect(answer.target).toBe(typeof request.target === "string" ? request.target : "");
  }
  expect(await bucketOf(GLOBEX)).toEqual(before);
});

test("who needs nothing can neither wait in the line nor redeem a place", async () => {
  const before = await bucketOf(GLOBEX);
  for (const more of [{ line: { sharedBy: 1 } }, { places: ["1-1"] }]) {
    expect(await permit(env.TRACKER_GLOBEX, more)).toMatchObject({
      kind: "failed",
      reason: "invalid",
      detail: expect.stringContaining("need must be at least 1"),
    });
  }
  expect(await permit(env.TRACKER_GLOBEX, { places: [] })).toMatchObject({ kind: "settled" });
  expect(await bucketOf(GLOBEX)).toEqual(before);
});

test("a report that asks for permits of a target twice is invalid as a whole", async () => {
  const before = await bucketOf(GLOBEX);
  const permits = [permitRequest({ need: 1 }), permitRequest({ need: 1 })];
  expect(await report(env.TRACKER_GLOBEX, { permits })).toEqual({
    ok: false,
    reason: "invalid",
    detail: "permits of a target may be asked for once in a request",
  });
  expect(await bucketOf(GLOBEX)).toEqual(before);
});

test("a request may be anything: what is no request is invalid", async () => {
  const before = await bucketOf(GLOBEX);
  for (const request of [undefined, null, 7, "permit", [], {}]) {
    const asked = env.TRACKER_GLOBEX.permit(request as PermitRequest);
    expect(await asked).toMatchObject({ kind: "failed", target: "", reason: "invalid" });
    const permits = [request, permitRequest({ need: 0 })] as PermitRequest[];
    expect(await report(env.TRACKER_GLOBEX, { permits })).toMatchObject({
      ok: true,
      permits: [{ kind: "failed", reason: "invalid" }, { kind: "settled" }],
    });
  }
  for (const permits of [null, 7, {}, Array(65).fill(permitRequest({ need: 1 }))]) {
    const answer = await report(env.TRACKER_GLOBEX, {
      permits: permits as unknown as PermitRequest[],
    });
    expect(answer).toMatchObject({ ok: false, reason: "invalid" });
    expect(!answer.ok && answer.detail).toContain("permits must be a list of at most 64");
  }
  expect(await bucketOf(GLOBEX)).toEqual(before);
});

test("a lease that nobody knows, and more than a lease had, change nothing", async () => {
  const leaseId = newLeaseId();
  await permit(env.TRACKER_GLOBEX, { leaseId, need: 10 });
  const unknown = [{ leaseId: "nobody.1", spent: 5, returned: 5 }];
  await permit(env.TRACKER_GLOBEX, { settlements: unknown });
  expect(await bucketOf(GLOBEX)).toMatchObject({ available: 190, outstanding: 10 });
  // Ten permits cannot come back as a hundred.
  const above = [{ leaseId, spent: 4, returned: 100 }];
  await permit(env.TRACKER_GLOBEX, { settlements: above });
  expect(await bucketOf(GLOBEX)).toMatchObject({ available: 196, outstanding: 0 });
  moveClock(600_000);
  expect(await bucketOf(GLOBEX)).toMatchObject({ available: 200 });
});
