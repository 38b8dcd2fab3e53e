import { describe, expect, it } from "vitest";
import { billOf, MONTH_SECONDS, perBillion, type Usage } from "../../../../bench/cost/bill.ts";
import { PRICE_LIST } from "../../../../bench/cost/price-list.ts";

function dollarsOf(usage: Usage, included = false): number {
  return billOf(usage, included).dollars;
}

describe("billOf", () => {
  it("prices a month of each item as the list has it", () => {
    expect(MONTH_SECONDS).toBe(2_592_000);
    // 2,592,000 requests at $0.15 a million.
    expect(dollarsOf({ objectRequests: 1 })).toBeCloseTo(0.3888, 10);
    // One object that never sleeps: 331,776 GB-s at $12.50 a million.
    expect(dollarsOf({ objectGbSeconds: 0.128 })).toBeCloseTo(4.1472, 10);
    // 25,920,000 rows at $1 a million.
    expect(dollarsOf({ objectRowsWritten: 10 })).toBeCloseTo(25.92, 10);
    expect(dollarsOf({ d1RowsWritten: 10 })).toBeCloseTo(25.92, 10);
    // 2.592 billion rows at $0.001 a million.
    expect(dollarsOf({ d1RowsRead: 1_000 })).toBeCloseTo(2.592, 10);
    // 7 ms of CPU for each of 2,592,000 requests at $0.02 a million milliseconds.
    expect(dollarsOf({ workerCpuMs: 7 })).toBeCloseTo(0.36288, 10);
    expect(dollarsOf({ dataPointsWritten: 1 })).toBeCloseTo(0.648, 10);
  });

  it("prices what is stored by what there is, not by the second", () => {
    expect(dollarsOf({ d1StoredGb: 4, objectStoredGb: 10 })).toBeCloseTo(4 * 0.75 + 10 * 0.2, 10);
  });

  it("adds up its lines, and has none for what is not used", () => {
    const { lines, dollars } = billOf({ objectRequests: 1, objectRowsWritten: 10, d1RowsRead: 0 });
    expect(lines.map(({ item }) => item)).toEqual(["objectRequests", "objectRowsWritten"]);
    expect(dollars).toBeCloseTo(0.3888 + 25.92, 10);
  });

  it("takes off what is included, and never asks for less than nothing", () => {
    // 2,592,000 requests, of which a million is included.
    expect(dollarsOf({ objectRequests: 1 }, true)).toBeCloseTo(1.592 * 0.15, 10);
    expect(dollarsOf({ objectRowsWritten: 10 }, true)).toBe(0);
    expect(dollarsOf({ d1StoredGb: 6 }, true)).toBeCloseTo(0.75, 10);
    for (const item of Object.keys(PRICE_LIST) as (keyof typeof PRICE_LIST)[]) {
      for (const rate of [0, 1e-6, 1, 1e6]) {
        const usage = { [item]: rate };
        expect(dollarsOf(usage, true)).toBeGreaterThanOrEqual(0);
        expect(dollarsOf(usage, true)).toBeLessThanOrEqual(dollarsOf(usage));
      }
    }
  });

  it("has the example of Cloudflare's page: 1.5 million requests to an object and 128 MB for them", () => {
    const seconds = 1_000_000;
    const usage = {
      objectRequests: 1_500_000 / MONTH_SECONDS,
      objectGbSeconds: (seconds * 0.128) / MONTH_SECONDS,
    };
    expect(dollarsOf(usage, true)).toBeCloseTo(0.075, 10);
  });
});

describe("perBillion", () => {
  it("divides a month's dollars by a month's timings", () => {
    // 3,000 timings a second are 7.776 billion a month.
    expect(perBillion(77.76, 3_000)).toBeCloseTo(10, 10);
  });

  it("is the price of a billion for what is billed by the timing, at any rate", () => {
    for (const rate of [3, 3_000, 300_000]) {
      expect(perBillion(dollarsOf({ dataPointsWritten: rate }), rate)).toBeCloseTo(250, 8);
    }
  });
});
