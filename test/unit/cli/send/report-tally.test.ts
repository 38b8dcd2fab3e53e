import fc from "fast-check";
import { expect, it } from "vitest";
import { CliError } from "../../../../src/cli/cli-error.ts";
import type { ReportOutcome } from "../../../../src/cli/send/report-sender.ts";
import { ReportTally } from "../../../../src/cli/send/report-tally.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("what became of reports", process.env["SEED"]);

function acknowledged(
  attempts: number,
  accepted: number,
  rejected: number,
  duplicate = false,
): ReportOutcome {
  const refused = Array.from({ length: rejected }, (_, index) => ({ index, reason: "too_old" }));
  return { kind: "acknowledged", attempts, answer: { accepted, duplicate, rejected: refused } };
}

it("takes what a repeat does not count for counted before", () => {
  const tally = new ReportTally();
  tally.add(10, acknowledged(1, 8, 2));
  tally.add(10, acknowledged(2, 0, 1, true));
  tally.add(10, acknowledged(3, 4, 0));
  expect(tally.totals()).toMatchObject({
    requests: 3,
    sent: 30,
    accepted: 12,
    duplicates: 15,
    rejected: { too_old: 3 },
    retries: 3,
    faults: {},
  });
});

it.each([
  ["too much", 1, 11, 0, false],
  ["too much in a repeat", 2, 9, 2, false],
  ["too little", 1, 8, 1, false],
  ["a repeat that is none", 1, 0, 0, true],
])("finds an answer that says %s", (_, attempts, accepted, rejected, duplicate) => {
  const tally = new ReportTally();
  tally.add(10, acknowledged(attempts, accepted, rejected, duplicate));
  expect(Object.keys(tally.totals().faults)).toHaveLength(1);
});

it("accounts for every timing of honest answers, and keeps few texts", () => {
  const request = fc.record({
    attempts: fc.integer({ min: 1, max: 4 }),
    accepted: fc.nat({ max: 50 }),
    rejected: fc.nat({ max: 5 }),
    before: fc.nat({ max: 50 }),
    failure: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 60 }), (requests) => {
      const tally = new ReportTally();
      for (const { attempts, accepted, rejected, before, failure } of requests) {
        const counted = attempts > 1 ? before : 0;
        const size = accepted + rejected + counted;
        if (failure === undefined) tally.add(size, acknowledged(attempts, accepted, rejected));
        else
          tally.add(size, {
            kind: "failed",
            attempts,
            error: new CliError(failure, { exitCode: 3 }),
          });
      }
      const totals = tally.totals();
      const refused = Object.values(totals.rejected).reduce((sum, count) => sum + count, 0);
      expect(totals.accepted + totals.duplicates + refused + totals.failed).toBe(totals.sent);
      expect(totals.faults).toEqual({});
      expect(Object.keys(totals.failures).length).toBeLessThanOrEqual(21);
    }),
    { seed },
  );
});
