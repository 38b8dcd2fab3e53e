import { describe, expect, it } from "vitest";
import { labelsWidthPx } from "../../../dashboard/src/charts/chart-marks.ts";

const FONT_PX = 12;
const TWO = { lines: [{ label: "mean duration" }, { label: "mean wait" }] };

describe("labelsWidthPx", () => {
  it("has room for whole names, or none for any", () => {
    const needed = "mean duration".length * FONT_PX * 0.58;
    expect(labelsWidthPx({ width: 1_300 }, TWO, FONT_PX)).toBeGreaterThan(needed);
    expect(labelsWidthPx({ width: 300 }, TWO, FONT_PX)).toBe(FONT_PX);
  });

  it("names no line that is the only one", () => {
    expect(labelsWidthPx({ width: 1_300 }, { lines: [{ label: "a" }] }, FONT_PX)).toBe(FONT_PX);
  });
});
