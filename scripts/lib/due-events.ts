/** How far the generator has come. */
export interface TrafficProgress {
  /** Events that were sent or skipped so far. */
  readonly scheduled: number;
  /** Events that wait for their answer. */
  readonly inFlight: number;
}

export interface TrafficPlan {
  readonly ratePerSecond: number;
  readonly maxInFlight: number;
}

/** What to do now. Skipped events are never made up for: a pause must not end in a burst. */
export interface DueEvents {
  readonly send: number;
  readonly skip: number;
}

/** How many events are due `elapsedMs` after the start, within the cap on those in flight. */
export function dueEvents(
  plan: TrafficPlan,
  progress: TrafficProgress,
  elapsedMs: number,
): DueEvents {
  const due = Math.floor((plan.ratePerSecond * elapsedMs) / 1_000) - progress.scheduled;
  if (due <= 0) return { send: 0, skip: 0 };
  // Half a second's worth at most: the machine slept, or the loop was held up.
  const burst = Math.max(1, Math.ceil(plan.ratePerSecond / 2));
  const room = Math.max(0, plan.maxInFlight - progress.inFlight);
  const send = Math.min(due, burst, room);
  return { send, skip: due - send };
}
