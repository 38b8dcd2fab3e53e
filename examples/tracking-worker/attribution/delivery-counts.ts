import type { Queries } from "./run-queries.ts";

/**
 * How a call to a platform went. Calls are counted, so that an outage shows at once, and not only
 * when its events are dead. However many events a call has, it is one: else a single failure would weigh as much as a thousand
 * successes.
 */
export interface DeliveryAttempt {
  readonly platform: string;
  /** Whether the platform took what was sent. */
  readonly isDelivered: boolean;
}

const MINUTE_MS = 60_000;

/**
 * Counts how attempts went.
 *
 * @param at - Epoch milliseconds.
 */
export async function countDeliveries(
  queries: Queries,
  attempts: readonly DeliveryAttempt[],
  at: number,
): Promise<void> {
  const counts = new Map<string, { delivered: number; failed: number }>();
  for (const { platform, isDelivered } of attempts) {
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
