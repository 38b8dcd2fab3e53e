import { SEVERITIES } from "../../../../src/alerts/rule.ts";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";

/** How many alerts there are of a kind. */
interface FiringCounts {
  readonly firing: number;
  /** Of those that fire; severities without one are left out, the worst is first. */
  readonly bySeverity: readonly (readonly [severity: AlertView["severity"], count: number])[];
  /** Alerts that fired and whose numbers stopped coming. */
  readonly noData: number;
}

/** Counts the alerts that concern somebody now; what is only pending does not yet. */
export function firingCounts(alerts: Iterable<AlertView>): FiringCounts {
  const counts = new Map<AlertView["severity"], number>();
  let firing = 0;
  let noData = 0;
  for (const { state, severity } of alerts) {
    if (state === "nodata") noData += 1;
    if (state !== "firing") continue;
    firing += 1;
    counts.set(severity, (counts.get(severity) ?? 0) + 1);
  }
  const bySeverity = SEVERITIES.flatMap((severity) => {
    const count = counts.get(severity);
    return count === undefined ? [] : [[severity, count] as const];
  });
  return { firing, bySeverity, noData };
}
