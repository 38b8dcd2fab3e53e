/** Stands where there is no number. */
export const NOTHING = "–";

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/**
 * A count, with its thousands set apart.
 *
 * @param {number} count
 */
export function formatCount(count) {
  return WHOLE.format(count);
}

/**
 * Milliseconds without their unit, in at least three digits.
 *
 * @param {number | null} milliseconds
 */
export function formatMs(milliseconds) {
  return milliseconds === null ? NOTHING : threeDigits(milliseconds);
}

/**
 * Timings a second.
 *
 * @param {number} perSecond
 */
export function formatRate(perSecond) {
  return perSecond === 0 ? "0" : threeDigits(perSecond);
}

/**
 * A share as a percentage.
 *
 * @param {number} fraction - 0 to 1.
 */
export function formatPercent(fraction) {
  return fraction === 0 ? "0 %" : `${threeDigits(fraction * 100)} %`;
}

/**
 * How long ago something was.
 *
 * @param {number} ageMs
 */
export function formatAge(ageMs) {
  const seconds = Math.max(ageMs, 0) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/**
 * A point in time as this browser's user reads a clock.
 *
 * @param {number} at - epoch milliseconds.
 */
export function formatClock(at) {
  const time = new Date(at);
  const isToday = time.toDateString() === new Date().toDateString();
  const clock = time.toLocaleTimeString("en", { hourCycle: "h23" });
  return isToday ? clock : `${time.toLocaleDateString("en", { dateStyle: "medium" })}, ${clock}`;
}

/** @param {number} value - 0 or more. */
function threeDigits(value) {
  if (value < 9.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : WHOLE.format(value);
}
