import { SEVERITIES, type Severity } from "../alerts/rule.ts";
import type { TimeRange } from "../merge/history.ts";
import type { AlertsSummary, LongestAlert, RuleSummary } from "./report.ts";
import type { FiredAlert, FiredAlerts } from "./report-source.ts";

/** An alert as it stood at the end of a report's period. */
interface Standing extends LongestAlert {
  readonly isNew: boolean;
}

/** What the alerts of a period come to, as they stood at its end (or do now, while it lasts). */
export function summarizeAlerts(
  { alerts, leftOut }: FiredAlerts,
  range: TimeRange,
  nowMs: number,
): AlertsSummary {
  const end = Math.min(range.to, nowMs);
  const standing = alerts
    .filter(
      ({ firedAt, resolvedAt }) =>
        firedAt < end && (firedAt >= range.from || resolvedAt === null || resolvedAt > range.from),
    )
    .map((alert) => standingAt(alert, range.from, end));
  return {
    fired: standing.filter(({ isNew }) => isNew).length,
    open: standing.filter(({ isOpen }) => isOpen).length,
    openCritical: standing.filter(({ isOpen, severity }) => isOpen && severity === "CRITICAL")
      .length,
    byRule: groupByRule(standing),
    longest: longestOf(standing),
    leftOut,
  };
}

function standingAt(
  { id, rule, severity, target, operation, firedAt, resolvedAt }: FiredAlert,
  from: number,
  end: number,
): Standing {
  const isOpen = resolvedAt === null || resolvedAt >= end;
  const durationMs = (isOpen ? end : resolvedAt) - firedAt;
  const isNew = firedAt >= from;
  return { id, rule, severity, target, operation, firedAt, durationMs, isOpen, isNew };
}

function groupByRule(standing: readonly Standing[]): RuleSummary[] {
  const groups = new Map<string, RuleSummary>();
  for (const { rule, severity, durationMs, isOpen, isNew } of standing) {
    const key = `${severity}/${rule}`;
    const group = groups.get(key) ?? { rule, severity, fired: 0, open: 0, longestMs: 0 };
    groups.set(key, {
      ...group,
      fired: group.fired + Number(isNew),
      open: group.open + Number(isOpen),
      longestMs: Math.max(group.longestMs, durationMs),
    });
  }
  return [...groups.values()].toSorted(
    (left, right) =>
      rank(left.severity) - rank(right.severity) ||
      right.fired - left.fired ||
      (left.rule < right.rule ? -1 : 1),
  );
}

function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

function longestOf(standing: readonly Standing[]): LongestAlert | null {
  const [first, ...rest] = standing;
  if (first === undefined) return null;
  const { isNew: _isNew, ...longest } = rest.reduce(
    (most, one) => (one.durationMs > most.durationMs ? one : most),
    first,
  );
  return longest;
}
