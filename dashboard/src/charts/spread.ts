/**
 * Moves ascending places apart so that none is closer to the next than `least`, and all are within
 * the bounds if there is room.
 */
export function spread(
  places: readonly number[],
  least: number,
  bounds: { readonly from: number; readonly to: number },
): number[] {
  const down: number[] = [];
  for (const place of places) {
    down.push(Math.max(place, (down.at(-1) ?? -Infinity) + least, bounds.from));
  }
  let limit = bounds.to;
  return down
    .toReversed()
    .map((place) => {
      const moved = Math.min(place, limit);
      limit = moved - least;
      return moved;
    })
    .toReversed();
}
