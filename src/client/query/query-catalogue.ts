import { nearestKey } from "../../nearest-key.ts";
import { checkDefinition } from "./check-definition.ts";
import { shownName } from "./shown-name.ts";
import { sqlHash } from "./sql-hash.ts";
import { withName } from "./with-name.ts";

/** Most queries of a catalogue. */
export const MAX_QUERIES = 500;

/** How many near names an error suggests, and how many known ones it lists. */
const MAX_NEAR = 3;
const MAX_LISTED = 20;

/** A query, or a write. */
export interface QueryDefinition {
  /** One statement, at most 100,000 bytes, with `?1`, `?2` … for its parameters. */
  readonly sql: string;
  /** Keeps the result. Only for what reads. */
  readonly cache?: {
    /** The cache's kind, which says how long: for example `user-journeys`. */
    readonly kind: string;
    /** What the result is made of: a write that names one of them makes it invalid. */
    readonly tags?: readonly string[];
    /** Default: what the kind says. Milliseconds, 1 to 30 days. */
    readonly ttlMs?: number;
  };
  /** The tags of whatever is not valid any more when this has been written. */
  readonly invalidates?: readonly string[];
}

/** A query that was checked. */
export interface NamedQuery extends QueryDefinition {
  readonly name: string;
  /** With the comment that names the query, as `instrumentD1` reads it. */
  readonly namedSql: string;
  /** Another one for another statement. */
  readonly sqlHash: string;
}

/** Queries by their names: see `defineQueries`. */
export class QueryCatalogue<Name extends string> {
  readonly #queries: ReadonlyMap<string, NamedQuery>;

  /** Whether the result of any of them is kept. */
  readonly hasCached: boolean;

  constructor(definitions: Readonly<Record<Name, QueryDefinition>>) {
    // Whoever writes no TypeScript may give anything.
    const given: unknown = definitions;
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
      throw new TypeError('Queries have to be an object, as { "by-id": { sql: "SELECT …" } }');
    }
    const entries = Object.entries<QueryDefinition>(definitions);
    if (entries.length > MAX_QUERIES) {
      throw new TypeError(`${entries.length} queries: a catalogue takes at most ${MAX_QUERIES}`);
    }
    this.#queries = new Map(entries.map(([name, query]) => [name, named(name, query)]));
    this.hasCached = entries.some(([, { cache }]) => cache !== undefined);
  }

  /** @throws TypeError when there is no such query; it tells near names. */
  find(name: string): NamedQuery {
    const query = this.#queries.get(name);
    if (query === undefined) throw new TypeError(unknownText(name, [...this.#queries.keys()]));
    return query;
  }

  /** Whether a query is called so. */
  has(name: string): name is Name {
    return this.#queries.has(name);
  }
}

function named(name: string, query: QueryDefinition): NamedQuery {
  checkDefinition(name, query);
  const { sql } = query;
  return { ...query, name, namedSql: withName(name, sql), sqlHash: sqlHash(sql) };
}

function unknownText(name: string, known: readonly string[]): string {
  const near: string[] = [];
  const rest = [...known];
  while (near.length < MAX_NEAR) {
    const found = nearestKey(name, rest);
    if (found === undefined) break;
    near.push(found);
    rest.splice(rest.indexOf(found), 1);
  }
  const listed = known.slice(0, MAX_LISTED).join(", ");
  const more = known.length > MAX_LISTED ? ` and ${known.length - MAX_LISTED} more` : "";
  const hint =
    near.length > 0 ? `Did you mean ${near.map((each) => `"${each}"`).join(" or ")}?` : "";
  return `There is no query "${shownName(name)}". ${hint || `There are: ${listed}${more}.`}`;
}
