/** Nanoseconds since 1970 as epoch milliseconds. */
export function inMilliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000n);
}
