import type { MeasureName } from "../measures.ts";
import type { Comparison, Language, MetricName, Severity, Unit } from "./rule.ts";

/** Where an alert stands. A series without an alert is inactive. */
export const ALERT_STATES = ["pending", "firing", "nodata", "resolved"] as const;

export type AlertState = (typeof ALERT_STATES)[number];

/** Why an alert ended. */
export const RESOLVED_REASONS = [
  /** Its condition holds no more. */
  "recovered",
  /** There was no data for so long that it says nothing any more. */
  "no_data",
  "rule_removed",
  "rule_changed",
] as const;

export type ResolvedReason = (typeof RESOLVED_REASONS)[number];

/** Who has taken an alert on. */
export interface Acknowledgement {
  readonly by: string;
  readonly at: number;
}

/** One incident: what a rule found on one series, from the first time its condition held. Stored. */
export interface Alert {
  /** Unique in the tenant, for ever: the idempotency key of all that is sent about it. */
  readonly id: string;
  readonly rule: string;
  /** {@link ruleFingerprint} of the rule as it was when the alert began. */
  readonly fingerprint: string;
  readonly target: string;
  readonly operation: string;
  readonly severity: Severity;
  readonly metric: MetricName;
  /** Parameters of the metric for texts, as 95 of a percentile. */
  readonly percentile: number | null;
  /** The measure that its rule looks at; undefined for a metric without one. */
  readonly measure?: MeasureName | undefined;
  readonly comparison: Comparison;
  readonly unit: Unit;
  readonly threshold: number;
  readonly state: AlertState;
  /** The last value there was. */
  readonly value: number | null;
  /**
   * Of an alert of `failing`: the value that the probe found in the same run; null if that run found
   * none, undefined for any other alert.
   */
  readonly found?: number | null | undefined;
  /** Since when the condition holds (or held), epoch milliseconds. */
  readonly since: number;
  /** When it was last evaluated. */
  readonly evaluatedAt: number;
  readonly firedAt: number | null;
  readonly resolvedAt: number | null;
  readonly resolvedReason: ResolvedReason | null;
  /** Since when its condition no longer holds, while `keepFiringForMs` keeps it. */
  readonly clearedAt: number | null;
  /** Since when there is no data. */
  readonly noDataAt: number | null;
  readonly acknowledged: Acknowledgement | null;
  /** The rule that implies it and fires, or null. */
  readonly inhibitedBy: string | null;
  /**
   * Until when nobody is told of it for the first time, since a rule that implies it has ended and
   * what this one looks at still holds what that one told of; null if none has.
   */
  readonly quietUntil: number | null;
  /** The silence that keeps it quiet, or null. */
  readonly silencedBy: string | null;
  /** Channels that were told that it fires: they are told that it ended, too. */
  readonly toldChannels: readonly string[];
  /** When it was last told that it fires. */
  readonly toldAt: number | null;
  /** How often it was told again. */
  readonly repeats: number;
  readonly action: Readonly<Record<Language, string>>;
}

/** Where an alert went at one evaluation. */
export interface Transition {
  readonly at: number;
  readonly from: AlertState | "inactive";
  readonly to: AlertState | "inactive";
  readonly alert: Alert;
}
