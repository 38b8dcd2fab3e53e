/**
 * Whether there is one statement and no other: nothing stands behind a semicolon but semicolons.
 *
 * @param skeleton - See `sqlSkeleton`.
 */
export function isOneStatement(skeleton: readonly string[]): boolean {
  const end = skeleton.indexOf(";");
  // SQLite itself reads no further than a NUL.
  if (skeleton.length === 0 || end === 0 || skeleton.includes("\0")) return false;
  return end < 0 || skeleton.slice(end).every((word) => word === ";");
}
