import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameDelay } from "../../../dashboard/src/stream/frame-delay.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("frame delay", process.env["SEED"]);
const TICK_MS = 500;

/** How late each frame is found to be: they are made every {@link TICK_MS}, and delayed so much. */
function latenesses(delaysMs: readonly number[], aheadMs = 0): number[] {
  const delay = new FrameDelay();
  return delaysMs.map((delayMs, tick) =>
    delay.take(tick * TICK_MS, tick * TICK_MS + delayMs + aheadMs),
  );
}

describe("how late a frame is", () => {
  it("is told by the fastest one before it, whatever the clocks say", () => {
    const anyDelay = fc.integer({ min: 5, max: 400 });
    fc.assert(
      fc.property(
        fc.array(anyDelay, { minLength: 1, maxLength: 100 }),
        fc.integer({ min: -1e10, max: 1e10 }),
        (delaysMs, aheadMs) => {
          const found = latenesses(delaysMs, aheadMs);
          for (const [index, lateMs] of found.entries()) {
            const fastest = Math.min(...delaysMs.slice(0, index + 1));
            const exact = (delaysMs[index] ?? 0) - fastest;
            expect(lateMs).toBeGreaterThanOrEqual(0);
            expect(lateMs).toBeLessThanOrEqual(exact + 1e-5);
            // Drift may have taken as much of it as passed since.
            expect(lateMs).toBeGreaterThanOrEqual(exact - 0.002 * (index * TICK_MS + 400));
          }
        },
      ),
      { seed },
    );
  });

  it("stays known for an hour", () => {
    const found = latenesses([...Array(10).fill(20), ...Array(7_200).fill(9_020)]);
    expect(found.slice(0, 10).every((lateMs) => lateMs === 0)).toBe(true);
    expect(found.at(-1)).toBeGreaterThan(1_500);
    expect(found[130]).toBeGreaterThan(8_800);
  });

  it("is nothing where the two clocks only drift apart", () => {
    const delay = new FrameDelay();
    for (let tick = 0; tick < 100_000; tick += 1) {
      expect(delay.take(tick * TICK_MS * 0.9999, tick * TICK_MS)).toBeLessThan(1);
    }
  });

  it("begins anew when the server's clock goes back, and when it is told to", () => {
    const delay = new FrameDelay();
    expect(delay.take(10_000, 1_000)).toBe(0);
    expect(delay.take(4_000, 1_500)).toBe(0);
    expect(delay.take(4_500, 4_000)).toBeGreaterThan(1_900);
    delay.forget();
    expect(delay.take(5_000, 9_000)).toBe(0);
  });
});
