import { d1Grade } from "../../../../src/grades/d1-grade.ts";
import type { D1Pillar } from "../../../../src/pillars/pillar-views.ts";

/** What cost the databases points, and how many. */
interface D1Issue {
  readonly about: "queries" | "waits" | "size";
  /** Points of 10. */
  readonly lost: number;
}

const FULL_SCORE = 10;

/**
 * What the score of the databases was lost to, by the server's own rule. Its sum is all that was
 * lost: the slowest queries are enough to tell what queries cost.
 */
export function d1Issues({
  slowest,
  meanWaitMs,
  sizeBytes,
}: Pick<D1Pillar, "meanWaitMs" | "sizeBytes"> & {
  readonly slowest: readonly Pick<D1Pillar["slowest"][number], "meanMs">[];
}): D1Issue[] {
  const none = { meansMs: [], meanWaitMs: null, sizeBytes: null };
  const facts = [
    ["queries", { ...none, meansMs: slowest.map(({ meanMs }) => meanMs) }],
    ["waits", { ...none, meanWaitMs }],
    ["size", { ...none, sizeBytes }],
  ] as const;
  return facts.flatMap(([about, fact]) => {
    const lost = FULL_SCORE - d1Grade(fact).score;
    return lost === 0 ? [] : { about, lost };
  });
}
