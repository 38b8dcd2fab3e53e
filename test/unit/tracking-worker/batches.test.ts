import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batches, sharedBy } from "../../../examples/tracking-worker/batches.ts";
import { aJob } from "./a-job.ts";

describe("batches", () => {
  it("fills requests, and lets those go alone that have to", () => {
    const jobs = [aJob(1), aJob(2, { isAlone: true }), aJob(3), aJob(4)];
    const ids = batches(jobs, 2).map((batch) => batch.map(({ id }) => id));
    expect(ids).toEqual([[aJob(1).id, aJob(3).id], [aJob(4).id], [aJob(2).id]]);
    expect(batches([], 25)).toEqual([]);
  });

  it("holds every job once, in as few requests as there can be", () => {
    const size = fc.integer({ min: 0, max: 120 });
    fc.assert(
      fc.property(size, size, fc.integer({ min: 1, max: 1_000 }), (together, alone, maxEvents) => {
        const jobs = Array.from({ length: together + alone }, (_, index) =>
          aJob(index, { isAlone: index >= together }),
        );
        const made = batches(jobs, maxEvents);
        expect(made.flat().map(({ id }) => id)).toEqual(jobs.map(({ id }) => id));
        expect(made.length).toBe(Math.ceil(together / maxEvents) + alone);
        for (const batch of made) expect(batch.length).toBeLessThanOrEqual(maxEvents);
      }),
    );
  });
});

describe("sharedBy", () => {
  it("counts on full batches, of the platform's size and the queue's", () => {
    expect(sharedBy(1_000, 1)).toBe(100);
    expect(sharedBy(25, 1)).toBe(25);
    expect(sharedBy(1_000, 30)).toBe(3);
    expect(sharedBy(1_000, 100)).toBe(1);
    expect(sharedBy(25, 25)).toBe(1);
    expect(sharedBy(1_000, 1, true)).toBe(1);
  });
});
