import { QueryCatalogue } from "./query-catalogue.ts";
import type { QueryDefinition } from "./query-catalogue.ts";

/**
 * Makes a catalogue of named queries, once, at the top of a module. A name is what the query's
 * timings are recorded under: `[a-z0-9][a-z0-9_.:-]{0,63}`.
 *
 * @throws TypeError when a name, a statement or a tag cannot be; it says which.
 */
export function defineQueries<const Name extends string>(
  queries: Readonly<Record<Name, QueryDefinition>>,
): QueryCatalogue<Name> {
  return new QueryCatalogue(queries);
}
