/** Most edits between a mistyped key and the one that was meant. */
const MAX_EDITS = 3;

/**
 * The known key that `key` was most likely meant to be, or undefined if none is near: at most
 * {@link MAX_EDITS} edits away, and fewer edits than half of the longer of the two.
 */
export function nearestKey(key: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let fewest = MAX_EDITS + 1;
  for (const candidate of known) {
    const longer = Math.max(key.length, candidate.length);
    if (Math.abs(key.length - candidate.length) > MAX_EDITS) continue;
    const edits = editDistance(key.toLowerCase(), candidate.toLowerCase());
    if (edits < fewest && edits * 2 < longer) {
      nearest = candidate;
      fewest = edits;
    }
  }
  return nearest;
}

/** Insertions, deletions and replacements that make `to` of `from` (Wagner and Fischer, 1974). */
function editDistance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (above[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const removed = (above[column] ?? 0) + 1;
      const inserted = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replaced, removed, inserted));
    }
    above = current;
  }
  return above[to.length] ?? 0;
}
