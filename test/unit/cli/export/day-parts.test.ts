import fc from "fast-check";
import { expect, it } from "vitest";
import { dayParts } from "../../../../src/cli/export/day-parts.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("parts of days", process.env["SEED"]);
const DAY_MS = 86_400_000;

it("cuts a range at midnights only, without a gap, in parts of so many days at most", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 100 * DAY_MS }),
      fc.integer({ min: 1, max: 100 * DAY_MS }),
      fc.integer({ min: 1, max: 31 }),
      (from, lengthMs, days) => {
        const parts = dayParts(from, from + lengthMs, days);
        let at = from;
        for (const part of parts) {
          expect(part.from).toBe(at);
          expect(part.to > part.from && part.to - part.from <= days * DAY_MS).toBe(true);
          at = part.to;
        }
        expect(at).toBe(from + lengthMs);
        for (const { to } of parts.slice(0, -1)) expect(to % DAY_MS).toBe(0);
        expect(parts.length).toBeLessThanOrEqual(Math.ceil(lengthMs / (days * DAY_MS)) + 1);
      },
    ),
    { seed },
  );
});
