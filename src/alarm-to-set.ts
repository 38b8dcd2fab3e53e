/**
 * An alarm counts as soon enough when it comes less than this after the time that is wanted: to set
 * it costs a write.
 */
export const ALARM_TOLERANCE_MS = 20;

/**
 * When to set an object's one alarm, so that it wakes no later than it wants to. An alarm that comes
 * sooner stays: whoever is woken too early sets the next one. One in the past counts as none, as it
 * may be lost. All times are epoch milliseconds.
 *
 * @param current - what is set, or null.
 * @param wanted - after `nowMs`, as an alarm in the past comes at once, again and again; undefined or
 *   null if there is nothing to wake for.
 * @returns undefined if what is set can stay.
 */
export function alarmToSet(
  current: number | null,
  wanted: number | null | undefined,
  nowMs: number,
): number | undefined {
  if (wanted === null || wanted === undefined) return undefined;
  const isSoonEnough = current !== null && current > nowMs && current < wanted + ALARM_TOLERANCE_MS;
  return isSoonEnough ? undefined : wanted;
}
