import { d1Grade } from "../grades/d1-grade.ts";
import { d1Facts } from "../pillars/d1-facts.ts";
import type { D1Summary, OperationSummary } from "./report.ts";
import type { OperationInput, ReportInput } from "./report-input.ts";
import { spanStats } from "./span-stats.ts";

/** How many of a database's operations a report shows. */
const MAX_SLOWEST = 10;

/** The databases of a period, graded as in a snapshot; null without timings. */
export function summarizeD1({ targets, operations }: ReportInput): D1Summary | null {
  const all = operations
    .filter(({ kind }) => kind === "d1")
    .flatMap((one) => summarizeOperation(one) ?? [])
    .toSorted((left, right) => right.meanMs - left.meanMs);
  if (all.length === 0) return null;
  const measures = targets
    .filter(({ kind }) => kind === "d1")
    .flatMap(({ now }) => spanStats(now)?.measures ?? []);
  const meansMs = all.map(({ meanMs }) => meanMs);
  const facts = d1Facts({ meansMs, measures, sizes: measures });
  return {
    grade: d1Grade(facts),
    meanWaitMs: facts.meanWaitMs,
    sizeBytes: facts.sizeBytes,
    slowest: all.slice(0, MAX_SLOWEST),
    operations: all.length,
  };
}

function summarizeOperation({ target, operation, now }: OperationInput): OperationSummary | null {
  const { count = 0, meanMs = null, maxMs = null } = spanStats(now) ?? {};
  if (meanMs === null || maxMs === null) return null;
  return { target, operation, count, meanMs, maxMs };
}
