import * as v from "valibot";
import {
  DROPPED_SHARE,
  type InvalidationBounds,
  type InvalidationLog,
} from "../../src/coordinator/invalidation-log.ts";
import {
  type CacheInvalidation,
  type CacheLog,
  type CacheScope,
  MAX_LOGGED_CHARACTERS,
  MAX_LOGGED_INVALIDATIONS,
  OLDEST_ENTRY_MS,
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

/** In place of a scope: what became invalid up to this version had to make room. */
const FLOOR = '{"kind":"floor"}';

const BOUNDS: InvalidationBounds = {
  maxEntries: MAX_LOGGED_INVALIDATIONS,
  maxCharacters: MAX_LOGGED_CHARACTERS,
};

interface InvalidationRow extends Record<string, SqlStorageValue> {
  version: number;
  cache: string;
  scope: string;
}

/** What a cache has in the log. */
interface Room {
  entries: number;
  characters: number;
}

/** A tenant's invalidation log in its coordinator's own SQLite. */
export class SqliteInvalidationLog implements InvalidationLog {
  droppedCount = 0;
  readonly #database: SqlDatabase;
  readonly #bounds: InvalidationBounds;
  #state: { readonly head: number; readonly dropped: number };
  /** By cache, so that nothing has to be counted to see who takes the most. */
  #rooms: Map<string, Room>;

  /** @param nowMs - When the log begins if there is none yet, epoch milliseconds. */
  constructor(database: SqlDatabase, nowMs: number, bounds: Partial<InvalidationBounds> = {}) {
    this.#database = database;
    this.#bounds = { ...BOUNDS, ...bounds };
    migrate(database, COORDINATOR_SCHEMA);
    const [stored] = database.sql
      .exec<{ head: number; dropped: number }>("SELECT head, dropped FROM invalidation_state")
      .toArray();
    this.#state = stored ?? { head: nowMs, dropped: nowMs };
    if (stored === undefined) this.#save(this.#state);
    this.#rooms = this.#countRooms();
  }

  get head(): number {
    return this.#state.head;
  }

  get entryCount(): number {
    return this.#total("entries");
  }

  append(cache: string, scopes: readonly CacheScope[], atMs: number): void {
    if (scopes.length === 0) return;
    const { droppedCount } = this;
    try {
      this.#state = this.#database.transactionSync(() => this.#append(cache, scopes, atMs));
    } catch (cause) {
      // They counted what is not there.
      this.droppedCount = droppedCount;
      this.#rooms = this.#countRooms();
      throw cause;
    }
  }

  after(since: number, cache?: string): CacheLog {
    const { head, dropped } = this.#state;
    const entries = this.#database.sql
      .exec<InvalidationRow>(
        `SELECT version, cache, scope FROM invalidations
         WHERE version > ?1 AND (?2 IS NULL OR cache = ?2) ORDER BY version`,
        since,
        cache ?? null,
      )
      .toArray()
      .map((row) => toInvalidation(row));
    return { head, from: Math.max(dropped, Math.min(since, head)), entries };
  }

  #append(
    cache: string,
    scopes: readonly CacheScope[],
    atMs: number,
  ): { head: number; dropped: number } {
    let { head } = this.#state;
    this.#delete("version < ?", atMs - OLDEST_ENTRY_MS);
    for (const scope of scopes) {
      head = Math.max(head + 1, atMs);
      const text = scopeText(scope);
      if (scope.kind === "all") this.#delete("cache = ?", cache);
      else this.#delete("cache = ? AND scope = ?", cache, text);
      this.#insert(head, cache, text);
    }
    const state = { head, dropped: this.#makeRoom(this.#state.dropped) };
    this.#save(state);
    return state;
  }

  /** @returns the version up to which entries of whatever cache were dropped. */
  #makeRoom(droppedBefore: number): number {
    let dropped = droppedBefore;
    for (;;) {
      const fullest = this.#fullest();
      if (fullest === undefined) return dropped;
      const [cache, { entries }] = fullest;
      const count = Math.max(2, Math.ceil(entries * DROPPED_SHARE));
      if (entries < 2) {
        const version = this.#nthVersion("TRUE", 1);
        this.droppedCount += this.#delete("version <= ?", version);
        dropped = Math.max(dropped, version);
      } else {
        const version = this.#nthVersion("cache = ?", count, cache);
        this.#delete("cache = ? AND scope = ?", cache, FLOOR);
        this.droppedCount += this.#delete("cache = ? AND version <= ?", cache, version);
        this.#insert(version, cache, FLOOR);
      }
    }
  }

  /** The cache that takes the most of what there is too much of, if there is. */
  #fullest(): [cache: string, room: Room] | undefined {
    const { maxEntries, maxCharacters } = this.#bounds;
    const isOver = this.#total("entries") > maxEntries;
    if (!isOver && this.#total("characters") <= maxCharacters) return undefined;
    const about = isOver ? "entries" : "characters";
    let fullest: [string, Room] | undefined;
    for (const one of this.#rooms) {
      if (fullest === undefined || one[1][about] > fullest[1][about]) fullest = one;
    }
    return fullest;
  }

  #total(about: keyof Room): number {
    let sum = 0;
    for (const room of this.#rooms.values()) sum += room[about];
    return sum;
  }

  #insert(version: number, cache: string, scope: string): void {
    const { characters } = this.#database.sql
      .exec<{ characters: number }>(
        `INSERT INTO invalidations (version, cache, scope) VALUES (?, ?, ?)
         RETURNING LENGTH(scope) AS characters`,
        version,
        cache,
        scope,
      )
      .one();
    this.#occupy(cache, 1, characters);
  }

  /** @returns how many there were. */
  #delete(condition: string, ...values: readonly (string | number)[]): number {
    const gone = this.#database.sql
      .exec<{ cache: string; characters: number }>(
        `DELETE FROM invalidations WHERE ${condition}
         RETURNING cache, LENGTH(scope) AS characters`,
        ...values,
      )
      .toArray();
    for (const { cache, characters } of gone) this.#occupy(cache, -1, -characters);
    return gone.length;
  }

  #occupy(cache: string, entries: number, characters: number): void {
    const room = this.#rooms.get(cache) ?? { entries: 0, characters: 0 };
    room.entries += entries;
    room.characters += characters;
    if (room.entries === 0) this.#rooms.delete(cache);
    else this.#rooms.set(cache, room);
  }

  #nthVersion(condition: string, count: number, ...values: readonly string[]): number {
    const query = `SELECT version FROM invalidations WHERE ${condition}
      ORDER BY version LIMIT 1 OFFSET ?`;
    return this.#database.sql.exec<{ version: number }>(query, ...values, count - 1).one().version;
  }

  #countRooms(): Map<string, Room> {
    const rows = this.#database.sql
      .exec<{ cache: string; entries: number; characters: number }>(
        `SELECT cache, COUNT(*) AS entries, SUM(LENGTH(scope)) AS characters
         FROM invalidations GROUP BY cache`,
      )
      .toArray();
    return new Map(rows.map(({ cache, entries, characters }) => [cache, { entries, characters }]));
  }

  #save({ head, dropped }: { readonly head: number; readonly dropped: number }): void {
    this.#database.sql.exec(
      "INSERT OR REPLACE INTO invalidation_state (id, head, dropped) VALUES (1, ?, ?)",
      head,
      dropped,
    );
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
  if (scope === FLOOR) return { version, cache, scope: { kind: "all" }, isFloor: true };
  const stored = v.safeParse(v.pipe(v.string(), v.parseJson(), scopeSchema), scope);
  return { version, cache, scope: stored.success ? stored.output : { kind: "all" } };
}
