import { describe, expect, it, vi } from "vitest";
import { ApiError } from "../../../dashboard/src/api.ts";
import { liveLineOptions } from "../../../dashboard/src/live/live-line-options.ts";
import { LiveTrail, type Stretch } from "../../../dashboard/src/live/live-trail.ts";
import { type Past, PastFiller } from "../../../dashboard/src/live/past-filler.ts";
import { MINUTE_MS } from "../../../src/merge/slot-time.ts";

const START = Date.UTC(2026, 4, 4, 12);

/** A question that was asked, and how it is answered. */
interface Question {
  readonly missing: Stretch;
  readonly signal: AbortSignal;
  readonly answer: (past: Past) => void;
  readonly fail: (error: Error) => void;
}

/** A trail that is filled, and every question that was asked for it. */
class Filled {
  readonly trail = new LiveTrail(liveLineOptions(1));
  readonly questions: Question[] = [];
  readonly told: (Past | undefined)[] = [];
  readonly filler = new PastFiller({
    trail: this.trail,
    read: (missing, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<Past>();
      this.questions.push({ missing, signal, answer: resolve, fail: reject });
      return promise;
    },
    onChange: (told) => this.told.push(told),
  });

  hear(at: number): void {
    this.trail.takeLive(at, [1]);
    this.filler.hear(at);
  }

  /** Answers the newest question with a point at each minute that is missing. */
  async answer(value: number): Promise<void> {
    const question = this.questions.at(-1);
    if (question === undefined) throw new Error("nothing was asked");
    const points = [];
    for (let { from: at } = question.missing; at <= question.missing.to; at += MINUTE_MS) {
      points.push({ at, values: [value] });
    }
    const toldCount = this.told.length;
    question.answer({ points, fault: "" });
    await vi.waitFor(() => expect(this.told.length).toBeGreaterThan(toldCount));
  }
}

describe("PastFiller", () => {
  it("asks for what is missing once at a time, and again until it is settled", async () => {
    const filled = new Filled();
    filled.hear(START + 1_000);
    filled.hear(START + 2_000);
    expect(filled.questions).toHaveLength(1);
    expect(filled.questions[0]?.missing).toEqual({ from: START - 14 * MINUTE_MS, to: START });
    await filled.answer(7);
    expect(filled.trail.points.at).toContain(START - 3 * MINUTE_MS);
    // The last minute may change for a moment: so long nothing is asked, and then it alone.
    for (const ms of [3_000, 6_000, 9_000, 12_000]) filled.hear(START + ms);
    expect(filled.questions).toHaveLength(1);
    filled.hear(START + 16_500);
    expect(filled.questions.map(({ missing }) => missing).slice(1)).toEqual([
      { from: START, to: START },
    ]);
    await filled.answer(8);
    for (const ms of [20_000, 24_000, 28_000, 32_000, 36_000]) filled.hear(START + ms);
    expect(filled.questions).toHaveLength(2);
    const { at, lines } = filled.trail.points;
    expect(lines[0]?.[at.indexOf(START)]).toBe(8);
    expect(lines[0]?.[at.indexOf(START - MINUTE_MS)]).toBe(7);
  });

  it("leaves out an answer that the clock has left behind, and asks anew", async () => {
    const filled = new Filled();
    filled.hear(START + 1_000);
    filled.hear(START - 60 * MINUTE_MS);
    await filled.answer(7);
    expect(filled.told).toEqual([undefined]);
    expect(filled.trail.points.at).toEqual([START - 60 * MINUTE_MS]);
    filled.hear(START - 60 * MINUTE_MS + 1_000);
    expect(filled.questions).toHaveLength(2);
    expect(filled.questions[1]?.missing.to).toBe(START - 61 * MINUTE_MS);
  });

  it("says why there is no answer, asks again later, and forgets the fault then", async () => {
    const filled = new Filled();
    filled.hear(START + 1_000);
    filled.questions[0]?.fail(new ApiError(500, "The server answered 500."));
    await vi.waitFor(() => expect(filled.filler.fault).toBe("The server answered 500."));
    filled.hear(START + 4_000);
    expect(filled.questions).toHaveLength(1);
    for (const ms of [8_000, 12_000, 16_500]) filled.hear(START + ms);
    expect(filled.questions).toHaveLength(2);
    await filled.answer(7);
    expect(filled.filler.fault).toBe("");
  });

  it("says nothing any more once it is closed", async () => {
    const filled = new Filled();
    filled.hear(START + 1_000);
    filled.filler.close();
    expect(filled.questions[0]?.signal.aborted).toBe(true);
    filled.questions[0]?.answer({ points: [{ at: START, values: [7] }], fault: "lost" });
    await new Promise((resolve) => setTimeout(resolve));
    expect(filled.told).toEqual([]);
    expect(filled.filler.fault).toBe("");
    expect(filled.trail.points.at).toEqual([START + 1_000]);
  });
});
