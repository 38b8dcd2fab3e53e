import { isName } from "../../names.ts";
import { nearestKey } from "../../nearest-key.ts";
import { MAX_TAG_CHARACTERS, MAX_TAGS } from "../cache/cache-key.ts";
import { isKindName } from "../cache/cache-options.ts";
import { sqlTokens } from "./sql-tokens.ts";
import { textBytes } from "./text-bytes.ts";

/** Longest statement that D1 takes, bytes. */
export const MAX_SQL_BYTES = 100_000;

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
    /** Default: what the kind says. Milliseconds. */
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
}

/** Queries by their names: see `defineQueries`. */
export class QueryCatalogue<Name extends string> {
  readonly #queries: ReadonlyMap<string, NamedQuery>;

  constructor(definitions: Readonly<Record<Name, QueryDefinition>>) {
    const entries = Object.entries<QueryDefinition>(definitions);
    if (entries.length > MAX_QUERIES) {
      throw new TypeError(`${entries.length} queries: a catalogue takes at most ${MAX_QUERIES}`);
    }
    this.#queries = new Map(entries.map(([name, query]) => [name, checked(name, query)]));
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

/** SQL with the comment that makes `instrumentD1` call it `name`. */
export function withName(name: string, sql: string): string {
  return `/* name: ${name} */ ${sql}`;
}

function checked(name: string, query: QueryDefinition): NamedQuery {
  const fail = (what: string): never => {
    throw new TypeError(`The query "${shown(name)}" ${what}`);
  };
  if (!isName(name)) {
    fail("has no valid name: up to 64 of a-z, 0-9 and _.:-, the first a letter or a digit");
  }
  const { sql, cache, invalidates } = query;
  if (typeof sql !== "string") fail("has no sql");
  const namedSql = withName(name, sql);
  const sqlBytes = textBytes(namedSql);
  if (sqlBytes > MAX_SQL_BYTES) {
    fail(`has ${sqlBytes} bytes of SQL: D1 takes at most ${MAX_SQL_BYTES}; bind the values`);
  }
  const verb = sqlTokens(sql)[0];
  if (verb === undefined) fail("has no statement in its sql");
  if (cache !== undefined) {
    if (invalidates !== undefined) fail("is cached and invalidates: a write is never cached");
    if (!/^(?:select|values|with)$/i.test(verb?.value ?? "")) fail("is cached, but does not read");
    if (!isKindName(cache.kind)) fail("is cached under what is no name of a kind");
    if (cache.ttlMs !== undefined && !(cache.ttlMs > 0)) fail("has a ttlMs that is not above 0");
  }
  checkTags(cache?.tags, fail);
  checkTags(invalidates, fail);
  return { ...query, name, namedSql };
}

function checkTags(tags: readonly string[] | undefined, fail: (what: string) => never): void {
  if (tags === undefined) return;
  if (tags.length > MAX_TAGS) fail(`has ${tags.length} tags: at most ${MAX_TAGS}`);
  for (const tag of tags) {
    if (typeof tag !== "string" || tag === "" || tag.length > MAX_TAG_CHARACTERS) {
      fail(`has a tag that is not a text of 1 to ${MAX_TAG_CHARACTERS} characters`);
    }
  }
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
  return `There is no query "${shown(name)}". ${hint || `There are: ${listed}${more}.`}`;
}

/** A name in an error, however long. */
function shown(name: unknown): string {
  const text = String(name);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
