import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bucketsOfVmranges,
  vmrangeBound,
  vmrangeIndex,
} from "../../../../bench/accuracy/vmrange-buckets.ts";

describe("vmrange buckets", () => {
  it("have the bounds that VictoriaMetrics writes", () => {
    const index = vmrangeIndex(0.12);
    // As its documentation and its server show them: 1.136e-01...1.292e-01.
    expect(vmrangeBound(index - 1)).toBe(0.1136);
    expect(vmrangeBound(index)).toBe(0.1292);
    expect(vmrangeBound(-1)).toBe(1e-9);
  });

  it("count a power of ten with what is below it", () => {
    expect(vmrangeBound(vmrangeIndex(1))).toBe(1);
    expect(vmrangeBound(vmrangeIndex(100))).toBe(100);
    expect(vmrangeIndex(1.001)).toBe(vmrangeIndex(1) + 1);
  });

  it("have one below all others", () => {
    expect(vmrangeIndex(1e-10)).toBe(-1);
    expect(bucketsOfVmranges(new Map([[-1, 2]]))).toEqual([{ lower: 0, upper: 1e-9, count: 2 }]);
  });

  it("come in ascending order", () => {
    const counts = new Map([
      [vmrangeIndex(5), 1],
      [vmrangeIndex(0.01), 2],
    ]);
    expect(bucketsOfVmranges(counts).map(({ count }) => count)).toEqual([2, 1]);
  });

  it("hold their values, but for the digits that the label rounds off", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600_000_000 }), (valueUs) => {
        const value = valueUs / 1_000_000;
        const index = vmrangeIndex(value);
        expect(vmrangeBound(index - 1)).toBeLessThan(value * 1.0005);
        expect(vmrangeBound(index)).toBeGreaterThan(value * 0.9995);
        expect(vmrangeBound(index) / vmrangeBound(index - 1)).toBeCloseTo(10 ** (1 / 18), 2);
      }),
    );
  });
});
