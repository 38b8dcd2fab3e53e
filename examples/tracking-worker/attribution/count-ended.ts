// A real project imports from "tachograph/client".
import type { Tachograph } from "../../../src/client/index.ts";
import type { Env } from "../env.ts";
import { countDeliveries, type EndedDelivery } from "./delivery-counts.ts";
import { runQueries } from "./run-queries.ts";

/** Counts how sendings ended. Never rejects: a count that is missing stops nothing. */
export async function countEnded(
  { DB }: Pick<Env, "DB">,
  tacho: Tachograph,
  ended: readonly EndedDelivery[],
): Promise<void> {
  try {
    await countDeliveries(runQueries(DB, tacho), ended, Date.now());
  } catch (error) {
    tacho.noteFailure("deliveries", error);
    console.error(`${ended.length} deliveries are not counted`, error);
  }
}
