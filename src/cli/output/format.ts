/** Stands where there is no number. */
export const NOTHING = "–";

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A count, with its thousands set apart. */
export function formatCount(count: number | null): string {
  return count === null ? NOTHING : WHOLE.format(count);
}

/** A count with what is counted. @param many what more or less than one of it are called. */
export function formatCountOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Milliseconds without their unit, in at least three digits. */
export function formatMs(durationMs: number | null): string {
  return durationMs === null ? NOTHING : threeDigits(durationMs);
}

/** So many a second. */
export function formatRate(perSecond: number | null): string {
  if (perSecond === null) return NOTHING;
  return perSecond === 0 ? "0" : threeDigits(perSecond);
}

/** A share as a percentage. @param fraction 0 to 1. */
export function formatPercent(fraction: number | null): string {
  if (fraction === null) return NOTHING;
  return fraction === 0 ? "0 %" : `${threeDigits(fraction * 100)} %`;
}

/** A score of 0 to 10. */
export function formatScore(score: number | null): string {
  return score === null ? NOTHING : score.toFixed(1);
}

/** How long something takes or took, in the unit that suits. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(durationMs, 0) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(seconds / 3_600);
  return hours < 48 ? `${hours} h` : `${Math.round(seconds / 86_400)} d`;
}

/** Bytes in the unit that suits: powers of 1,000. */
export function formatBytes(sizeBytes: number | null): string {
  if (sizeBytes === null) return NOTHING;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = sizeBytes;
  let unit = 0;
  while (size >= 1_000 && unit < units.length - 1) {
    size /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? WHOLE.format(size) : threeDigits(size)} ${units[unit] ?? ""}`;
}

/** A point in time as `2026-11-20T18:30:00Z`: in UTC, so that it means the same everywhere. */
export function formatTime(at: number | null): string {
  if (at === null) return NOTHING;
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? NOTHING : date.toISOString().replace(/\.\d+Z$/, "Z");
}

/** @param value 0 or more. */
function threeDigits(value: number): string {
  if (value < 9.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : WHOLE.format(value);
}
