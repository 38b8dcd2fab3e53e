import { isName } from "../../names.ts";
import { nearestKey } from "../../nearest-key.ts";
import { MAX_TAG_CHARACTERS, MAX_TTL_MS } from "../../wire/cache-feed.ts";
import { isKindName } from "../../wire/cache-kind-name.ts";
import { MAX_TAGS } from "../cache/cache-key.ts";
import { isReading } from "../sql/is-reading.ts";
import { sqlSkeleton } from "../sql/sql-skeleton.ts";
import { shownName } from "./shown-name.ts";
import { textBytes } from "./text-bytes.ts";
import { withName } from "./with-name.ts";

/** Longest statement that D1 takes, bytes. */
export const MAX_SQL_BYTES = 100_000;

const QUERY_FIELDS = ["sql", "cache", "invalidates"];
const CACHE_FIELDS = ["kind", "tags", "ttlMs"];

type Fields = Readonly<Record<string, unknown>>;
type Fail = (what: string) => never;

/**
 * Looks at a query's definition, whatever it is: a mistake is to stop the deployment, and not to be
 * passed over.
 *
 * @throws TypeError that names the query and says what it must be.
 */
export function checkDefinition(name: string, query: unknown): void {
  const fail: Fail = (what) => {
    throw new TypeError(`The query "${shownName(name)}" ${what}`);
  };
  if (!isName(name)) {
    fail("has no valid name: up to 64 of a-z, 0-9 and _.:-, the first a letter or a digit");
  }
  if (!isFields(query)) return fail('is not an object: write { sql: "SELECT …" }');
  checkFields(query, QUERY_FIELDS, "", fail);
  const { sql, cache, invalidates } = query;
  if (typeof sql !== "string") return fail("has no sql");
  const sqlBytes = textBytes(withName(name, sql));
  if (sqlBytes > MAX_SQL_BYTES) {
    fail(`has ${sqlBytes} bytes of SQL: D1 takes at most ${MAX_SQL_BYTES}; bind the values`);
  }
  if (sqlSkeleton(sql).length === 0) fail("has no statement in its sql");
  checkTags("invalidates", invalidates, fail);
  if (cache === undefined) return;
  if (invalidates !== undefined) fail("is cached and invalidates: a write is never cached");
  if (!isReading(sql)) fail("is cached, but is not one statement that reads");
  checkCache(cache, fail);
}

function checkCache(cache: unknown, fail: Fail): void {
  if (!isFields(cache)) return fail("has a cache that is not an object: write { kind: … }");
  checkFields(cache, CACHE_FIELDS, "cache.", fail);
  const { kind, tags, ttlMs } = cache;
  if (!isKindName(kind)) fail("is cached under what is no name of a kind");
  if (!isTtl(ttlMs)) fail(`has a ttlMs that is not 1 to ${MAX_TTL_MS}`);
  checkTags("cache.tags", tags, fail);
}

function checkFields(fields: Fields, known: readonly string[], place: string, fail: Fail): void {
  const unknown = Object.keys(fields).find((field) => !known.includes(field));
  if (unknown === undefined) return;
  const near = nearestKey(unknown.slice(0, 80), known);
  const hint = near === undefined ? `There are ${known.join(", ")}` : `Is it ${place}${near}?`;
  fail(`has an unknown field ${place}${shownName(unknown)}. ${hint}`);
}

/** The same as of the cache's kinds. */
function isTtl(ttlMs: unknown): boolean {
  if (ttlMs === undefined) return true;
  return typeof ttlMs === "number" && ttlMs >= 1 && ttlMs <= MAX_TTL_MS;
}

function checkTags(field: string, tags: unknown, fail: Fail): void {
  if (tags === undefined) return;
  if (!Array.isArray(tags)) return fail(`has ${field} that are not a list: write ["a-tag"]`);
  if (tags.length > MAX_TAGS) fail(`has ${tags.length} tags: at most ${MAX_TAGS}`);
  for (const tag of tags as readonly unknown[]) {
    if (typeof tag !== "string" || tag === "" || tag.length > MAX_TAG_CHARACTERS) {
      fail(`has a tag that is not a text of 1 to ${MAX_TAG_CHARACTERS} characters`);
    }
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
