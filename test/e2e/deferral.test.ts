import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from "vitest";
import { Api } from "./api.ts";
import { System } from "./system.ts";
import { type JobStatus, TrackingWorker } from "./tracking-worker.ts";

/* What a limit denies, or a platform fails, waits and is sent: once, in time, and never lost. */

const SETTLE_TIMEOUT_MS = 35_000;
const POLL_MS = 200;

/** A platform that answers fast, always, and remembers what it received. */
const CALM = { medianMs: 5, p99Ms: 20, errorRate: 0, timeoutRate: 0, logEvents: true };

let system: System;
let api: Api;
let worker: TrackingWorker;

describe("deferral", () => {
  beforeAll(async () => {
    system = await System.start({ examples: true });
    api = new Api(system.url);
    worker = new TrackingWorker(await system.trackingWorker());
  });
  afterAll(() => system?.dispose());

  it("sends what the limit denies later, in batches, each event once", async () => {
    onTestFailed(() => console.error(system.tail()));
    const limit = { capacity: 3, refillPerMinute: 30 };
    await api.get("/v1/limits/tiktok", { method: "PUT", body: JSON.stringify(limit) });
    // The platform is as strict as the limit: one call too many, and it refuses.
    await worker.control("tiktok", { ...CALM, limitPerMinute: 30, burst: 3 });
    const startedAt = Date.now();
    const ids = Array.from({ length: 60 }, (_, index) => `order-${index}`);
    const deliveries = await Promise.all(ids.map((id) => worker.track("tiktok", id)));

    const sent = deliveries.filter(({ outcome }) => outcome === "ok");
    const deferred = deliveries.filter(({ outcome }) => outcome === "deferred");
    expect(sent.length).toBeLessThanOrEqual(3);
    expect(sent.length + deferred.length).toBe(ids.length);
    expect(new Set(deferred.map(({ job }) => job)).size).toBe(deferred.length);
    for (const { deferredUntil } of deferred) expect(deferredUntil).toBeGreaterThan(startedAt);

    const jobs = await finished(deferred.map(({ job }) => job ?? ""));
    const seconds = (Date.now() - startedAt) / 1_000;
    for (const job of jobs) expect(job).toMatchObject({ platform: "tiktok", attempts: 0 });
    for (const [index, job] of jobs.entries()) {
      expect(job.state).toBe("delivered");
      expect(job.deliveredAt).toBeGreaterThanOrEqual(deferred[index]?.deferredUntil ?? Infinity);
    }

    const received = await worker.received("tiktok");
    expect(received.map(({ id }) => id ?? "").toSorted()).toEqual(ids.toSorted());
    const { admitted, refused } = await worker.counts("tiktok");
    expect(refused).toBe(0);
    expect(admitted).toBeLessThanOrEqual(3 + seconds / 2);
    // Far fewer requests than events: one permit carries many.
    expect(admitted).toBeLessThan(ids.length / 2);
  }, 60_000);

  it("makes no second job of the same event", async () => {
    onTestFailed(() => console.error(system.tail()));
    const limit = { capacity: 1, refillPerMinute: 0 };
    await api.get("/v1/limits/pinterest", { method: "PUT", body: JSON.stringify(limit) });
    await worker.control("pinterest", CALM);
    expect(await worker.track("pinterest", "first")).toMatchObject({ outcome: "ok" });
    const deferred = await worker.track("pinterest", "again");
    expect(deferred).toMatchObject({ outcome: "deferred" });
    expect(await worker.track("pinterest", "again")).toEqual(deferred);
    expect(await worker.job(deferred.job ?? "")).toMatchObject({
      state: "deferred",
      deferredUntil: deferred.deferredUntil,
      deliveredAt: null,
    });
  });

  it("gives up what fails too often, shows it, and sends it when asked to", async () => {
    onTestFailed(() => console.error(system.tail()));
    await worker.control("reddit", { ...CALM, outage: true });
    const ids = ["lead-1", "lead-2", "lead-3"];
    const deliveries = await Promise.all(
      ids.map((id) => worker.track("reddit", id, { maxAttempts: 2 })),
    );
    for (const { outcome } of deliveries) expect(outcome).toBe("deferred");
    const jobs = await finished(deliveries.map(({ job }) => job ?? ""));
    for (const job of jobs) {
      expect(job).toMatchObject({ state: "dead", attempts: 2, deliveredAt: null });
      expect(job.lastError).toContain("503");
    }
    const dead = await worker.deadJobs();
    expect(dead.map(({ id }) => id).toSorted()).toEqual(jobs.map(({ id }) => id).toSorted());
    expect(await worker.received("reddit")).toEqual([]);

    await worker.control("reddit", { outage: false });
    const [first] = jobs.map(({ id }) => id);
    const replay = { method: "POST" };
    expect((await worker.call(`/api/jobs/${first}/replay`, replay)).status).toBe(202);
    const all = await worker.call("/api/jobs/dead/replay", replay);
    expect([all.status, JSON.parse(all.text)]).toMatchObject([202, { replayed: 2 }]);
    for (const job of await finished(jobs.map(({ id }) => id))) {
      expect(job).toMatchObject({ state: "delivered", attempts: 0 });
    }
    const received = await worker.received("reddit");
    expect(received.map(({ id }) => id ?? "").toSorted()).toEqual(ids);
    expect(await worker.deadJobs()).toEqual([]);
    expect((await worker.call(`/api/jobs/${first}/replay`, replay)).status).toBe(409);
  }, 60_000);

  it("tells what it does not know", async () => {
    for (const path of ["/api/jobs/nobody/status", `/api/jobs/meta-${"0".repeat(32)}/status`]) {
      expect((await worker.call(path)).status).toBe(404);
    }
    expect((await worker.call("/api/jobs/dead?limit=0")).status).toBe(400);
    expect((await worker.call("/api/jobs/dead", { method: "POST" })).status).toBe(405);
    expect((await worker.call("/api/jobs/meta/1/status")).status).toBe(404);
  });
});

/** The jobs when each of them is delivered or dead; what they are after 35 s. */
async function finished(ids: readonly string[]): Promise<readonly JobStatus[]> {
  const deadline = Date.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const jobs = await Promise.all(ids.map((id) => worker.job(id)));
    const isOver = jobs.every(({ state }) => state === "delivered" || state === "dead");
    if (isOver || Date.now() > deadline) return jobs;
    await sleep(POLL_MS);
  }
}
