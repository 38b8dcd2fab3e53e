import type { Alert } from "./alert.ts";
import type { Severity } from "./rule.ts";

/** What a silence is about: an alert that has all of it. At least one is given. */
export interface SilenceMatch {
  readonly target?: string;
  readonly rule?: string;
  readonly severity?: Severity;
}

/** Keeps alerts quiet for a time: they are evaluated and shown, and nobody is told. */
export interface Silence {
  readonly id: string;
  readonly match: SilenceMatch;
  /** Epoch milliseconds. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly by: string;
  readonly why: string;
}

/** The silence that keeps an alert quiet at `nowMs`, if there is one. */
export function silenceOf(
  alert: Pick<Alert, "target" | "rule" | "severity">,
  silences: readonly Silence[],
  nowMs: number,
): Silence | undefined {
  return silences.find(
    ({ match, from, to }) =>
      nowMs >= from &&
      nowMs < to &&
      (match.target ?? alert.target) === alert.target &&
      (match.rule ?? alert.rule) === alert.rule &&
      (match.severity ?? alert.severity) === alert.severity,
  );
}
