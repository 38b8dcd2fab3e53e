import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LiveTrail } from "../../../dashboard/src/live/live-trail.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("live trail", process.env["SEED"]);

const OPTIONS = { lineCount: 1, spanMs: 900, quietMs: 5, maxPoints: 2000, stepMs: 60 };

/** What a page may meet: ticks, one twice, silence, a clock that jumps, an answer of history. */
type Step =
  | { readonly kind: "frame"; readonly laterMs: number }
  | { readonly kind: "past"; readonly settledMs: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant("frame" as const),
      laterMs: fc.integer({ min: 0, max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("frame" as const),
      laterMs: fc.integer({ min: 6, max: 400 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("frame" as const),
      laterMs: fc.integer({ min: -5000, max: 5000 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("past" as const),
      settledMs: fc.integer({ min: -200, max: 100 }),
    }),
  },
);

/** What history says of a time; frames say something else, so that both can be told apart. */
function pastValue(at: number): number {
  return -at;
}

/** Every point that there has to be, as a list that is made anew from all that happened. */
class Model {
  points = new Map<number, number>();
  heard: number[] = [];
  settledUntil = -Infinity;

  get now(): number {
    return Math.max(...this.heard, -Infinity);
  }

  frame(at: number): void {
    this.heard = [...this.heard.filter((heardAt) => heardAt < at), at];
    this.settledUntil = Math.min(this.settledUntil, at);
    this.points = new Map([...this.points].filter(([pointAt]) => pointAt < at)).set(at, at);
    this.forgetOld();
  }

  past(from: number, to: number, settledUntil: number): void {
    for (let at = from; at <= to; at += OPTIONS.stepMs) {
      if (at <= this.now && !this.isHeard(at)) this.points.set(at, pastValue(at));
    }
    this.settledUntil = Math.max(this.settledUntil, Math.min(settledUntil, this.now));
    this.forgetOld();
  }

  /** The times of history that are not known for good. */
  missing(): number[] {
    const missing: number[] = [];
    const first = Math.max(this.now - OPTIONS.spanMs, this.settledUntil);
    for (let at = Math.ceil(first / 60) * 60; at < this.now; at += 60) {
      if (at > first && !this.isHeard(at)) missing.push(at);
    }
    return missing;
  }

  /** Between two frames that are close enough, or at one. */
  isHeard(at: number): boolean {
    if (this.heard.includes(at)) return true;
    const before = Math.max(...this.heard.filter((heardAt) => heardAt < at));
    const after = Math.min(...this.heard.filter((heardAt) => heardAt > at));
    return after - before <= OPTIONS.quietMs;
  }

  private forgetOld(): void {
    const oldest = this.now - OPTIONS.spanMs;
    this.points = new Map([...this.points].filter(([at]) => at >= oldest));
  }
}

function hull(times: readonly number[]): { from: number; to: number } | undefined {
  const [from, to] = [times[0], times.at(-1)];
  return from === undefined || to === undefined ? undefined : { from, to };
}

describe("LiveTrail", () => {
  it("has one point per frame and what history tells of the rest, whatever the clock does", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 120 }), (steps) => {
        const trail = new LiveTrail(OPTIONS);
        const model = new Model();
        let clock = 100_000;
        for (const step of steps) {
          if (step.kind === "frame") {
            clock += step.laterMs;
            trail.takeLive(clock, [clock]);
            model.frame(clock);
          } else {
            const missing = trail.missing();
            if (missing === undefined) continue;
            const points = [];
            for (let at = missing.from; at <= missing.to; at += OPTIONS.stepMs) {
              points.push({ at, values: [pastValue(at)] });
            }
            trail.takePast(points, clock - step.settledMs);
            model.past(missing.from, missing.to, clock - step.settledMs);
          }
          const expected = [...model.points].toSorted(([left], [right]) => left - right);
          expect(trail.points.at).toEqual(expected.map(([at]) => at));
          expect(trail.points.lines[0]).toEqual(expected.map(([, value]) => value));
          expect(trail.missing()).toEqual(hull(model.missing()));
          for (const { from, to } of trail.quiet)
            expect(to - from).toBeGreaterThan(OPTIONS.quietMs);
        }
      }),
      { seed, numRuns: 500 },
    );
  });

  it("marks between which frames the page was not live", () => {
    const trail = new LiveTrail(OPTIONS);
    for (const at of [1000, 1001, 1100, 1101]) trail.takeLive(at, [at]);
    expect(trail.quiet).toEqual([{ from: 1001, to: 1100 }]);
    const { quiet } = trail;
    trail.takeLive(1102, [1102]);
    expect(trail.quiet).toBe(quiet);
  });

  it("asks again for what may still change, and then no more", () => {
    const trail = new LiveTrail({ ...OPTIONS, spanMs: 300 });
    trail.takeLive(1030, [1]);
    expect(trail.missing()).toEqual({ from: 780, to: 1020 });
    trail.takePast([{ at: 1020, values: [2] }], 1000);
    expect(trail.missing()).toEqual({ from: 1020, to: 1020 });
    trail.takePast([{ at: 1020, values: [3] }], 1025);
    expect(trail.missing()).toBeUndefined();
    expect(trail.points).toEqual({ at: [1020, 1030], lines: [[3, 1]] });
  });

  it("goes on when the clock went back by hours", () => {
    const trail = new LiveTrail(OPTIONS);
    for (let at = 90_000; at < 90_100; at += 1) trail.takeLive(at, [at]);
    trail.takeLive(10_000, [1]);
    trail.takeLive(10_001, [2]);
    expect(trail.points).toEqual({ at: [10_000, 10_001], lines: [[1, 2]] });
    expect(trail.quiet).toEqual([]);
    expect(trail.missing()).toEqual({ from: 9120, to: 9960 });
  });

  it("keeps no more points than it may, however long it runs", () => {
    const trail = new LiveTrail({ ...OPTIONS, spanMs: 3_600_000, maxPoints: 50 });
    for (let at = 0; at < 10_000; at += 10) trail.takeLive(at, [at]);
    expect(trail.points.at).toHaveLength(50);
    expect(trail.points.at.at(-1)).toBe(9_990);
  });
});
