import { WHOLE_TARGET } from "../names.ts";
import { type Delta, DeltaBuilder, type DeltaEntry } from "./delta.ts";
import type { SeriesName } from "./series-name.ts";
import type { SeriesState } from "./series-state.ts";
import { MINUTE_MS, startOf } from "./slot-time.ts";

/** What a slot of one series gains, with all at hand that adding it needs. */
export interface ReadySlot extends DeltaEntry {
  readonly name: SeriesName;
  /** Undefined for a minute that is only here in part: what it gains is stored as another one. */
  readonly state: SeriesState | undefined;
}

/** What one target gains, by its operations and as a whole. */
export interface ReadyDelta {
  readonly slots: readonly ReadySlot[];
  readonly wholeSlots: readonly ReadySlot[];
}

/**
 * Does all of a merge that can fail. Nothing has changed after it: an answer that failed halfway
 * would be collected again, and what was added of it would count twice.
 * @param delta of which every histogram can be read.
 * @param stateOf the state that a minute of a series is added to, if it is added to one.
 * @throws CorruptBytesError if a stored minute cannot be read, and whatever storage throws.
 */
export function readyDelta(
  target: string,
  delta: Delta,
  stateOf: (name: SeriesName, minuteStart: number) => SeriesState | undefined,
): ReadyDelta {
  const whole = new DeltaBuilder();
  for (const { slotStart, aggregate } of delta) {
    whole.builder(slotStart, WHOLE_TARGET).add(aggregate);
  }
  const ready = (entry: DeltaEntry): ReadySlot => {
    const name = { target, operation: entry.operation };
    const minuteStart = startOf(entry.slotStart, MINUTE_MS);
    const state = stateOf(name, minuteStart);
    state?.readBeforeMerge(minuteStart);
    return { ...entry, name, state };
  };
  return { slots: delta.map(ready), wholeSlots: whole.finish().map(ready) };
}
