import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admit, EMPTY_WINDOW, WINDOW_MS } from "../../../examples/platforms/fixed-window.ts";

describe("admit", () => {
  it("lets the limit through, refuses the next, and begins again with the minute", () => {
    const start = 10 * WINDOW_MS;
    let window = EMPTY_WINDOW;
    const call = (now: number) => {
      const result = admit(window, 2, now);
      window = result.window;
      return result.admission;
    };
    expect(call(start)).toEqual({
      admitted: true,
      limit: 2,
      remaining: 1,
      resetMs: WINDOW_MS,
      usedPercent: 50,
    });
    expect(call(start + 1)).toMatchObject({ admitted: true, remaining: 0, usedPercent: 100 });
    expect(call(start + WINDOW_MS - 1)).toMatchObject({ admitted: false, resetMs: 1 });
    expect(call(start + WINDOW_MS)).toMatchObject({ admitted: true, remaining: 1 });
  });

  it("refuses everything at a limit of 0", () => {
    expect(admit(EMPTY_WINDOW, 0, 1)).toEqual({
      window: { startedAt: 0, count: 0 },
      admission: {
        admitted: false,
        limit: 0,
        remaining: 0,
        resetMs: WINDOW_MS - 1,
        usedPercent: 100,
      },
    });
  });

  it("honours a limit that was lowered below what was used", () => {
    const { admission } = admit({ startedAt: 0, count: 50 }, 10, 5);
    expect(admission).toMatchObject({ admitted: false, remaining: 0, usedPercent: 100 });
  });

  it("never lets more than the limit through in a minute", () => {
    const limit = fc.integer({ min: 0, max: 20 });
    const gaps = fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(limit, gaps, (limitPerMinute, gapsMs) => {
        const admitted = new Map<number, number>();
        let window = EMPTY_WINDOW;
        let now = 1_795_190_000_000;
        for (const gapMs of gapsMs) {
          now += gapMs;
          const result = admit(window, limitPerMinute, now);
          window = result.window;
          const minute = Math.floor(now / WINDOW_MS);
          const before = admitted.get(minute) ?? 0;
          expect(result.admission.admitted).toBe(before < limitPerMinute);
          if (result.admission.admitted) admitted.set(minute, before + 1);
        }
      }),
    );
  });
});
