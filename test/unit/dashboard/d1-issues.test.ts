import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { d1Issues } from "../../../dashboard/src/cards/d1/d1-issues.ts";
import { d1Grade } from "../../../src/grades/d1-grade.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("issues of D1", process.env["SEED"]);

const anyMs = fc.oneof(fc.constantFrom(0, 100, 200, 500, 1_000), fc.nat(3_000));

describe("d1Issues", () => {
  it("account for every point that the server's grade is short of 10, from the ten slowest", () => {
    fc.assert(
      fc.property(
        fc.array(anyMs, { maxLength: 30 }),
        fc.option(anyMs),
        fc.option(fc.nat(1_000_000_000)),
        (meansMs, meanWaitMs, sizeBytes) => {
          const slowest = meansMs
            .toSorted((left, right) => right - left)
            .slice(0, 10)
            .map((meanMs) => ({ meanMs }));
          const issues = d1Issues({ slowest, meanWaitMs, sizeBytes });
          const lost = issues.reduce((sum, issue) => sum + issue.lost, 0);
          expect(10 - lost).toBe(d1Grade({ meansMs, meanWaitMs, sizeBytes }).score);
          expect(issues.every((issue) => issue.lost > 0)).toBe(true);
        },
      ),
      { seed },
    );
  });

  it("name what it was", () => {
    expect(
      d1Issues({ slowest: [{ meanMs: 600 }], meanWaitMs: 150, sizeBytes: 600_000_000 }),
    ).toEqual([
      { about: "queries", lost: 2 },
      { about: "waits", lost: 1 },
      { about: "size", lost: 2 },
    ]);
  });
});
