// A real project imports from "tachograph/client".
import type { Tachograph } from "../../../src/client/index.ts";
import type { Env } from "../env.ts";
import { countDeliveries, type DeliveryAttempt } from "./delivery-counts.ts";
import { runQueries } from "./run-queries.ts";

/** Counts how attempts went. Never rejects: a count that is missing stops nothing. */
export async function countAttempts(
  { DB }: Pick<Env, "DB">,
  tacho: Tachograph,
  attempts: readonly DeliveryAttempt[],
): Promise<void> {
  try {
    await countDeliveries(runQueries(DB, tacho), attempts, Date.now());
  } catch (error) {
    tacho.noteFailure("deliveries", error);
    console.error(`${attempts.length} attempts are not counted`, error);
  }
}
