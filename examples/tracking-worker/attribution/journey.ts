/** One contact of a visitor with a channel. */
export interface Touchpoint {
  readonly channel: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Whether a lead came of it. Default: not. */
  readonly isLead?: boolean;
}

/** What a journey led to. */
export interface Conversion {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly value: number;
}

/** What a visitor did, in any order, until it led to something; or `null` if it did not so far. */
export interface Journey {
  readonly touchpoints: readonly Touchpoint[];
  readonly conversion: Conversion | null;
}

/** The touchpoints that can have led to the conversion, in the order of their times. */
export interface OrderedTouchpoints {
  readonly touchpoints: readonly Touchpoint[];
  /** How many others there were: later than the conversion, or without a time. */
  readonly ignored: number;
}

/** Sorts the touchpoints by time, equal times as they are given, and leaves out what came too late. */
export function orderTouchpoints({ touchpoints, conversion }: Journey): OrderedTouchpoints {
  const until = conversion?.at ?? Number.MAX_VALUE;
  const counted = touchpoints.filter(({ at }) => Number.isFinite(at) && at <= until);
  return {
    touchpoints: counted.toSorted((one, other) => one.at - other.at),
    ignored: touchpoints.length - counted.length,
  };
}
