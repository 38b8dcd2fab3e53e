import { MAX_BUCKETS } from "./otlp-limits.ts";

/** The bit of a point's `flags` that says that there is no value (`DataPointFlags`). */
export const NO_RECORDED_VALUE = 1;

/** Stands for a time that is no number of nanoseconds: nothing is so old. */
export const BAD_TIME = -1n;

export const TOO_MANY_BUCKETS = `there are more than ${MAX_BUCKETS} buckets`;
