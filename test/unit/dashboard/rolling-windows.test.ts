import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeHistogram } from "../../../dashboard/src/live/decode-histogram.ts";
import { LINE_FIELDS, LINE_PERCENTILES } from "../../../dashboard/src/live/latency-of.ts";
import { type Minute, forEachWindow } from "../../../dashboard/src/live/rolling-windows.ts";
import { aggregateStats } from "../../../src/merge/window-stats.ts";
import { anyDurations, serverAggregate, serverText } from "./support/timings.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("rolling windows", process.env["SEED"]);

const MINUTE_MS = 60_000;
const START = 1_000 * MINUTE_MS;

describe("forEachWindow", () => {
  it("gives what the server would say of the same minutes", async () => {
    const anyMinutes = fc.array(fc.option(anyDurations), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(anyMinutes, fc.constantFrom(1, 5, 60), async (durations, windowMinutes) => {
        const minutes: Minute[] = [];
        for (const [index, minute] of durations.entries()) {
          const decoded = await decodeHistogram(serverText(minute ?? []));
          if (minute !== null && decoded.ok) {
            minutes.push({ at: START + index * MINUTE_MS, buckets: decoded.histogram });
          }
        }
        const ends = { from: START + MINUTE_MS, to: START + durations.length * MINUTE_MS };
        let next = 0;
        forEachWindow(minutes, windowMinutes * MINUTE_MS, ends, (endAt, tally) => {
          next += 1;
          expect(endAt).toBe(START + next * MINUTE_MS);
          const window = durations.slice(Math.max(next - windowMinutes, 0), next);
          const all = window.flatMap((minute) => minute ?? []);
          const stats = aggregateStats(serverAggregate(all), windowMinutes * MINUTE_MS);
          expect(tally.total).toBe(stats.count);
          expect(tally.percentilesMs(LINE_PERCENTILES)).toEqual(
            LINE_FIELDS.map((field) => stats[field]),
          );
        });
        expect(next).toBe(durations.length);
      }),
      { seed, numRuns: 60 },
    );
  });
});
