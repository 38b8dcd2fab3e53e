import { horizonRefusal, MAX_AGE_MS } from "../wire/horizon.ts";
import type { RejectionReason } from "../wire/report.ts";
import type { RunningTotal, TotalValue } from "../wire/running-total.ts";
import { isEmptyTotal, totalGain } from "./total-gain.ts";

/** The last total of a stream: where its next gain begins. */
export type StreamTotal = Pick<RunningTotal, "startAt" | "at" | "value">;

/**
 * How long a stream may be silent, in milliseconds. What it gained while it was lands in one slot,
 * and after longer than this the past of a whole day could.
 */
export const MAX_SILENCE_MS = 3_600_000;

/**
 * How long a total that says nothing new is not worth to be stored, in milliseconds: most streams
 * of a process are idle most of the time. Far less than {@link MAX_SILENCE_MS}, as it counts as silence.
 */
const RENEW_MS = 600_000;

/**
 * How long nothing must have gone on from the last total before one that contradicts it is believed,
 * in milliseconds. Two senders of one stream contradict each other for as long as both are there,
 * and to believe them in turns would count all of each again and again. More than
 * {@link RENEW_MS} and an export's interval, as a stream that is idle is not stored more often.
 */
const MAX_CONTRADICTION_MS = 900_000;

/** Most timings that a total may gain: whoever says more made it up, and would fill the books. */
const MAX_GAIN = 1_000_000_000;

/** What a total means for its stream. */
export type StreamStep =
  /** It says nothing that is not known. */
  | { readonly kind: "repeat" }
  /** It is as if it had not come. */
  | { readonly kind: "refused"; readonly reason: RejectionReason }
  /** It takes the place of the last one, and this much is counted, which may be nothing. */
  | { readonly kind: "gain"; readonly gain: TotalValue }
  /** It takes the place of the last one, and nothing is counted. */
  | { readonly kind: "baseline" };

const REPEAT: StreamStep = { kind: "repeat" };
const BASELINE: StreamStep = { kind: "baseline" };
const WENT_BACK: StreamStep = { kind: "refused", reason: "went_back" };

/**
 * What a running total means, given the last one of its stream. All that it counts was counted by
 * the sender after the last one, or after it began, if that was a moment ago: of anything else
 * nobody knows when it happened.
 *
 * Of two lives of a stream the younger one counts; one without a start is older than all others.
 * What goes back within a life, or to an older one, is refused until nothing has gone on from the
 * last total for {@link MAX_CONTRADICTION_MS}: then it is a new beginning. What is refused leaves
 * the last one as it is, so that a later total says the same again.
 *
 * @param known undefined for a stream that was never heard of.
 */
export function stepOf(
  known: StreamTotal | undefined,
  total: StreamTotal,
  nowMs: number,
): StreamStep {
  const { startAt, at, value } = total;
  if (known !== undefined && at <= known.at) return REPEAT;
  const gain = known?.startAt === startAt ? totalGain(known.value, value) : undefined;
  const silenceMs = known === undefined ? Infinity : at - known.at;
  // Before anything is refused: one that was not worth to be stored may come again much later.
  if (typeof gain === "object" && isEmptyTotal(gain) && silenceMs < RENEW_MS) return REPEAT;
  if (startAt > at) return { kind: "refused", reason: "bad_time" };
  const reason = horizonRefusal(at, nowMs);
  if (reason !== undefined) return { kind: "refused", reason };
  const beganLately = startAt > 0 && startAt >= nowMs - MAX_AGE_MS;
  if (known === undefined || silenceMs > MAX_SILENCE_MS) {
    return beganLately ? counted(value) : BASELINE;
  }
  if (gain === "fell" || startAt < known.startAt) {
    return silenceMs > MAX_CONTRADICTION_MS ? BASELINE : WENT_BACK;
  }
  if (gain === "incomparable") return BASELINE;
  if (gain !== undefined) return counted(gain);
  return beganLately || startAt >= known.at ? counted(value) : BASELINE;
}

function counted(gain: TotalValue): StreamStep {
  return gain.kind === "histogram" && gain.histogram.count > MAX_GAIN
    ? { kind: "refused", reason: "too_many_values" }
    : { kind: "gain", gain };
}
