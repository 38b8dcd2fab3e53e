import type { Status } from "../../grades/grade.ts";
import { sumRejections } from "../../merge/intake-ledger.ts";
import type { Coverage, LiveSnapshot } from "../../stream/live-snapshot.ts";
import type { PillarViews } from "../../pillars/pillar-views.ts";

/** How a tenant does as a whole: what `GET /api/performance/stats` answers. */
export interface PerformanceStats extends SnapshotAge {
  readonly status: Status;
  /** 0 to 10: the mean of the pillars that have data; null if none has. */
  readonly score: number | null;
  readonly pillars: PillarViews;
  readonly coverage: Coverage;
  readonly ledger: LedgerSummary;
}

/** Of which moment something is. */
export interface SnapshotAge {
  readonly tenant: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** How old the oldest part of it is. */
  readonly staleMs: number;
}

/** The books in short; `rejected` is all reasons together. */
export interface LedgerSummary extends CappedOperations {
  readonly offered: number;
  readonly accepted: number;
  readonly merged: number;
  readonly pending: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly isBalanced: boolean;
}

/** Sums a snapshot up. */
export function performanceStats(tenant: string, snapshot: LiveSnapshot): PerformanceStats {
  const { status, score, pillars, coverage, ledger } = snapshot;
  const { offered, accepted, merged, pending, duplicates, isBalanced } = ledger;
  const rejected = sumRejections(ledger.rejected);
  return {
    ...snapshotAge(tenant, snapshot),
    status,
    score,
    pillars,
    coverage,
    ledger: {
      offered,
      accepted,
      merged,
      pending,
      duplicates,
      rejected,
      ...cappedOperations(snapshot),
      isBalanced,
    },
  };
}

/** What is counted, and not by its own name, since the tenant's first timing. */
export interface CappedOperations {
  /** Timings of all targets that are counted under the operation `other`. */
  readonly capped: number;
  /** What that means and what to do; null while it is none. */
  readonly note: string | null;
}

/** What a snapshot's books say of operations that are beyond the limit. */
export function cappedOperations({ ledger: { capped } }: LiveSnapshot): CappedOperations {
  return { capped, note: capped === 0 ? null : CAPPED_NOTE };
}

const CAPPED_NOTE =
  "capped timings are counted under the operation other, as their target had more operations than " +
  "maxOperationsPerTarget (tachograph.config.ts) allows: 64 by default, at most 255. Use fewer " +
  "names, raise it, or spread them over several targets.";

/** Of which moment a snapshot is. */
export function snapshotAge(tenant: string, { at, staleMs }: LiveSnapshot): SnapshotAge {
  return { tenant, at, staleMs };
}
