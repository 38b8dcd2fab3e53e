import {
  MAX_RETRY_AFTER_MS,
  MAX_SIGNAL_CODE,
  MAX_USED_PERCENT,
  type PlatformSignal,
  SLOW_FROM_PERCENT,
} from "../wire/permits.ts";

/**
 * The signal as the bucket takes it, or undefined if it says nothing: it is neither limited nor at
 * 80 % or more. Numbers that are none, or no time, are left out; too large ones are cut.
 *
 * @throws RangeError when the status is none, TypeError when `isLimited` is not said.
 */
export function tellingSignal(signal: PlatformSignal): PlatformSignal | undefined {
  const { status, code, isLimited } = signal;
  if (!(Number.isInteger(status) && status >= 100 && status <= 599)) {
    throw new RangeError("a signal's status must be an HTTP status, 100 to 599");
  }
  if (typeof isLimited !== "boolean") throw new TypeError("a signal's isLimited must be a boolean");
  const usedPercent = Math.min(positive(signal.usedPercent), MAX_USED_PERCENT);
  if (!isLimited && usedPercent < SLOW_FROM_PERCENT) return undefined;
  const retryAfterMs = Math.min(Math.ceil(positive(signal.retryAfterMs)), MAX_RETRY_AFTER_MS);
  const isCode = typeof code === "number" && Math.abs(code) <= MAX_SIGNAL_CODE;
  return {
    status,
    isLimited,
    ...(retryAfterMs > 0 && { retryAfterMs }),
    ...(usedPercent >= SLOW_FROM_PERCENT && { usedPercent }),
    ...(isCode && { code }),
  };
}

function positive(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : 0;
}
