import * as v from "valibot";
import type { InvalidationLog } from "../../src/coordinator/invalidation-log.ts";
import {
  type CacheInvalidation,
  type CacheLog,
  type CacheScope,
  MAX_LOGGED_INVALIDATIONS,
} from "../../src/wire/cache-feed.ts";
import { COORDINATOR_SCHEMA } from "./coordinator-schema.ts";
import { migrate, type SqlDatabase } from "./migrate.ts";

/** A stored scope. A member that a newer version added could narrow it, so there may be none. */
const scopeSchema: v.GenericSchema<unknown, CacheScope> = v.variant("kind", [
  v.strictObject({ kind: v.literal("key"), key: v.string() }),
  v.strictObject({ kind: v.literal("prefix"), prefix: v.string() }),
  v.strictObject({ kind: v.literal("tag"), tag: v.string() }),
  v.strictObject({ kind: v.literal("all") }),
]);

interface InvalidationRow extends Record<string, SqlStorageValue> {
  version: number;
  cache: string;
  scope: string;
}

/** A tenant's invalidation log in its coordinator's own SQLite. */
export class SqliteInvalidationLog implements InvalidationLog {
  readonly #database: SqlDatabase;
  readonly #maxEntries: number;
  #state: { readonly head: number; readonly dropped: number };

  constructor(database: SqlDatabase, maxEntries = MAX_LOGGED_INVALIDATIONS) {
    this.#database = database;
    this.#maxEntries = maxEntries;
    migrate(database, COORDINATOR_SCHEMA);
    const [stored] = database.sql
      .exec<{ head: number; dropped: number }>("SELECT head, dropped FROM invalidation_state")
      .toArray();
    this.#state = stored ?? { head: 0, dropped: 0 };
  }

  get head(): number {
    return this.#state.head;
  }

  get entryCount(): number {
    const query = "SELECT COUNT(*) AS row_count FROM invalidations";
    return this.#database.sql.exec<{ row_count: number }>(query).one().row_count;
  }

  append(cache: string, scopes: readonly CacheScope[]): void {
    if (scopes.length === 0) return;
    const { sql } = this.#database;
    this.#state = this.#database.transactionSync(() => {
      let { head } = this.#state;
      for (const scope of scopes) {
        head += 1;
        if (scope.kind === "all") sql.exec("DELETE FROM invalidations WHERE cache = ?", cache);
        // An older one of the same scope makes room: the table has each once.
        const insert =
          "INSERT OR REPLACE INTO invalidations (version, cache, scope) VALUES (?, ?, ?)";
        sql.exec(insert, head, cache, scopeText(scope));
      }
      const dropped = this.#trim();
      sql.exec(
        "INSERT OR REPLACE INTO invalidation_state (id, head, dropped) VALUES (1, ?, ?)",
        head,
        dropped,
      );
      return { head, dropped };
    });
  }

  after(since: number): CacheLog {
    const { head, dropped } = this.#state;
    const entries = this.#database.sql
      .exec<InvalidationRow>(
        "SELECT version, cache, scope FROM invalidations WHERE version > ? ORDER BY version",
        since,
      )
      .toArray()
      .map((row) => toInvalidation(row));
    return { head, from: Math.max(dropped, Math.min(since, head)), entries };
  }

  /** @returns the version up to which entries were dropped that nothing later implies. */
  #trim(): number {
    const rows = this.#database.sql
      .exec<{ version: number }>(
        `DELETE FROM invalidations WHERE version <= (
           SELECT version FROM invalidations ORDER BY version DESC LIMIT 1 OFFSET ?)
         RETURNING version`,
        this.#maxEntries,
      )
      .toArray();
    return rows.reduce((last, { version }) => Math.max(last, version), this.#state.dropped);
  }
}

/** Equal for equal scopes. As JSON, because a key may have characters that no SQL text can have. */
function scopeText(scope: CacheScope): string {
  switch (scope.kind) {
    case "key":
      return JSON.stringify({ kind: "key", key: scope.key });
    case "prefix":
      return JSON.stringify({ kind: "prefix", prefix: scope.prefix });
    case "tag":
      return JSON.stringify({ kind: "tag", tag: scope.tag });
    case "all":
      return JSON.stringify({ kind: "all" });
  }
}

/**
 * A scope that cannot be read, as a newer version may have stored, counts as all of its cache: too
 * much is loaded again, and nothing that is invalid is served.
 */
function toInvalidation({ version, cache, scope }: InvalidationRow): CacheInvalidation {
  const stored = v.safeParse(v.pipe(v.string(), v.parseJson(), scopeSchema), scope);
  return { version, cache, scope: stored.success ? stored.output : { kind: "all" } };
}
