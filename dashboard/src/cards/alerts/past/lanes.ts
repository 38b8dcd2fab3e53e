import type { BacktestTransition } from "../../../../../src/alerts/backtest.ts";
import type { Severity } from "../../../../../src/alerts/rule.ts";
import { compareText } from "../../../../../src/compare-text.ts";
import type { AlertView } from "../../../../../src/stream/stream-frame.ts";
import { rankOf } from "../../../parts/severity.ts";

/** A stretch of time that a series spent in one state. Epoch milliseconds, `to` excluded. */
export interface LaneBand {
  readonly from: number;
  readonly to: number;
  readonly state: "pending" | "firing" | "nodata";
}

/** What one rule found on one series over a stretch of time. */
export interface Lane {
  readonly key: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly target: string;
  readonly operation: string;
  /** By time; they do not overlap. */
  readonly bands: readonly LaneBand[];
  /** How often it began to fire. */
  readonly firings: number;
  /** How long it fired altogether. */
  readonly firingMs: number;
}

/** A stretch of time, epoch milliseconds; `to` excluded. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * One lane for each rule and series that fired, the worst first, then what fired longest.
 *
 * @param span - what is shown; what lies outside of it is cut off. An alert that has not ended goes
 * on to its end.
 */
export function lanesOfHistory(alerts: readonly AlertView[], span: Span): readonly Lane[] {
  const groups = Map.groupBy(alerts, ({ rule, target, operation }) =>
    [rule, target, operation].join(" "),
  );
  const lanes: Lane[] = [];
  for (const [key, group] of groups) {
    const [first] = group;
    if (first === undefined) continue;
    const found = group.flatMap(({ firedAt, resolvedAt }) =>
      firedAt === null
        ? []
        : [{ from: firedAt, to: resolvedAt ?? span.to, state: "firing" as const }],
    );
    const bands = withoutOverlap(cut(found, span));
    if (bands.length === 0) continue;
    // A rule's severity may have been changed in between.
    const { severity } = group.reduce((worst, alert) =>
      rankOf(alert.severity) < rankOf(worst.severity) ? alert : worst,
    );
    const { rule, target, operation } = first;
    const firings = found.filter(({ from, to }) => from < span.to && to > span.from).length;
    lanes.push({
      key,
      rule,
      severity,
      target,
      operation,
      bands,
      firings,
      firingMs: firingOf(bands),
    });
  }
  return lanes.toSorted(worstFirst);
}

/**
 * One lane for each series that a rule, tried on history, found anything on; what fired longest
 * comes first.
 *
 * @param transitions - by time, as the server answers them.
 */
export function lanesOfTransitions(
  transitions: readonly BacktestTransition[],
  rule: { readonly name: string; readonly severity: Severity },
  span: Span,
): readonly Lane[] {
  const groups = Map.groupBy(transitions, ({ target, operation }) => `${target} ${operation}`);
  const lanes: Lane[] = [];
  for (const [key, group] of groups) {
    const [first] = group;
    if (first === undefined) continue;
    const bands = cut(bandsOf(group, span.to), span);
    lanes.push({
      key,
      rule: rule.name,
      severity: rule.severity,
      target: first.target,
      operation: first.operation,
      bands,
      firings: firingsOf(group),
      firingMs: firingOf(bands),
    });
  }
  return lanes.toSorted(worstFirst);
}

function bandsOf(transitions: readonly BacktestTransition[], end: number): readonly LaneBand[] {
  return transitions.flatMap(({ at, state }, index) => {
    if (state === "inactive" || state === "resolved") return [];
    return [{ from: at, to: transitions[index + 1]?.at ?? end, state }];
  });
}

/** An alert that comes back from missing data is the same incident. */
function firingsOf(transitions: readonly BacktestTransition[]): number {
  return transitions.filter(
    ({ state }, index) => state === "firing" && transitions[index - 1]?.state !== "nodata",
  ).length;
}

function cut(bands: readonly LaneBand[], { from, to }: Span): readonly LaneBand[] {
  return bands
    .map((band) => ({ ...band, from: Math.max(band.from, from), to: Math.min(band.to, to) }))
    .filter((band) => band.from < band.to);
}

/** Of one state: what overlaps becomes one. */
function withoutOverlap(bands: readonly LaneBand[]): readonly LaneBand[] {
  const joined: LaneBand[] = [];
  for (const band of bands.toSorted((one, other) => one.from - other.from)) {
    const last = joined.at(-1);
    if (last === undefined || band.from > last.to) joined.push(band);
    else joined[joined.length - 1] = { ...last, to: Math.max(last.to, band.to) };
  }
  return joined;
}

function firingOf(bands: readonly LaneBand[]): number {
  return bands.reduce(
    (sum, { from, to, state }) => (state === "firing" ? sum + to - from : sum),
    0,
  );
}

function worstFirst(one: Lane, other: Lane): number {
  return (
    rankOf(one.severity) - rankOf(other.severity) ||
    other.firingMs - one.firingMs ||
    compareText(one.key, other.key)
  );
}
