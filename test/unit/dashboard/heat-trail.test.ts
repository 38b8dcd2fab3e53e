import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeatTrail } from "../../../dashboard/src/live/heat-trail.ts";
import { NO_COUNTS } from "../../../dashboard/src/live/latency-classes.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("heat trail", process.env["SEED"]);

const SPAN_MS = 900;
const EVERY_MS = 5;

const anyStep = fc.oneof(
  { weight: 10, arbitrary: fc.record({ laterMs: fc.integer({ min: 0, max: 7 }) }) },
  { weight: 1, arbitrary: fc.record({ laterMs: fc.integer({ min: -3000, max: 3000 }) }) },
  { weight: 2, arbitrary: fc.record({ minutes: fc.integer({ min: 1, max: 15 }) }) },
);

describe("HeatTrail", () => {
  it("has columns in order of time, none over another, and no more than have room", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 150 }), (steps) => {
        const trail = new HeatTrail({ spanMs: SPAN_MS, everyMs: EVERY_MS, widthMs: 60 });
        let clock = 60_000;
        for (const step of steps) {
          if ("minutes" in step) {
            const ends = Array.from(
              { length: step.minutes },
              (_, index) => (Math.floor(clock / 60) - index) * 60,
            );
            const past = ends.map((to) => ({ to, counts: NO_COUNTS }));
            trail.takePast(past);
            trail.takePast(past);
          } else {
            clock += step.laterMs;
            trail.takeLive(clock, () => NO_COUNTS);
          }
          const { columns } = trail;
          for (const [index, { from, to }] of columns.entries()) {
            expect(from).toBeLessThan(to);
            expect(from).toBeGreaterThanOrEqual(columns[index - 1]?.to ?? -Infinity);
            expect(to).toBeLessThanOrEqual(clock);
          }
          expect(columns.length).toBeLessThanOrEqual(SPAN_MS / EVERY_MS + 16);
        }
      }),
      { seed, numRuns: 300 },
    );
  });

  it("does not count what comes too soon after a column", () => {
    const trail = new HeatTrail({ spanMs: SPAN_MS, everyMs: EVERY_MS, widthMs: 60 });
    let counted = 0;
    for (let at = 100; at <= 110; at += 1) {
      trail.takeLive(at, () => {
        counted += 1;
        return NO_COUNTS;
      });
    }
    expect(counted).toBe(3);
    expect(trail.columns.map(({ to }) => to)).toEqual([100, 105, 110]);
  });

  it("leaves no hole between what history counted and what came live", () => {
    const trail = new HeatTrail({ spanMs: SPAN_MS, everyMs: EVERY_MS, widthMs: 60 });
    for (const at of [630, 635]) trail.takeLive(at, () => NO_COUNTS);
    trail.takePast([540, 600, 660].map((to) => ({ to, counts: NO_COUNTS })));
    expect(trail.columns.map(({ from, to }) => [from, to])).toEqual([
      [480, 540],
      [540, 600],
      [600, 630],
      [630, 635],
      [635, 660],
    ]);
  });
});
