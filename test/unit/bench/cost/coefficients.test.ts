import { describe, expect, it } from "vitest";
import { coefficientsOf, commitsOf } from "../../../../bench/cost/coefficients.ts";
import { difference } from "../../../../bench/cost/counted-run.ts";
import type { Usage } from "../../../../bench/workers/usage.ts";

const NOTHING: Usage = {
  workerRequests: 0,
  objectRequests: {},
  rowsRead: 0,
  rowsWritten: 0,
  writes: {},
  alarmsSet: 0,
  d1Statements: 0,
  d1RowsRead: 0,
  d1RowsWritten: 0,
};

/** 2 targets with 1 operation are 4 series. */
const COUNTED: Usage = {
  ...NOTHING,
  rowsRead: 90,
  rowsWritten: 45,
  writes: {
    "INSERT log": { statements: 8, rows: 8 },
    "UPDATE log": { statements: 12, rows: 12 },
    "INSERT slots": { statements: 12, rows: 12 },
    "INSERT state": { statements: 2, rows: 2 },
    "INSERT shards": { statements: 2, rows: 2 },
    "INSERT outbox": { statements: 3, rows: 9 },
  },
  d1RowsRead: 6,
  d1RowsWritten: 4,
};

function coefficients(usage: Usage): ReturnType<typeof coefficientsOf> {
  return coefficientsOf([{ run: { durationMs: 1_000, usage }, targets: 2, operations: 1 }]);
}

describe("coefficientsOf", () => {
  it("tells rows of the log, of series, of shards and of the tenant apart", () => {
    expect(commitsOf(COUNTED)).toBe(20);
    expect(coefficients(COUNTED)).toEqual({
      rowsPerCommit: 1,
      minuteRowsPerSeries: 3,
      minuteRowsPerShard: 2,
      minuteRowsOfTenant: 9,
      minuteD1RowsPerSeries: 1,
      readsPerRow: 2,
      d1ReadsPerRow: 1.5,
    });
  });

  it("charges what is deleted from the log to its rows", () => {
    const writes = { ...COUNTED.writes, "DELETE log": { statements: 1, rows: 20 } };
    const counted = coefficients({ ...COUNTED, rowsWritten: 65, writes });
    expect(counted.rowsPerCommit).toBe(2);
    expect(counted.minuteRowsOfTenant).toBe(9);
  });

  it("refuses a run in which no minute ended", () => {
    const writes = { "UPDATE log": { statements: 12, rows: 12 } };
    expect(() => coefficients({ ...COUNTED, rowsWritten: 12, writes })).toThrow("no minute ended");
    expect(() => coefficients({ ...COUNTED, d1RowsWritten: 0 })).toThrow("no minute ended");
  });
});

describe("difference", () => {
  it("leaves what was used between two counts, also of what is new", () => {
    const before: Usage = {
      ...NOTHING,
      rowsWritten: 5,
      objectRequests: { TimingShard: 3 },
      writes: { "INSERT log": { statements: 5, rows: 5 } },
    };
    const after: Usage = {
      ...NOTHING,
      rowsWritten: 9,
      alarmsSet: 1,
      objectRequests: { TimingShard: 7, Coordinator: 2 },
      writes: {
        "INSERT log": { statements: 5, rows: 5 },
        "UPDATE log": { statements: 4, rows: 4 },
      },
    };
    expect(difference(after, before)).toEqual({
      ...NOTHING,
      rowsWritten: 4,
      alarmsSet: 1,
      objectRequests: { TimingShard: 4, Coordinator: 2 },
      writes: { "UPDATE log": { statements: 4, rows: 4 } },
    });
  });
});
