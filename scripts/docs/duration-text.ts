const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/** A duration in its largest whole unit, as `5 min`; undefined if that is milliseconds. */
export function durationText(durationMs: number): string | undefined {
  const unit = UNITS.find(([, lengthMs]) => durationMs > 0 && durationMs % lengthMs === 0);
  return unit === undefined ? undefined : `${durationMs / unit[1]} ${unit[0]}`;
}
