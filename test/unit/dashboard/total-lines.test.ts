import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TotalsStep } from "../../../dashboard/src/history/fold-totals.ts";
import { pastMinutes } from "../../../dashboard/src/history/past-minutes.ts";
import {
  begunSteps,
  errorRates,
  eventRates,
  hitRates,
} from "../../../dashboard/src/history/total-lines.ts";
import { FROM, MINUTE_MS } from "./support/totals.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("lines of totals", process.env["SEED"]);

const HOUR_MS = 60 * MINUTE_MS;

function step(index: number, counts: Partial<TotalsStep>, stepMs = MINUTE_MS): TotalsStep {
  return { at: FROM + index * stepMs, count: 0, failed: 0, hit: 0, miss: 0, ...counts };
}

describe("the lines of totals", () => {
  it("have no error rate where nothing was called, and a fraction elsewhere", () => {
    const steps = [step(0, { count: 8, failed: 2 }), step(1, {}), step(2, { count: 3 })];
    expect(errorRates(steps)).toEqual([0.25, null, 0]);
  });

  it("have a hit rate of all lookups of the steps that a value is of", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ hit: fc.nat(9), miss: fc.nat(9) }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 6 }),
        (counts, over) => {
          const rates = hitRates(
            counts.map((count, index) => step(index, count)),
            over,
          );
          expect(rates).toHaveLength(counts.length);
          for (const [index, rate] of rates.entries()) {
            let [hits, lookups] = [0, 0];
            for (let back = 0; back < over; back += 1) {
              hits += counts[index - back]?.hit ?? 0;
              lookups += (counts[index - back]?.hit ?? 0) + (counts[index - back]?.miss ?? 0);
            }
            expect(rate).toBe(lookups === 0 ? null : hits / lookups);
          }
        },
      ),
      { seed },
    );
  });

  it("know silence after the first event from not knowing before it", () => {
    const steps = [step(0, {}), step(1, { count: 120 }), step(2, {}), step(3, { count: 60 })];
    expect(eventRates(steps, MINUTE_MS, FROM + HOUR_MS)).toEqual([null, 2, 0, 1]);
    expect(eventRates([step(0, {})], MINUTE_MS, FROM + HOUR_MS)).toEqual([null]);
  });

  it("measure an hour that is not over by what has passed of it", () => {
    const steps = [step(0, { count: 7_200 }, HOUR_MS), step(1, { count: 1_200 }, HOUR_MS)];
    expect(eventRates(steps, HOUR_MS, FROM + HOUR_MS + 10 * MINUTE_MS)).toEqual([2, 2]);
  });

  it("leave out a step until a minute of it has passed", () => {
    const steps = [step(0, { count: 1 }), step(1, { count: 1 }), step(2, {})];
    const begun = (nowMs: number): number => begunSteps(steps, nowMs).length;
    expect(begun(FROM + 2 * MINUTE_MS - 1)).toBe(1);
    expect(begun(FROM + 2 * MINUTE_MS)).toBe(2);
  });

  it("put a minute of the past where a tick shows the minute before it: at its end", () => {
    const steps = [step(0, {}), step(1, {})];
    expect(pastMinutes(steps, [0.5, null], MINUTE_MS)).toEqual([
      { at: FROM + MINUTE_MS, values: [0.5] },
      { at: FROM + 2 * MINUTE_MS, values: [null] },
    ]);
  });
});
