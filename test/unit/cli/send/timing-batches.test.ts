import fc from "fast-check";
import { expect, it } from "vitest";
import { NdjsonTimings } from "../../../../src/cli/send/ndjson-timings.ts";
import {
  MAX_BATCH,
  MAX_BATCH_LENGTH,
  TimingBatches,
} from "../../../../src/cli/send/timing-batches.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("batches of timings", process.env["SEED"]);

it("reads an object a line, says what is none, and gives a target to those without", () => {
  const reader = new NdjsonTimings("meta");
  const text = `{"durationMs":1}\n\n  \nnope\n{"target":"x"}\r\n[1]\nnull\n"${"a".repeat(20_000)}"\n{"l":9}`;
  const first = reader.push(text);
  const last = reader.end();
  expect([...first.timings, ...last.timings].map(({ line, timing }) => [line, timing])).toEqual([
    [1, { target: "meta", durationMs: 1 }],
    [5, { target: "x" }],
    [9, { target: "meta", l: 9 }],
  ]);
  expect(first.refused).toEqual([
    { line: 4, reason: "not_json" },
    { line: 6, reason: "not_an_object" },
    { line: 7, reason: "not_an_object" },
    { line: 8, reason: "line_too_long" },
  ]);
});

it("keeps the order, and every batch within what a request may hold", () => {
  const lengths = fc.array(fc.oneof(fc.integer({ min: 2, max: 60 }), fc.constant(16_000)), {
    maxLength: 3_000,
    size: "max",
  });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 700 }), (all, step) => {
      const timings = all.map((length, i) => ({ line: i + 1, timing: {}, length }));
      const batches = new TimingBatches();
      const taken = [];
      for (let i = 0; i < timings.length; i += step) {
        taken.push(...batches.add(timings.slice(i, i + step)));
      }
      taken.push(...batches.take());
      expect(batches.isEmpty).toBe(true);
      expect(taken.flat()).toEqual(timings);
      for (const batch of taken) {
        const length = batch.reduce((sum, timing) => sum + timing.length, 0);
        expect(batch.length > 0 && batch.length <= MAX_BATCH).toBe(true);
        expect(length).toBeLessThanOrEqual(MAX_BATCH_LENGTH);
      }
    }),
    { seed, numRuns: 30 },
  );
});
