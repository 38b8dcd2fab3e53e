import { compareText } from "../../../../src/compare-text.ts";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";
import { rankOf } from "../../parts/severity.ts";

const RANK_OF_STATE: Readonly<Record<AlertView["state"], number>> = {
  firing: 0,
  nodata: 1,
  pending: 2,
  resolved: 3,
};

/**
 * Those that have not ended, in the order in which somebody who is called should read them: by
 * severity, what fires before what is about to, the oldest first.
 */
export function arrangeAlerts(alerts: Iterable<AlertView>): readonly AlertView[] {
  return [...alerts]
    .filter(({ state }) => state !== "resolved")
    .toSorted(
      (one, other) =>
        rankOf(one.severity) - rankOf(other.severity) ||
        RANK_OF_STATE[one.state] - RANK_OF_STATE[other.state] ||
        one.since - other.since ||
        compareText(one.id, other.id),
    );
}

/**
 * The first of a list, and the one that somebody asked for by its id wherever it stands.
 *
 * @param max - how many are shown at first.
 */
export function shortened(
  alerts: readonly AlertView[],
  max: number,
  wantedId: string | null,
): readonly AlertView[] {
  return alerts.filter(({ id }, index) => index < max || id === wantedId);
}
