import { isName } from "../../names.ts";
import type { ResultCache } from "./result-cache.ts";

/** By what keeps the results, and by target: which database they are of. */
const places = new WeakMap<object, Map<string, object>>();

/**
 * Makes sure that a cache has the results of one database alone under a target: nothing but the
 * target tells them apart, also in KV and in other isolates, where a binding has no name.
 *
 * @param database - what stands for the database in this isolate
 * @throws TypeError for what is no name, or another database than the one before.
 */
export function claimResults(cache: ResultCache, target: string, database: object): void {
  if (!isName(target)) {
    throw new TypeError(
      "queryRunner's target must be 1 to 64 of a-z 0-9 _ . : - and begin with a letter or digit, " +
        `not ${JSON.stringify(target)?.slice(0, 80)}`,
    );
  }
  const place = cache.place ?? cache;
  const claims = places.get(place) ?? new Map<string, object>();
  places.set(place, claims);
  const known = claims.get(target);
  if (known === undefined) claims.set(target, database);
  if (known === undefined || known === database) return;
  throw new TypeError(
    `This cache has results of another database under the target "${target}": queryRunner would ` +
      'answer its rows. Give each database a target of its own, as { target: "d1.orders" }. A ' +
      "wrapper that is made for each request is another database each time: make it once, or give " +
      "queryRunner the binding itself",
  );
}
