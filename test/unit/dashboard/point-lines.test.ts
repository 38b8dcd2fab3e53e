import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pointLines } from "../../../dashboard/src/history/point-lines.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/merge/slot-time.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("lines of points", process.env["SEED"]);

const START = Date.UTC(2026, 10, 21, 12);

interface Point {
  readonly at: number;
  readonly stepMs: number;
  readonly coveredMs: number;
  readonly value: number;
}

function point(minute: number, stepMs: number = MINUTE_MS): Point {
  return { at: START + minute * MINUTE_MS, stepMs, coveredMs: stepMs, value: minute };
}

const valueOf = ({ value }: Point): number => value;

describe("pointLines", () => {
  it("has a gap where steps are missing, in every line", () => {
    const { at, lines } = pointLines([point(1), point(2), point(5)], [valueOf, () => null]);
    expect(at).toEqual([1, 2, 3, 5].map((minute) => START + minute * MINUTE_MS));
    expect(lines).toEqual([
      [1, 2, null, 5],
      [null, null, null, null],
    ]);
  });

  it("has no gap behind a step that is longer, and none twice", () => {
    const { at, lines } = pointLines(
      [point(0, HOUR_MS), point(0), point(60), point(61)],
      [valueOf],
    );
    expect(at).toEqual([0, 60, 61].map((minute) => START + minute * MINUTE_MS));
    expect(lines).toEqual([[0, 60, 61]]);
  });

  it("ascends strictly, keeps every minute, and never joins two with silence between them", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(200), { maxLength: 60 }), (any) => {
        const minutes = any.toSorted((left, right) => left - right);
        const { at, lines } = pointLines(
          minutes.map((minute) => point(minute)),
          [valueOf],
        );
        const values = lines[0] ?? [];
        expect(values).toHaveLength(at.length);
        expect(values.filter((value) => value !== null)).toEqual(minutes);
        for (const [index, time] of at.entries()) {
          const before = at[index - 1];
          if (before === undefined) continue;
          expect(time).toBeGreaterThan(before);
          const isJoined = values[index] !== null && values[index - 1] !== null;
          if (isJoined) expect(time - before).toBe(MINUTE_MS);
        }
      }),
      { seed },
    );
  });
});
