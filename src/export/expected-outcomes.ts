import type { Outcome } from "../outcome.ts";
import type { TargetKind } from "../target-kind.ts";

const EXPECTED: readonly Outcome[] = ["ok", "error", "timeout", "rate_limited"];
const EXPECTED_OF_CACHES: readonly Outcome[] = ["hit", "miss", "error", "timeout"];

/** How calls may end that are shown from a series' first call on, so that a first error is an increase. */
export function expectedOutcomes(kind: TargetKind): readonly Outcome[] {
  return kind === "cache" ? EXPECTED_OF_CACHES : EXPECTED;
}
