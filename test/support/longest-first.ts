import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files that take longer than most, the longest first: one that begins last is waited for alone. The
 * order of vitest, by size as long as it knows no durations, begins the crash tests late.
 */
const LONG_FILES = [
  "e2e/crash.test.ts",
  "e2e/alerts-crash.test.ts",
  "e2e/prometheus.test.ts",
  "e2e/deferral.test.ts",
  "e2e/demo-outage.test.ts",
  "e2e/bad-input.test.ts",
  "e2e/limits-crash.test.ts",
  "e2e/otlp-export.test.ts",
];

/** Begins the longest files first. What remains is in vitest's own order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- a sequencer's method, not an array's
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONG_FILES.findIndex((file) => moduleId.endsWith(`/test/${file}`));
  return rank < 0 ? LONG_FILES.length : rank;
}
