import type { Exemplar } from "../exemplar.ts";

/** The exemplar of a bucket, if it has one. Bounds are seconds, the upper one inclusive. */
export function exemplarIn(
  exemplars: readonly Exemplar[],
  aboveSeconds: number,
  upToSeconds: number,
): Exemplar | undefined {
  if (exemplars.length === 0) return undefined;
  return exemplars.find(({ durationUs }) => {
    const seconds = durationUs / 1e6;
    return seconds > aboveSeconds && seconds <= upToSeconds;
  });
}
