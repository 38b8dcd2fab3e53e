// A real project imports from "tachograph/client".
import { cacheManager, type Tachograph } from "../../../src/client/index.ts";
import type { Env } from "../env.ts";
import { CreditStore } from "./credit-store.ts";
import { JourneyStore } from "./journey-store.ts";
import { Journeys } from "./journeys.ts";
import type { AttributionParts } from "./run-attribution.ts";
import { runQueries } from "./run-queries.ts";

/** What attribution works with, for one request. */
export function attributionParts(
  { DB, CACHE }: Pick<Env, "DB" | "CACHE">,
  tacho: Tachograph,
): AttributionParts {
  const cache = cacheManager(tacho, CACHE);
  const queries = runQueries(DB, tacho, cache);
  return {
    journeys: new Journeys(new JourneyStore(queries), cache),
    credits: new CreditStore(queries),
    cache,
    recorder: tacho,
  };
}
