import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, it } from "vitest";
import { JobStore } from "../../../examples/tracking-worker/jobs/job-store.ts";
import { aJob } from "./a-job.ts";
import { memorySql } from "./sqlite.ts";

let database: DatabaseSync;
let store: JobStore;

beforeEach(() => {
  database = new DatabaseSync(":memory:");
  store = new JobStore(memorySql(database));
});

describe("JobStore", () => {
  it("gives back what was put, the newest version of it", () => {
    const job = aJob(1, { place: "p", lastError: "'quoted' and ünïcode" });
    store.put([job, aJob(2)]);
    store.put([{ ...job, state: "deferred", deferredUntil: 5 }]);
    expect(store.get(job.id)).toEqual({ ...job, state: "deferred", deferredUntil: 5 });
    expect([...store.getAll([aJob(2).id, aJob(3).id]).keys()]).toEqual([aJob(2).id]);
    expect(store.get(aJob(3).id)).toBeUndefined();
  });

  it("counts its jobs, also when it opens what is there already", () => {
    store.put([aJob(1), aJob(2), aJob(3)]);
    store.put([aJob(3), aJob(4)]);
    store.delete([aJob(1).id, aJob(9).id]);
    expect(store.count).toBe(3);
    expect(new JobStore(memorySql(database)).count).toBe(3);
  });

  it("lists the dead, those that died first to begin with", () => {
    store.put([
      aJob(1, { state: "dead", sweepAt: 30 }),
      aJob(2, { state: "deferred", sweepAt: 5 }),
      aJob(3, { state: "dead", sweepAt: 10 }),
      aJob(4, { state: "dead", sweepAt: 20 }),
    ]);
    const ids = store.dead(2).map(({ id }) => id);
    expect(ids).toEqual([aJob(3).id, aJob(4).id]);
    store.put([aJob(3, { state: "queued", sweepAt: 10 })]);
    expect(store.dead(9).map(({ id }) => id)).toEqual([aJob(4).id, aJob(1).id]);
  });

  it("knows what is to be looked at, and when the next time is", () => {
    expect(store.nextSweepAt()).toBeUndefined();
    store.put([aJob(1, { sweepAt: 30 }), aJob(2, { sweepAt: 10 }), aJob(3, { sweepAt: 20 })]);
    expect(store.nextSweepAt()).toBe(10);
    expect(store.due(20, 9).map(({ id }) => id)).toEqual([aJob(2).id, aJob(3).id]);
    expect(store.due(30, 1).map(({ id }) => id)).toEqual([aJob(2).id]);
  });
});
