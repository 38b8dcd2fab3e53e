import type { AlertView } from "../../../../src/stream/stream-frame.ts";

/** What of the alerts is to be said aloud, and what has been. */
interface Firings {
  /** Began to fire, or to be told of, since the last time. */
  readonly fresh: readonly AlertView[];
  /** Ids that need not be said again. */
  readonly told: ReadonlySet<string>;
}

/**
 * Finds the alerts that a listener has not heard of. What is silenced, or implied by another, is not
 * said for as long as that lasts.
 *
 * @param told - of the last time; undefined when the page has just been opened: then nothing is new.
 */
export function newFirings(
  told: ReadonlySet<string> | undefined,
  alerts: ReadonlyMap<string, AlertView>,
): Firings {
  const loud = [...alerts.values()].filter(
    ({ state, silencedBy, inhibitedBy }) =>
      (state === "firing" || state === "nodata") && silencedBy === null && inhibitedBy === null,
  );
  if (told === undefined) return { fresh: [], told: new Set(loud.map(({ id }) => id)) };
  const fresh = loud.filter(({ id, state }) => state === "firing" && !told.has(id));
  const still = [...told].filter((id) => alerts.has(id));
  return { fresh, told: new Set([...still, ...fresh.map(({ id }) => id)]) };
}
