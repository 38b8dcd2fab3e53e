import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BAR_WIDTH,
  SHARE_NAMES,
  shareParts,
} from "../../../dashboard/src/cards/errors/share-parts.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("parts of bars", process.env["SEED"]);

const anyCount = fc.oneof(fc.nat(3), fc.nat(1_000_000));
const anyCounts = fc.record({
  good: anyCount,
  error: anyCount,
  timeout: anyCount,
  rateLimited: anyCount,
});

describe("shareParts", () => {
  it("fills the bar without gaps, and shows what happened and nothing else", () => {
    fc.assert(
      fc.property(anyCounts, (counts) => {
        const parts = shareParts(counts);
        const there = SHARE_NAMES.filter((name) => counts[name] > 0);
        expect(parts.map(({ name }) => name)).toEqual(there);
        let end = 0;
        for (const { start, width } of parts) {
          expect(start).toBeCloseTo(end, 9);
          // Wide enough to be seen on a phone.
          expect(width).toBeGreaterThanOrEqual(1.5);
          end = start + width;
        }
        expect(end).toBeCloseTo(there.length === 0 ? 0 : BAR_WIDTH, 9);
      }),
      { seed },
    );
  });

  it("makes the larger share the wider one", () => {
    fc.assert(
      fc.property(anyCounts, (counts) => {
        const parts = shareParts(counts);
        for (const left of parts) {
          for (const right of parts) {
            if (counts[left.name] > counts[right.name]) {
              expect(left.width).toBeGreaterThanOrEqual(right.width - 1e-9);
            }
          }
        }
      }),
      { seed },
    );
  });

  it("is exact where nothing is too narrow", () => {
    const parts = shareParts({ good: 70, error: 20, timeout: 0, rateLimited: 10 });
    expect(parts.map(({ name }) => name)).toEqual(["good", "error", "rateLimited"]);
    for (const [index, width] of [70, 20, 10].entries()) {
      expect(parts[index]?.width).toBeCloseTo(width, 9);
    }
  });
});
