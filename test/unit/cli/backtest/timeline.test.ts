import fc from "fast-check";
import { expect, it } from "vitest";
import { timeline } from "../../../../src/cli/backtest/timeline.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("timelines", process.env["SEED"]);
const META = { target: "meta", operation: "*" };

it("draws what became of a rule, in blocks or in ASCII", () => {
  const transitions = [
    { ...META, at: 20, state: "pending" },
    { ...META, at: 30, state: "firing" },
    { ...META, at: 60, state: "nodata" },
    { ...META, at: 70, state: "resolved" },
    { ...META, at: 90, state: "pending" },
    { ...META, at: 95, state: "inactive" },
  ];
  const range = { from: 0, to: 100 };
  expect(timeline(transitions, range, 10, true)).toBe("··▄███?··▄");
  expect(timeline(transitions, range, 10, false)).toBe("..-###?..-");
});

it("keeps what is open at the end open, and takes the worst of several series", () => {
  const transitions = [
    { ...META, at: 10, state: "pending" },
    { target: "google", operation: "*", at: 20, state: "firing" },
    { target: "google", operation: "*", at: 30, state: "resolved" },
  ];
  expect(timeline(transitions, { from: 0, to: 50 }, 5, false)).toBe(".-#--");
});

it("has as many cells as asked for, shows whatever fired, and fires nowhere else", () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 20 });
  const shape = fc.record({
    gaps,
    width: fc.integer({ min: 1, max: 120 }),
    spare: fc.integer({ min: 1, max: 500 }),
  });
  fc.assert(
    fc.property(shape, ({ gaps: lengths, width, spare }) => {
      let at = 1_000;
      const transitions = lengths.map((gap, i) => {
        at += gap;
        return { ...META, at, state: i % 2 === 0 ? "firing" : "resolved" };
      });
      const range = { from: 1_000, to: at + spare };
      const line = timeline(transitions, range, width, false);
      expect(line).toHaveLength(width);
      const cellMs = (range.to - range.from) / width;
      const firing = transitions
        .filter(({ state }) => state === "firing")
        .map((start, i) => ({ from: start.at, to: transitions[2 * i + 1]?.at ?? range.to }));
      for (const { from } of firing) {
        const cell = Math.min(Math.floor((from - range.from) / cellMs), width - 1);
        expect(line[cell]).toBe("#");
      }
      for (const [cell, glyph] of line.split("").entries()) {
        if (glyph !== "#") continue;
        const start = range.from + cell * cellMs - 1e-6;
        const isInside = firing.some(({ from, to }) => from < start + cellMs + 2e-6 && to > start);
        expect(isInside).toBe(true);
      }
    }),
    { seed },
  );
});
