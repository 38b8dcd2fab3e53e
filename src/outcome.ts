/**
 * How a timed call ended. The position in this list is the byte on the wire and in storage, so
 * entries are only ever appended.
 */
export const OUTCOMES = ["ok", "error", "timeout", "rate_limited", "hit", "miss"] as const;

export type Outcome = (typeof OUTCOMES)[number];

const CODES: ReadonlyMap<string, number> = new Map(OUTCOMES.map((name, code) => [name, code]));

/** The byte that stands for `outcome`, or undefined for an unknown one. */
export function outcomeCode(outcome: string): number | undefined {
  return CODES.get(outcome);
}

/** How many of a list of counts, in the order of {@link OUTCOMES}, ended so. */
export function outcomeCount(counts: readonly number[], outcome: Outcome): number {
  return counts[CODES.get(outcome) ?? -1] ?? 0;
}

/** How many failed: errors and timeouts. A rate-limited call is no failure. */
export function failedOf(counts: readonly number[]): number {
  return outcomeCount(counts, "error") + outcomeCount(counts, "timeout");
}
