/** How a database does: points from 10 down, and what cost them. */
export interface D1Grade {
  readonly grade: "HEALTHY" | "WARNING" | "CRITICAL";
  readonly color: "green" | "yellow" | "red";
  readonly score: number;
}

/** A query above this is slow, and one above the second bound very slow: means in milliseconds. */
const SLOW_MS = 500;
const VERY_SLOW_MS = 1000;

/** From how many very slow queries on the first deduction is the larger one. */
const MAX_VERY_SLOW = 5;

/** What is known of a database. Null where it was not measured: that costs nothing. */
export interface D1Facts {
  /** Mean duration of each query (operation). */
  readonly meansMs: readonly number[];
  readonly meanWaitMs: number | null;
  readonly sizeBytes: number | null;
}

/** Grades a database by its queries, its waits and its size. */
export function d1Grade({ meansMs, meanWaitMs, sizeBytes }: D1Facts): D1Grade {
  const lost = lostToQueries(meansMs) + lostToWaits(meanWaitMs) + lostToSize(sizeBytes);
  const score = 10 - lost;
  if (lost === 0) return { grade: "HEALTHY", color: "green", score };
  if (lost <= 3) return { grade: "WARNING", color: "yellow", score };
  return { grade: "CRITICAL", color: "red", score };
}

function lostToQueries(meansMs: readonly number[]): number {
  if (meansMs.filter((meanMs) => meanMs > VERY_SLOW_MS).length > MAX_VERY_SLOW) return 3;
  return meansMs.some((meanMs) => meanMs > SLOW_MS) ? 2 : 0;
}

function lostToWaits(meanWaitMs: number | null): number {
  if (meanWaitMs === null || meanWaitMs <= 100) return 0;
  return meanWaitMs > 200 ? 3 : 1;
}

function lostToSize(sizeBytes: number | null): number {
  return sizeBytes !== null && sizeBytes > 500_000_000 ? 2 : 0;
}
