import { MIN_COUNT } from "../../../../src/pillars/mean-score.ts";
import type { PillarViews, Status } from "../../../../src/stream/stream-frame.ts";
import type { BadgeColor } from "../../parts/badge.tsx";

/** What is CRITICAL now: a target by its errors or its latency, or a whole pillar. */
export type Trouble =
  /** `rate` is a fraction from 0 to 1. */
  | { readonly kind: "errors"; readonly target: string; readonly rate: number }
  | { readonly kind: "latency"; readonly target: string; readonly p95Ms: number | null }
  | { readonly kind: "throughput" | "d1" | "cache" };

/**
 * Everything that is CRITICAL, the worst first: who fails, who is slow, then whole pillars. The status
 * is that of a mean, which one broken target of many hardly moves.
 */
export function troublesOf(pillars: PillarViews | undefined): readonly Trouble[] {
  if (pillars === undefined) return [];
  const { errors, latency } = pillars;
  const failing = (errors?.targets ?? [])
    .filter(isCritical)
    .map(({ target, rate }) => ({ kind: "errors", target, rate }) as const);
  const slow = (latency?.targets ?? [])
    .filter(isCritical)
    .map(({ target, p95Ms }) => ({ kind: "latency", target, p95Ms }) as const);
  const whole = (["throughput", "d1", "cache"] as const)
    .filter((kind) => pillars[kind]?.grade === "CRITICAL")
    .map((kind) => ({ kind }));
  return [...failing, ...slow, ...whole];
}

const COLOR_OF_STATUS: Readonly<Record<Status, BadgeColor>> = {
  HEALTHY: "green",
  WARNING: "orange",
  CRITICAL: "red",
  UNKNOWN: "none",
};

/** The colour of the status' word: green only where nothing is CRITICAL and no alert fires. */
export function colorOfStatus(status: Status, troubles: number, firing: number): BadgeColor {
  if (status !== "HEALTHY") return COLOR_OF_STATUS[status];
  if (troubles > 0) return "orange";
  return firing > 0 ? "none" : "green";
}

function isCritical({
  count,
  grade,
}: {
  readonly count: number;
  readonly grade: { readonly grade: string };
}): boolean {
  return count >= MIN_COUNT && grade.grade === "CRITICAL";
}
