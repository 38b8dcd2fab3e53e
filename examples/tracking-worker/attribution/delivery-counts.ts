import type { Queries } from "./run-queries.ts";

/** A sending to a platform that is over. */
export interface EndedDelivery {
  readonly platform: string;
  readonly isDelivered: boolean;
}

const MINUTE_MS = 60_000;

/**
 * Counts how sendings ended.
 *
 * @param at - Epoch milliseconds.
 */
export async function countDeliveries(
  queries: Queries,
  ended: readonly EndedDelivery[],
  at: number,
): Promise<void> {
  const counts = new Map<string, { delivered: number; failed: number }>();
  for (const { platform, isDelivered } of ended) {
    const count = counts.get(platform) ?? { delivered: 0, failed: 0 };
    if (isDelivered) count.delivered += 1;
    else count.failed += 1;
    counts.set(platform, count);
  }
  if (counts.size === 0) return;
  const rows = [...counts].map(([platform, { delivered, failed }]) => [
    platform,
    delivered,
    failed,
  ]);
  const minute = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  await queries.run("count-deliveries", [minute, JSON.stringify(rows)]);
}
